/* SPDX-License-Identifier: Apache-2.0 */
/* proa manifest create: a manifest list, of images that are here or at a registry. */
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/manifest-lists.h"
#include "cli/registry-options.h"

struct manifest_create_args {
	struct registry_args registry;
	struct strings annotations;
	bool all, amend;
};

static const struct option manifest_create_options[] = {
	OPTION_FLAG(0, "all", struct manifest_create_args, all,
		    "Of a list, add the images for all platforms"),
	OPTION_FLAG('a', "amend", struct manifest_create_args, amend,
		    "Add to the list if it exists"),
	OPTION_LIST(0, "annotation", "KEY=VALUE", struct manifest_create_args, annotations,
		    "Annotate the list"),
	OPTION_MORE(registry_options),
};

static int manifest_create_run(const struct invocation *invocation, struct error *err)
{
	const struct manifest_create_args *args = invocation->args;
	struct list_change change = {
		.list = invocation->operands[0],
		.presence = args->amend ? LIST_MAY_EXIST : LIST_MUST_BE_NEW,
		.all = args->all,
		.annotate_index = true,
		.access = registry_args_access(&args->registry),
	};
	int result;

	if (annotations_check(&args->annotations, err) < 0)
		return -1;
	strings_copy(&change.changes.annotations, &args->annotations);
	for (int i = 1; i < invocation->operand_count; i++)
		strings_add(&change.members, invocation->operands[i]);
	result = manifest_change_run(invocation, &change, err);
	index_changes_release(&change.changes);
	strings_release(&change.members);
	return result;
}

const struct command command_manifest_create = {
	.name = "create",
	.group = "manifest",
	.operands = "LIST [IMAGE...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.summary = "Make a manifest list",
	.examples = "  proa manifest create team/app:1 team/app:1-amd64 team/app:1-arm64\n",
	.options = manifest_create_options,
	.args_size = sizeof(struct manifest_create_args),
	.defaults = registry_args_defaults,
	.run = manifest_create_run,
};
