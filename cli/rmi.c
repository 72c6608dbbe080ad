/* SPDX-License-Identifier: Apache-2.0 */
/* proa rmi: take names from images; an image that loses its last one is removed. */
#include <stdio.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/image-removal.h"
#include "cli/manifest-lists.h"
#include "cli/report.h"
#include "cli/session.h"

struct rmi_args {
	bool all, force, ignore;
	struct strings platforms;
};

static const struct option rmi_options[] = {
	OPTION_FLAG('a', "all", struct rmi_args, all, "Remove all images"),
	OPTION_FLAG('f', "force", struct rmi_args, force,
		    "Remove it although stopped containers use it, or with all its names"),
	OPTION_FLAG('i', "ignore", struct rmi_args, ignore, "Pass over images that are not there"),
	OPTION_IGNORED_FLAG(0, "no-prune"),
	OPTION_CSV_LIST(0, "platform", "OS/ARCH", struct rmi_args, platforms,
			"Only if the image is for this platform"),
	OPTION_END,
};

static void print_line(void *argument, const char *line)
{
	(void)argument;
	puts(line);
}

/* Lists first: they hold what their images need. */
static int remove_lists(struct engine *engine, struct error *err)
{
	auto_release(store_items) struct store_items lists = { 0 };
	int status = 0;

	if (store_items_list(engine->store, STORE_LIST, &lists, err) < 0)
		return -1;
	for (size_t i = 0; i < lists.count; i++) {
		auto_error failure = { 0 };

		if (lists.items[i].read_only ||
		    manifest_list_remove(engine, &lists.items[i], false, &failure) == 0)
			continue;
		report_error(&failure);
		status = 1;
	}
	return status;
}

static int remove_all(struct engine *engine, const struct image_removal *removal,
		      struct error *err)
{
	struct image **images;
	size_t count;
	int status = remove_lists(engine, err);

	if (status < 0 || store_list(engine->store, &images, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		auto_error failure = { 0 };

		if (images[i]->read_only ||
		    image_remove_whole(engine, images[i], removal, &failure) == 0)
			continue;
		report_error(&failure);
		status = 1;
	}
	store_free_images(images, count);
	return status;
}

/* A name is an image's, or else a manifest list's. */
static int remove_one(struct engine *engine, const char *operand,
		      const struct image_removal *removal, struct error *err)
{
	auto_error problem = { 0 };

	if (image_remove(engine, operand, removal, err) == 0)
		return 0;
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	return manifest_list_remove_named(engine, operand, &problem) > 0 ? 0 : -1;
}

static int check_operands(const struct invocation *invocation, struct error *err)
{
	const struct rmi_args *args = invocation->args;

	if (args->all && invocation->operand_count > 0)
		return error_set(err, ERROR_USAGE, "--all takes no names of images");
	if (!args->all && invocation->operand_count == 0)
		return error_set(err, ERROR_OTHER,
				 "\"proa rmi\" requires at least 1 argument, or --all");
	return 0;
}

static int rmi_run(const struct invocation *invocation, struct error *err)
{
	const struct rmi_args *args = invocation->args;
	const struct image_removal removal = { .force = args->force, .removed = print_line,
					       .platforms = &args->platforms };
	auto_of(engine) struct engine *engine = NULL;
	int status = 0;

	if (check_operands(invocation, err) < 0)
		return -1;
	engine = session_open(invocation, err);
	if (!engine || engine_enter(engine, err) < 0)
		return -1;
	if (args->all)
		return remove_all(engine, &removal, err);
	for (char *const *operand = invocation->operands; *operand; operand++) {
		auto_error failure = { 0 };

		if (remove_one(engine, *operand, &removal, &failure) == 0 ||
		    (args->ignore && failure.kind == ERROR_NOT_FOUND))
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
	.operands_max = OPERANDS_ANY,
	.summary = "Remove images",
	.options = rmi_options,
	.args_size = sizeof(struct rmi_args),
	.run = rmi_run,
};
