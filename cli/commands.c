/* SPDX-License-Identifier: Apache-2.0 */
/* All commands. Each is a constant of its own file. */
#include "cli/commands.h"

#include <string.h>

#include "cli/command.h"

const struct command *const commands[] = {
	&command_run, &command_create, &command_start, &command_stop, &command_restart,
	&command_kill, &command_rm, &command_ps, &command_logs, &command_exec, &command_attach,
	&command_healthcheck_run,
	&command_wait, &command_port, &command_pause, &command_unpause, &command_rename,
	&command_top, &command_stats, &command_update,
	&command_container_cleanup, &command_container_exists, &command_container_init,
	&command_container_inspect, &command_container_prune,
	&command_pull, &command_push, &command_load, &command_save, &command_import,
	&command_commit, &command_diff, &command_image_diff, &command_export,
	&command_images, &command_rmi, &command_tag, &command_image_inspect,
	&command_history, &command_image_exists, &command_image_mount, &command_image_prune,
	&command_image_tree, &command_image_unmount, &command_untag, &command_system_df,
	&command_system_prune,
	&command_events, &command_info, &command_inspect, &command_version, &command_completion, &command_login,
	&command_search, &command_image_trust, &command_image_sign, &command_image_verify,
	&command_logout,
	&command_manifest_add, &command_manifest_annotate, &command_manifest_create,
	&command_manifest_exists, &command_manifest_inspect, &command_manifest_push,
	&command_manifest_remove, &command_manifest_rm,
	&command_artifact_add, &command_artifact_extract, &command_artifact_inspect,
	&command_artifact_ls, &command_artifact_pull, &command_artifact_push,
	&command_artifact_rm, &command_cp,
	&command_volume_create, &command_volume_exists,
	&command_volume_export, &command_volume_import, &command_volume_inspect,
	&command_volume_ls, &command_volume_mount, &command_volume_prune, &command_volume_rm,
	&command_volume_unmount,
	NULL,
};

const struct command_group command_groups[] = {
	{ "artifact", "Manage artifacts: files that registries keep" },
	{ "container", "Manage containers" },
	{ "healthcheck", "Health checks of containers" },
	{ "image", "Manage images" },
	{ "manifest", "Manage manifest lists: images for several platforms" },
	{ "system", "About this machine and its containers" },
	{ "volume", "Manage volumes" },
	{ NULL, NULL },
};

/* Whether `word` is one of the blank-separated `words`. */
static bool is_among(const char *words, const char *word)
{
	size_t length = strlen(word);

	while (words) {
		size_t part = strcspn(words, " ");

		if (part == length && strncmp(words, word, length) == 0)
			return true;
		words = words[part] ? words + part + 1 : NULL;
	}
	return false;
}

bool command_is(const struct command *command, const char *group, const char *word)
{
	const char *top = command->group ? command->alias : command->name;

	if (!group)
		return top && strcmp(top, word) == 0;
	if (!command->group || strcmp(command->group, group) != 0)
		return false;
	return strcmp(command->name, word) == 0 || is_among(command->more_names, word);
}
