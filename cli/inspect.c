/* SPDX-License-Identifier: Apache-2.0 */
/* proa inspect, container inspect, image inspect: all that is known, as JSON. */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/manifest-lists.h"
#include "cli/report.h"
#include "cli/session.h"
#include "engine/inspect.h"
#include "image/platform.h"

#define EXIT_TEMPLATE 64

struct inspect_args {
	const char *format, *type, *platform;
	bool size;
};

static const struct option inspect_options[] = {
	OPTION_STRING('f', "format", "FORMAT", struct inspect_args, format,
		      "json, or a Go template such as '{{.State.Pid}}'"),
	OPTION_FLAG('s', "size", struct inspect_args, size, "Show the size of containers"),
	OPTION_STRING('t', "type", "TYPE", struct inspect_args, type, "container or image only"),
	OPTION_END,
};

static const struct option container_inspect_options[] = {
	OPTION_STRING('f', "format", "FORMAT", struct inspect_args, format,
		      "json, or a Go template such as '{{.State.Pid}}'"),
	OPTION_FLAG('s', "size", struct inspect_args, size, "Show the size of containers"),
	OPTION_END,
};

static const struct option image_inspect_options[] = {
	OPTION_STRING('f', "format", "FORMAT", struct inspect_args, format,
		      "json, or a Go template such as '{{.Config.Cmd}}'"),
	OPTION_STRING(0, "platform", "OS/ARCH", struct inspect_args, platform,
		      "Only if the image is for this platform"),
	OPTION_END,
};

static json_t *inspect_container(struct engine *engine, const char *name,
				 const struct inspect_args *args, struct error *err)
{
	auto_of(container) struct container *container = container_find(engine, name, err);

	return container ? container_inspect(engine, container, args->size, err) : NULL;
}

static json_t *inspect_image(struct engine *engine, const char *name,
			     const struct inspect_args *args, struct error *err)
{
	auto_of(image) struct image *image = store_find(engine->store, name, err);
	struct platform wanted;

	if (!image && err->kind == ERROR_NOT_FOUND && !args->platform) {
		auto_error problem = { 0 };
		json_t *list = manifest_list_inspect(engine, name, &problem);

		if (list)
			error_release(err);
		return list;
	}
	if (!image || (args->platform && platform_parse(args->platform, &wanted, err) < 0))
		return NULL;
	if (args->platform && platform_match(&wanted, &image->config.platform) == 0) {
		error_set(err, ERROR_NOT_FOUND, "No such image: %s for platform %s", name,
			  args->platform);
		return NULL;
	}
	return image_inspect(engine, image, err);
}

static json_t *inspect_any(struct engine *engine, const char *name,
			   const struct inspect_args *args, struct error *err)
{
	json_t *found = inspect_container(engine, name, args, err);

	if (found || err->kind != ERROR_NOT_FOUND)
		return found;
	error_release(err);
	found = inspect_image(engine, name, args, err);
	if (!found && err->kind == ERROR_NOT_FOUND)
		error_set(err, ERROR_NOT_FOUND, "No such object: %s", name);
	return found;
}

typedef json_t *(*inspector)(struct engine *engine, const char *name,
			     const struct inspect_args *args, struct error *err);

static int inspect_all(const struct invocation *invocation, inspector inspect, struct error *err)
{
	const struct inspect_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(strings) struct strings failures = { 0 };
	auto_json json_t *found = json_array();

	if (!engine)
		return -1;
	for (char *const *name = invocation->operands; *name; name++) {
		auto_error failure = { 0 };
		json_t *object = inspect(engine, *name, args, &failure);

		if (object)
			json_array_append_new(found, object);
		else
			strings_add(&failures, failure.message);
	}
	if (format_objects(args->format, found, err) < 0) {
		report_error(err);
		return EXIT_TEMPLATE;
	}
	for (size_t i = 0; i < failures.count; i++)
		report_error(&(struct error){ .kind = ERROR_OTHER, .message = failures.items[i] });
	return failures.count > 0;
}

static int inspect_run(const struct invocation *invocation, struct error *err)
{
	const struct inspect_args *args = invocation->args;

	if (is_empty(args->type))
		return inspect_all(invocation, inspect_any, err);
	if (strcmp(args->type, "container") == 0)
		return inspect_all(invocation, inspect_container, err);
	if (strcmp(args->type, "image") == 0)
		return inspect_all(invocation, inspect_image, err);
	return error_set(err, ERROR_OTHER,
			 "\"%s\" is not a valid value for --type; use \"container\" or "
			 "\"image\"",
			 args->type);
}

static int container_inspect_run(const struct invocation *invocation, struct error *err)
{
	return inspect_all(invocation, inspect_container, err);
}

static int image_inspect_run(const struct invocation *invocation, struct error *err)
{
	return inspect_all(invocation, inspect_image, err);
}

const struct command command_inspect = {
	.name = "inspect",
	.operands = "NAME|ID [NAME|ID...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.summary = "Show all about containers and images, as JSON",
	.examples = "  proa inspect --format '{{.State.Status}}' web\n",
	.options = inspect_options,
	.args_size = sizeof(struct inspect_args),
	.run = inspect_run,
};

const struct command command_container_inspect = {
	.name = "inspect",
	.group = "container",
	.operands = "CONTAINER [CONTAINER...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.summary = "Show all about containers, as JSON",
	.options = container_inspect_options,
	.args_size = sizeof(struct inspect_args),
	.run = container_inspect_run,
};

const struct command command_image_inspect = {
	.name = "inspect",
	.group = "image",
	.operands = "IMAGE [IMAGE...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.summary = "Show all about images, as JSON",
	.options = image_inspect_options,
	.args_size = sizeof(struct inspect_args),
	.run = image_inspect_run,
};
