/* SPDX-License-Identifier: Apache-2.0 */
/* proa manifest add: images, or files as an artifact, into a manifest list. */
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/manifest-lists.h"
#include "cli/registry-options.h"

struct manifest_add_args {
	struct registry_args registry;
	struct platform_args platform;
	const char *artifact_config, *artifact_config_type, *artifact_layer_type;
	const char *artifact_subject, *artifact_type;
	bool all, artifact, without_titles;
};

static const struct option manifest_add_options[] = {
	OPTION_FLAG(0, "all", struct manifest_add_args, all,
		    "Of a list, add the images for all platforms"),
	OPTION_LIST(0, "annotation", "KEY=VALUE", struct manifest_add_args, platform.annotations,
		    "Annotate what is added"),
	OPTION_STRING(0, "arch", "ARCHITECTURE", struct manifest_add_args, platform.architecture,
		      "The architecture, in place of the image's own"),
	OPTION_FLAG(0, "artifact", struct manifest_add_args, artifact,
		    "The operands are files: add an artifact made of them"),
	OPTION_STRING(0, "artifact-config", "FILE", struct manifest_add_args, artifact_config,
		      "The artifact's config"),
	OPTION_STRING(0, "artifact-config-type", "TYPE", struct manifest_add_args,
		      artifact_config_type, "Media type of the artifact's config"),
	OPTION_FLAG(0, "artifact-exclude-titles", struct manifest_add_args, without_titles,
		    "Leave the files' names out of the artifact"),
	OPTION_STRING(0, "artifact-layer-type", "TYPE", struct manifest_add_args,
		      artifact_layer_type, "Media type of the artifact's files"),
	OPTION_STRING(0, "artifact-subject", "REFERENCE", struct manifest_add_args,
		      artifact_subject, "The manifest that the artifact refers to"),
	OPTION_STRING(0, "artifact-type", "TYPE", struct manifest_add_args, artifact_type,
		      "The type of the artifact"),
	OPTION_CSV_LIST(0, "features", "FEATURE", struct manifest_add_args, platform.features,
			"Features that the image needs"),
	OPTION_STRING(0, "os", "OS", struct manifest_add_args, platform.os,
		      "The operating system, in place of the image's own"),
	OPTION_STRING(0, "os-version", "VERSION", struct manifest_add_args, platform.os_version,
		      "The version of the operating system"),
	OPTION_STRING(0, "variant", "VARIANT", struct manifest_add_args, platform.variant,
		      "The variant of the architecture"),
	OPTION_MORE(registry_options),
};

static int check(const struct manifest_add_args *args, struct error *err)
{
	if (args->artifact ||
	    !(args->artifact_config || args->artifact_config_type || args->artifact_layer_type ||
	      args->artifact_subject || args->artifact_type || args->without_titles))
		return 0;
	return error_set(err, ERROR_USAGE, "the --artifact-... options need --artifact");
}

static int manifest_add_run(const struct invocation *invocation, struct error *err)
{
	const struct manifest_add_args *args = invocation->args;
	struct list_change change = {
		.list = invocation->operands[0],
		.all = args->all,
		.access = registry_args_access(&args->registry),
		.artifact = {
			.type = args->artifact_type,
			.config = args->artifact_config,
			.config_type = args->artifact_config_type,
			.file_type = args->artifact_layer_type,
			.subject = args->artifact_subject,
			.without_titles = args->without_titles,
		},
	};
	int result;

	if (check(args, err) < 0 ||
	    platform_args_changes(&args->platform, &change.changes, err) < 0)
		return -1;
	for (int i = 1; i < invocation->operand_count; i++)
		strings_add(args->artifact ? &change.artifact.paths : &change.members,
			    invocation->operands[i]);
	result = manifest_change_run(invocation, &change, err);
	index_changes_release(&change.changes);
	strings_release(&change.members);
	strings_release(&change.artifact.paths);
	return result;
}

const struct command command_manifest_add = {
	.name = "add",
	.group = "manifest",
	.operands = "LIST IMAGE|ARTIFACT [IMAGE|ARTIFACT...]",
	.operands_min = 2,
	.operands_max = OPERANDS_ANY,
	.summary = "Add images or artifacts to a manifest list",
	.examples = "  proa manifest add app app-arm64\n"
		    "  proa manifest add --all app docker://registry.example/app:1\n",
	.options = manifest_add_options,
	.args_size = sizeof(struct manifest_add_args),
	.defaults = registry_args_defaults,
	.run = manifest_add_run,
};
