/* SPDX-License-Identifier: Apache-2.0 */
/* proa diff: what a container has changed; proa image diff: what an image has. */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "engine/changes.h"

struct diff_args {
	const char *format;
};

static const struct option diff_options[] = {
	OPTION_STRING(0, "format", "FORMAT", struct diff_args, format,
		      "json, for an object of lists instead of lines"),
	OPTION_END,
};

/* As podman has it: {"changed": [...], "added": [...], "deleted": [...]}, those that there are. */
static void print_json(const struct changes *changes)
{
	static const struct {
		const char *name;
		enum change_kind kind;
	} lists[] = { { "changed", CHANGE_MODIFIED }, { "added", CHANGE_ADDED },
		      { "deleted", CHANGE_DELETED } };
	auto_json json_t *json = json_object();
	auto_free char *text = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		json_t *list = json_array();

		for (size_t j = 0; j < changes->count; j++)
			if (changes->items[j].kind == lists[i].kind)
				json_array_append_new(list, json_string(changes->items[j].path));
		if (json_array_size(list) > 0)
			json_object_set_new(json, lists[i].name, list);
		else
			json_decref(list);
	}
	text = json_text(json);
	puts(text);
}

static int print_changes(const struct diff_args *args, const struct changes *changes)
{
	if (args->format) {
		print_json(changes);
		return 0;
	}
	for (size_t i = 0; i < changes->count; i++) {
		auto_free char *path = printable(changes->items[i].path);

		printf("%c %s\n", (char)changes->items[i].kind, path);
	}
	return 0;
}

static int check_format(const struct diff_args *args, struct error *err)
{
	if (!args->format || strcmp(args->format, "json") == 0)
		return 0;
	return error_set(err, ERROR_USAGE, "unknown format '%s': only json is known", args->format);
}

static int compare_images(struct engine *engine, const char *name, const char *other,
			  struct changes *ret_changes, struct error *err)
{
	auto_of(image) struct image *image = store_find(engine->store, name, err);
	auto_of(image) struct image *from = NULL;

	if (!image)
		return -1;
	if (other) {
		from = store_find(engine->store, other, err);
		if (!from)
			return -1;
	}
	return image_changes(engine, image, from, ret_changes, err);
}

static int compare_container(struct engine *engine, const char *name, struct changes *ret_changes,
			     struct error *err)
{
	auto_of(container) struct container *container = container_find(engine, name, err);

	return container ? container_changes(engine, container, ret_changes, err) : -1;
}

static int diff_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(changes) struct changes changes = { 0 };

	if (!engine || check_format(invocation->args, err) < 0 || engine_enter(engine, err) < 0 ||
	    compare_container(engine, invocation->operands[0], &changes, err) < 0)
		return -1;
	return print_changes(invocation->args, &changes);
}

static int image_diff_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(changes) struct changes changes = { 0 };

	if (!engine || check_format(invocation->args, err) < 0 || engine_enter(engine, err) < 0 ||
	    compare_images(engine, invocation->operands[0], invocation->operands[1], &changes,
			   err) < 0)
		return -1;
	return print_changes(invocation->args, &changes);
}

const struct command command_diff = {
	.name = "diff",
	.group = "container",
	.alias = "diff",
	.operands = "CONTAINER",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "List the files that a container has changed",
	.options = diff_options,
	.args_size = sizeof(struct diff_args),
	.run = diff_run,
};

const struct command command_image_diff = {
	.name = "diff",
	.group = "image",
	.operands = "IMAGE [IMAGE]",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "List the files that differ between two images",
	.options = diff_options,
	.args_size = sizeof(struct diff_args),
	.run = image_diff_run,
};
