/* SPDX-License-Identifier: Apache-2.0 */
/* proa artifact pull: an artifact from its registry into the store. */
#include <stdio.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/registry-options.h"
#include "cli/session.h"
#include "registry/artifact.h"

struct artifact_pull_args {
	struct registry_args registry;
	bool quiet;
};

static const struct option artifact_pull_options[] = {
	OPTION_UNSUPPORTED(0, "decryption-key", "KEY"),
	OPTION_FLAG('q', "quiet", struct artifact_pull_args, quiet, "Print only the digest"),
	OPTION_IGNORED(0, "retry", "COUNT"),
	OPTION_IGNORED(0, "retry-delay", "DURATION"),
	OPTION_MORE(registry_options),
};

static int artifact_pull_run(const struct invocation *invocation, struct error *err)
{
	const struct artifact_pull_args *args = invocation->args;
	const struct registry_access access = registry_args_access(&args->registry);
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(reference) struct reference reference = { 0 };
	auto_free char *name = NULL;
	struct digest digest;

	if (!engine || reference_parse(invocation->operands[0], &reference, err) < 0)
		return -1;
	name = reference_familiar(&reference);
	if (!args->quiet)
		fprintf(stderr, "Pulling %s\n", name);
	if (registry_artifact_pull(engine->store, &access, &reference, &digest, err) < 0)
		return err->kind == ERROR_NOT_FOUND || err->kind == ERROR_UNAUTHORIZED ?
			       -1 :
			       error_context(err, "cannot pull '%s'", name);
	puts(digest.hex);
	return 0;
}

const struct command command_artifact_pull = {
	.name = "pull",
	.group = "artifact",
	.operands = "ARTIFACT",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "Download an artifact from a registry",
	.options = artifact_pull_options,
	.args_size = sizeof(struct artifact_pull_args),
	.defaults = registry_args_defaults,
	.run = artifact_pull_run,
};
