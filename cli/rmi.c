/* SPDX-License-Identifier: Apache-2.0 */
/* proa rmi: take names from images; an image that loses its last one is removed. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/session.h"
#include "image/reference.h"

struct rmi_args {
	bool force;
};

static const struct option rmi_options[] = {
	OPTION_FLAG('f', "force", struct rmi_args, force,
		    "Remove it although stopped containers use it, or with all its names"),
	OPTION_IGNORED_FLAG(0, "no-prune"),
	OPTION_UNSUPPORTED(0, "platform", "OS/ARCH"),
	OPTION_END,
};

static void print_line(void *argument, const char *line)
{
	(void)argument;
	puts(line);
}

/* Which of the image's full names `operand` is, as a new string; NULL when it is an ID. */
static char *name_meant(const struct image *image, const char *operand)
{
	auto_error ignored = { 0 };
	auto_release(reference) struct reference reference = { 0 };
	auto_free char *full = NULL;
	auto_free char *local = NULL;

	if (reference_parse(operand, &reference, &ignored) < 0)
		return NULL;
	if (digest_is_set(&reference.digest))
		replace_string(&reference.tag, NULL);
	full = reference_full(&reference);
	if (strings_contain(&image->names, full) || strings_contain(&image->digests, full))
		return take_ptr(&full);
	local = xasprintf("localhost/%s%s", operand, strchr(operand, ':') ? "" : ":latest");
	return strings_contain(&image->names, local) ? take_ptr(&local) : NULL;
}

static bool is_active(const struct container *container)
{
	return container->state.phase == CONTAINER_RUNNING ||
	       container->state.phase == CONTAINER_PAUSED ||
	       container->state.phase == CONTAINER_RESTARTING;
}

/* Refuses what would take an image from under a container. */
static int check_containers(struct engine *engine, const struct image *image, const char *operand,
			    bool by_name, bool force, struct error *err)
{
	struct container **list;
	size_t count;
	int result = 0;

	if (container_list(engine, &list, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count && result == 0; i++) {
		const char *id = list[i]->config.id;

		if (!digest_equal(&list[i]->config.image_id, &image->id))
			continue;
		if (force && is_active(list[i]))
			result = error_set(
				err, ERROR_BUSY,
				"conflict: unable to delete %s (cannot be "
				"forced) - image is being used by running container %.12s",
				operand, id);
		else if (!force && by_name)
			result = error_set(
				err, ERROR_BUSY,
				"conflict: unable to remove repository "
				"reference \"%s\" (must force) - container %.12s is using "
				"its referenced image %.12s",
				operand, id, image->id.hex);
		else if (!force)
			result = error_set(err, ERROR_BUSY,
					   "conflict: unable to delete %s (must be "
					   "forced) - image is being used by %s container %.12s",
					   operand, is_active(list[i]) ? "running" : "stopped", id);
	}
	container_free_list(list, count);
	return result;
}

static int remove_image(struct engine *engine, const char *operand, bool force, struct error *err)
{
	auto_of(image) struct image *image = store_find(engine->store, operand, err);
	auto_release(strings) struct strings keep = { 0 };
	auto_free char *name = NULL;

	if (!image)
		return -1;
	name = name_meant(image, operand);
	if (!name && !force && image->names.count > 1)
		return error_set(err, ERROR_BUSY,
				 "conflict: unable to delete %s (must be forced) - "
				 "image is referenced in multiple repositories",
				 operand);
	if ((!name || image->names.count <= 1) &&
	    check_containers(engine, image, operand, name != NULL, force, err) < 0)
		return -1;
	if (container_layers_in_use(engine, &keep, err) < 0)
		return -1;
	return store_remove(engine->store, image, name, &keep, print_line, NULL, err);
}

static int rmi_run(const struct invocation *invocation, struct error *err)
{
	const struct rmi_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	int status = 0;

	if (!engine || engine_enter(engine, err) < 0)
		return -1;
	for (char *const *operand = invocation->operands; *operand; operand++) {
		auto_error failure = { 0 };

		if (remove_image(engine, *operand, args->force, &failure) == 0)
			continue;
		report_error(&failure);
		if (!args->force || failure.kind != ERROR_NOT_FOUND)
			status = 1;
	}
	return status;
}

const struct command command_rmi = {
	.name = "rm",
	.group = "image",
	.alias = "rmi",
	.more_names = "remove",
	.operands = "IMAGE [IMAGE...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.summary = "Remove images",
	.options = rmi_options,
	.args_size = sizeof(struct rmi_args),
	.run = rmi_run,
};
