/* SPDX-License-Identifier: Apache-2.0 */
/* proa image mount and unmount: an image's files for the host to look into, read-only. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/table.h"
#include "engine/image-mount.h"

struct mount_args {
	bool all;
	const char *format;
};

struct unmount_args {
	bool all, force;
};

static const struct option mount_options[] = {
	OPTION_FLAG('a', "all", struct mount_args, all, "Mount all images"),
	OPTION_STRING(0, "format", "FORMAT", struct mount_args, format, "json"),
	OPTION_END,
};

static const struct option unmount_options[] = {
	OPTION_FLAG('a', "all", struct unmount_args, all, "Unmount all images"),
	OPTION_FLAG('f', "force", struct unmount_args, force,
		    "Also while somebody is in it: it goes when they leave"),
	OPTION_END,
};

DEFINE_AUTO(table, table_free);

/* What is mounted, as a list of objects. */
static int collect_mounts(struct engine *engine, json_t *mounts, struct error *err)
{
	auto_release(strings) struct strings ids = { 0 };

	if (image_list_mounts(engine, &ids, err) < 0)
		return -1;
	for (size_t i = 0; i < ids.count; i++) {
		auto_error gone = { 0 };
		auto_of(image) struct image *image = store_find(engine->store, ids.items[i], &gone);
		struct digest id = { 0 };
		auto_free char *path = NULL;

		snprintf(id.hex, sizeof(id.hex), "%s", ids.items[i]);
		path = image_mount_path(engine, &id);
		json_array_append_new(mounts, json_pack("{s:s, s:o, s:s}", "id", ids.items[i],
							"Repositories",
							image ? json_from_strings(&image->names)
							      : json_array(),
							"mountpoint", path));
	}
	return 0;
}

static const char *row_text(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text ? text : "";
}

static int print_mounts(const json_t *mounts, const char *format)
{
	auto_of(table) struct table *table = table_new();
	const json_t *row;
	size_t i;

	if (format) {
		auto_free char *text = json_dumps(mounts, JSON_INDENT(4));

		puts(text ? text : "[]");
		return 0;
	}
	json_array_foreach(mounts, i, row) {
		auto_free char *cells = xasprintf("%.12s\t%s", row_text(row, "id"),
						  row_text(row, "mountpoint"));

		table_add(table, cells);
	}
	table_print(table, stdout);
	return 0;
}

static int mount_one(struct engine *engine, const char *name, const struct image *image,
		     json_t *mounts, struct error *err)
{
	auto_free char *path = NULL;

	if (image_mount(engine, image, &path, err) < 0)
		return -1;
	json_array_append_new(mounts, json_pack("{s:s, s:o, s:s}", "id", name, "Repositories",
						json_from_strings(&image->names), "mountpoint",
						path));
	return 0;
}

static int mount_all(struct engine *engine, json_t *mounts, struct error *err)
{
	struct image **images;
	size_t count;
	int result = 0;

	if (store_list(engine->store, &images, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count && result == 0; i++)
		result = mount_one(engine, images[i]->id.hex, images[i], mounts, err);
	store_free_images(images, count);
	return result;
}

static int mount_named(struct engine *engine, char *const *names, json_t *mounts)
{
	int status = 0;

	for (; *names; names++) {
		auto_error failure = { 0 };
		auto_of(image) struct image *image = store_find(engine->store, *names, &failure);

		if (image && mount_one(engine, image->id.hex, image, mounts, &failure) == 0)
			continue;
		report_error(&failure);
		status = 1;
	}
	return status;
}

/* For a single image the path alone: MOUNT=$(proa image mount IMAGE). */
static void print_results(const struct invocation *invocation, const json_t *mounts)
{
	const struct mount_args *args = invocation->args;

	if (invocation->operand_count == 1 && !args->format && json_array_size(mounts) == 1)
		puts(row_text(json_array_get(mounts, 0), "mountpoint"));
	else
		print_mounts(mounts, args->format);
}

static int mount_run(const struct invocation *invocation, struct error *err)
{
	const struct mount_args *args = invocation->args;
	auto_json json_t *mounts = json_array();
	auto_of(engine) struct engine *engine = NULL;
	int status = 0;

	if (args->format && strcmp(args->format, "json") != 0)
		return error_set(err, ERROR_USAGE, "unknown --format argument \"%s\": it must be json",
				 args->format);
	if (args->all && invocation->operand_count > 0)
		return error_set(err, ERROR_USAGE, "--all takes no names of images");
	engine = session_open(invocation, err);
	if (!engine)
		return -1;
	if (args->all) {
		if (mount_all(engine, mounts, err) < 0)
			return -1;
	} else if (invocation->operand_count > 0) {
		status = mount_named(engine, invocation->operands, mounts);
	} else if (collect_mounts(engine, mounts, err) < 0) {
		return -1;
	}
	print_results(invocation, mounts);
	return status;
}

static int unmount_named(struct engine *engine, const char *name, bool force, struct error *err)
{
	auto_of(image) struct image *image = store_find(engine->store, name, err);

	if (!image)
		return -1;
	if (!image_is_mounted(engine, &image->id))
		return error_set(err, ERROR_OTHER, "image %s is not mounted", name);
	return image_unmount(engine, &image->id, force, err);
}

static int unmount_all(struct engine *engine, bool force, struct error *err)
{
	auto_release(strings) struct strings ids = { 0 };
	int status = 0;

	if (image_list_mounts(engine, &ids, err) < 0)
		return -1;
	for (size_t i = 0; i < ids.count; i++) {
		auto_error failure = { 0 };
		struct digest id = { 0 };

		snprintf(id.hex, sizeof(id.hex), "%s", ids.items[i]);
		if (image_unmount(engine, &id, force, &failure) == 0) {
			puts(id.hex);
			continue;
		}
		report_error(&failure);
		status = 1;
	}
	return status;
}

static int unmount_run(const struct invocation *invocation, struct error *err)
{
	const struct unmount_args *args = invocation->args;
	auto_of(engine) struct engine *engine = NULL;
	int status = 0;

	if (args->all == (invocation->operand_count > 0))
		return error_set(err, ERROR_USAGE, "name the images to unmount, or give --all");
	engine = session_open(invocation, err);
	if (!engine)
		return -1;
	if (args->all)
		return unmount_all(engine, args->force, err);
	for (char *const *name = invocation->operands; *name; name++) {
		auto_error failure = { 0 };

		if (unmount_named(engine, *name, args->force, &failure) == 0) {
			puts(*name);
			continue;
		}
		report_error(&failure);
		status = 1;
	}
	return status;
}

const struct command command_image_mount = {
	.name = "mount",
	.group = "image",
	.operands = "[IMAGE...]",
	.operands_max = OPERANDS_ANY,
	.summary = "Mount images on the host, or list those that are",
	.examples = "  ls $(proa image mount debian)/etc\n",
	.options = mount_options,
	.args_size = sizeof(struct mount_args),
	.run = mount_run,
};

const struct command command_image_unmount = {
	.name = "unmount",
	.group = "image",
	.more_names = "umount",
	.operands = "IMAGE [IMAGE...]",
	.operands_max = OPERANDS_ANY,
	.summary = "Unmount images from the host",
	.options = unmount_options,
	.args_size = sizeof(struct unmount_args),
	.run = unmount_run,
};
