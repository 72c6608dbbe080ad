/* SPDX-License-Identifier: Apache-2.0 */
/* proa artifact add: files become an artifact of the store. */
#include <stdio.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/manifest-lists.h"
#include "cli/registry-options.h"
#include "cli/session.h"
#include "registry/artifact.h"

struct artifact_add_args {
	struct registry_args registry;
	struct strings annotations;
	const char *file_type, *subject, *type;
	bool append, replace;
};

static const struct option artifact_add_options[] = {
	OPTION_LIST(0, "annotation", "KEY=VALUE", struct artifact_add_args, annotations,
		    "Annotate each file"),
	OPTION_FLAG('a', "append", struct artifact_add_args, append,
		    "Add to an artifact that is there"),
	OPTION_STRING(0, "file-type", "TYPE", struct artifact_add_args, file_type,
		      "Media type of the files"),
	OPTION_FLAG(0, "replace", struct artifact_add_args, replace,
		    "Take the place of an artifact of this name"),
	OPTION_STRING(0, "subject", "IMAGE", struct artifact_add_args, subject,
		      "The image that the artifact refers to"),
	OPTION_STRING(0, "type", "TYPE", struct artifact_add_args, type,
		      "The type of the artifact"),
	OPTION_MORE(registry_options),
};

static int check(const struct artifact_add_args *args, struct error *err)
{
	if (args->append && (args->type || args->replace))
		return error_set(err, ERROR_USAGE, "--append goes neither with --type nor with "
				 "--replace");
	return annotations_check(&args->annotations, err);
}

static int artifact_add_run(const struct invocation *invocation, struct error *err)
{
	const struct artifact_add_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	struct artifact_addition addition = {
		.presence = args->append  ? ARTIFACT_APPEND :
			    args->replace ? ARTIFACT_REPLACE :
					    ARTIFACT_MUST_BE_NEW,
		.type = args->type,
		.file_type = args->file_type,
		.annotations = args->annotations,	/* borrowed for the call */
		.subject = args->subject,
		.access = registry_args_access(&args->registry),
	};
	struct digest digest;
	int result;

	if (!engine || check(args, err) < 0 ||
	    reference_parse(invocation->operands[0], &addition.name, err) < 0)
		return -1;
	for (int i = 1; i < invocation->operand_count; i++)
		strings_add(&addition.paths, invocation->operands[i]);
	if (digest_is_set(&addition.name.digest))
		result = error_set(err, ERROR_USAGE,
				   "an artifact is named by a tag, not by a digest");
	else
		result = registry_artifact_add(engine->store, &addition, &digest, err);
	reference_release(&addition.name);
	strings_release(&addition.paths);
	if (result == 0)
		puts(digest.hex);
	return result;
}

const struct command command_artifact_add = {
	.name = "add",
	.group = "artifact",
	.operands = "ARTIFACT FILE [FILE...]",
	.operands_min = 2,
	.operands_max = OPERANDS_ANY,
	.summary = "Make an artifact of files",
	.examples = "  proa artifact add --type application/vnd.example.model registry.example/model:1 "
		    "weights.bin\n"
		    "  proa artifact add --type application/spdx+json --subject app "
		    "registry.example/app:sbom sbom.json\n",
	.options = artifact_add_options,
	.args_size = sizeof(struct artifact_add_args),
	.defaults = registry_args_defaults,
	.run = artifact_add_run,
};
