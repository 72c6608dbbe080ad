/* SPDX-License-Identifier: Apache-2.0 */
/* All commands. Each is a constant of its own file. */
#include "cli/commands.h"

#include <string.h>

#include "cli/command.h"

const struct command *const commands[] = {
	&command_run, &command_create, &command_start, &command_stop, &command_restart,
	&command_kill, &command_rm, &command_ps, &command_logs, &command_exec, &command_attach,
	&command_wait, &command_port, &command_container_inspect, &command_container_prune,
	&command_pull, &command_images, &command_rmi, &command_tag, &command_image_inspect,
	&command_info, &command_inspect, &command_version, &command_completion,
	NULL,
};

const struct command_group command_groups[] = {
	{ "container", "Manage containers" },
	{ "image", "Manage images" },
	{ "system", "About this machine and its containers" },
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
