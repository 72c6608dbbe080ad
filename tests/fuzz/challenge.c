/* SPDX-License-Identifier: Apache-2.0 */
/* WWW-Authenticate headers: a result has what its scheme needs. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "registry/challenge.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *header = xstrndup((const char *)data, size);
	auto_release(challenge) struct challenge challenge = { 0 };
	auto_error err = { 0 };

	if (challenge_parse(header, &challenge, &err) < 0)
		return 0;
	if (challenge.scheme == CHALLENGE_BEARER && (!challenge.realm || !*challenge.realm))
		abort();
	if (challenge.scheme == CHALLENGE_NONE && challenge.realm)
		abort();
	if (challenge.realm && strlen(challenge.realm) > strlen(header))
		abort();
	return 0;
}
