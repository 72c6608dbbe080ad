/* SPDX-License-Identifier: Apache-2.0 */
/* proa manifest annotate: what a manifest list says of a member, or of itself. */
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/manifest-lists.h"
#include "cli/registry-options.h"

struct manifest_annotate_args {
	struct registry_args registry;
	struct platform_args platform;
	const char *subject;
	bool index;
};

static const struct option manifest_annotate_options[] = {
	OPTION_LIST(0, "annotation", "KEY=VALUE", struct manifest_annotate_args,
		    platform.annotations, "An annotation; without a value it is taken away"),
	OPTION_STRING(0, "arch", "ARCHITECTURE", struct manifest_annotate_args,
		      platform.architecture, "The architecture"),
	OPTION_CSV_LIST(0, "features", "FEATURE", struct manifest_annotate_args,
			platform.features, "Features that the image needs"),
	OPTION_FLAG(0, "index", struct manifest_annotate_args, index,
		    "Annotate the list itself"),
	OPTION_STRING(0, "os", "OS", struct manifest_annotate_args, platform.os,
		      "The operating system"),
	OPTION_CSV_LIST(0, "os-features", "FEATURE", struct manifest_annotate_args,
			platform.os_features, "Features of the operating system"),
	OPTION_STRING(0, "os-version", "VERSION", struct manifest_annotate_args,
		      platform.os_version, "The version of the operating system"),
	OPTION_STRING(0, "subject", "REFERENCE", struct manifest_annotate_args, subject,
		      "The manifest that the list refers to"),
	OPTION_STRING(0, "variant", "VARIANT", struct manifest_annotate_args, platform.variant,
		      "The variant of the architecture"),
	OPTION_MORE(registry_options),
};

static int manifest_annotate_run(const struct invocation *invocation, struct error *err)
{
	const struct manifest_annotate_args *args = invocation->args;
	struct list_change change = {
		.list = invocation->operands[0],
		.annotate = invocation->operands[1],
		.annotate_index = args->index,
		.subject = args->subject,
		.access = registry_args_access(&args->registry),
	};
	int result;

	if (args->index && change.annotate)
		return error_set(err, ERROR_USAGE, "--index is about the list, not about '%s'",
				 change.annotate);
	if (!args->index && !change.annotate && !args->subject)
		return error_set(err, ERROR_USAGE, "name the member to annotate, or use --index");
	if (platform_args_changes(&args->platform, &change.changes, err) < 0)
		return -1;
	result = manifest_change_run(invocation, &change, err);
	index_changes_release(&change.changes);
	return result;
}

const struct command command_manifest_annotate = {
	.name = "annotate",
	.group = "manifest",
	.operands = "LIST [IMAGE|DIGEST]",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "Change what a manifest list says of a member",
	.examples = "  proa manifest annotate --arch arm64 --variant v8 app app-arm64\n",
	.options = manifest_annotate_options,
	.args_size = sizeof(struct manifest_annotate_args),
	.defaults = registry_args_defaults,
	.run = manifest_annotate_run,
};
