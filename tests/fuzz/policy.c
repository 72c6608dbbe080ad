/* SPDX-License-Identifier: Apache-2.0 */
/* policy.json: what decodes has a default, and an answer for every image. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "image/reference.h"
#include "registry/policy.h"
#include "tests/fuzz/fuzz.h"

static void ask(const struct policy *policy, const char *image)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_release(strings) struct strings names = { 0 };
	auto_error err = { 0 };
	const struct policy_scope *scope;

	if (reference_parse(image, &reference, &err) < 0)
		abort();
	policy_names_of(&reference, &names);
	scope = policy_find(policy, "docker", &names);
	if (!scope || scope->count == 0)
		abort();
	for (size_t i = 0; i < scope->count; i++) {
		const struct policy_requirement *requirement = &scope->requirements[i];

		if (!requirement->type || (requirement->check == POLICY_UNCHECKED) != !!requirement->reason)
			abort();
		(void)policy_identity_matches(&requirement->identity, &reference, "r.io/a:1");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_release(policy) struct policy policy = { 0 };
	auto_error err = { 0 };

	if (policy_decode((const char *)data, size, &policy, &err) < 0) {
		if (!err.message)
			abort();
		return 0;
	}
	ask(&policy, "debian:12");
	ask(&policy, "r.io/team/app@sha256:"
		     "43a32ec2b116604240251263307c5d912b330342647c0436fd6e66a6a34fd753");
	return 0;
}
