/* SPDX-License-Identifier: Apache-2.0 */
/* proa save: images into an archive or a directory. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/image-files.h"
#include "cli/output.h"
#include "cli/session.h"
#include "engine/events.h"
#include "image/platform.h"
#include "image/reference.h"
#include "registry/archive.h"

struct save_args {
	const char *output, *format, *platform;
	bool compress, uncompressed, several, quiet;
};

static const struct option save_options[] = {
	OPTION_STRING('o', "output", "FILE", struct save_args, output,
		      "Write to this file or directory, not to standard output"),
	OPTION_STRING(0, "format", "FORMAT", struct save_args, format,
		      "docker-archive (default), oci-archive, oci-dir or docker-dir"),
	OPTION_STRING(0, "platform", "OS/ARCH", struct save_args, platform,
		      "Refuse images for another platform"),
	OPTION_FLAG(0, "compress", struct save_args, compress,
		    "Compress layers; formats oci-dir and docker-dir"),
	OPTION_FLAG(0, "uncompressed", struct save_args, uncompressed,
		    "Do not compress layers, which is the default"),
	OPTION_FLAG('m', "multi-image-archive", struct save_args, several,
		    "Allow several images, as is always the case"),
	OPTION_FLAG('q', "quiet", struct save_args, quiet, "Print no progress"),
	OPTION_IGNORED(0, "signature-policy", "FILE"),
	OPTION_END,
};

static const struct {
	const char *name;
	enum save_format format;
	bool is_directory;
} formats[] = {
	{ "docker-archive", SAVE_DOCKER_ARCHIVE, false },
	{ "oci-archive", SAVE_OCI_ARCHIVE, false },
	{ "oci-dir", SAVE_OCI_DIR, true },
	{ "docker-dir", SAVE_DOCKER_DIR, true },
};

/* What is saved, each image once. */
struct selection {
	struct save_item *items;
	size_t count;
};

static void selection_release(struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++)
		strings_release(&selection->items[i].names);
	free(selection->items);
}

static void select_image(struct selection *selection, const struct digest *id, const char *name)
{
	struct save_item *item = NULL;

	for (size_t i = 0; i < selection->count; i++)
		if (digest_equal(&selection->items[i].id, id))
			item = &selection->items[i];
	if (!item) {
		selection->items = xrealloc_array(selection->items, selection->count + 1,
						  sizeof(*selection->items));
		item = &selection->items[selection->count++];
		*item = (struct save_item){ .id = *id };
	}
	if (name && !strings_contain(&item->names, name))
		strings_add(&item->names, name);
}

static bool names_version(const char *name)
{
	const char *slash = strrchr(name, '/');

	return strpbrk(slash ? slash : name, ":@") != NULL;
}

/* As docker has it, a name without a tag stands for all tags of that repository. Returns how many
 * there are. */
static int select_repository(struct engine *engine, const char *operand,
			     struct selection *selection, struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_free char *repository = NULL;
	auto_error ignored = { 0 };
	struct image **images;
	size_t count;
	int found = 0;

	if (names_version(operand) || reference_parse(operand, &reference, &ignored) < 0)
		return 0;
	repository = reference_name_full(&reference);
	if (store_list(engine->store, &images, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < images[i]->names.count; j++) {
			const char *rest = skip_prefix(images[i]->names.items[j], repository);

			if (!rest || *rest != ':')
				continue;
			select_image(selection, &images[i]->id, images[i]->names.items[j]);
			events_add_image(engine->root, "save", images[i]->id.hex, operand);
			found++;
		}
	}
	store_free_images(images, count);
	return found;
}

/* Which of the image's names `operand` is, or NULL: it is an ID or a digest. */
static const char *name_meant(const struct image *image, const char *operand)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_error ignored = { 0 };
	auto_free char *full = NULL;
	auto_free char *local = NULL;

	if (reference_parse(operand, &reference, &ignored) < 0)
		return NULL;
	full = reference_full(&reference);
	local = xasprintf("localhost/%s%s", operand, names_version(operand) ? "" : ":latest");
	for (size_t i = 0; i < image->names.count; i++)
		if (!strcmp(image->names.items[i], full) || !strcmp(image->names.items[i], local))
			return image->names.items[i];
	return NULL;
}

static int check_platform(const struct save_args *args, const struct image *image,
			  const char *operand, struct error *err)
{
	struct platform wanted;

	if (!args->platform)
		return 0;
	if (platform_parse(args->platform, &wanted, err) < 0) {
		err->kind = ERROR_USAGE;
		return -1;
	}
	if (platform_match(&wanted, &image->config.platform) > 0)
		return 0;
	return error_set(err, ERROR_NOT_FOUND, "image '%s' is not there for platform %s", operand,
			 args->platform);
}

static int select_operand(struct engine *engine, const struct save_args *args,
			  const char *operand, struct selection *selection, struct error *err)
{
	int found = args->platform ? 0 : select_repository(engine, operand, selection, err);
	auto_of(image) struct image *image = NULL;

	if (found != 0)
		return found < 0 ? -1 : 0;
	image = store_find(engine->store, operand, err);
	if (!image || check_platform(args, image, operand, err) < 0)
		return -1;
	select_image(selection, &image->id, name_meant(image, operand));
	events_add_image(engine->root, "save", image->id.hex, operand);
	return 0;
}

static int find_format(const struct save_args *args, size_t *ret_at, struct error *err)
{
	const char *name = args->format ? args->format : formats[0].name;

	for (*ret_at = 0; *ret_at < ARRAY_SIZE(formats); ++*ret_at)
		if (strcmp(formats[*ret_at].name, name) == 0)
			break;
	if (*ret_at == ARRAY_SIZE(formats))
		return error_set(err, ERROR_USAGE,
				 "unknown format '%s': must be one of docker-archive, oci-archive, "
				 "oci-dir, docker-dir", name);
	if (args->compress && args->uncompressed)
		return error_set(err, ERROR_USAGE,
				 "--compress and --uncompressed exclude each other");
	if (args->compress && !formats[*ret_at].is_directory)
		return error_set(err, ERROR_USAGE,
				 "--compress is for the formats oci-dir and docker-dir; pipe an "
				 "archive through a compressor instead");
	if (formats[*ret_at].is_directory && !args->output)
		return error_set(err, ERROR_USAGE, "the format %s needs a directory: -o", name);
	return 0;
}

static int save_to(struct engine *engine, const struct save_args *args, size_t format,
		   const struct selection *selection, struct error *err)
{
	auto_release(output) struct output output = OUTPUT_NONE;
	struct save_request request = {
		.format = formats[format].format,
		.items = selection->items,
		.count = selection->count,
		.compress = args->compress,
	};

	if (formats[format].is_directory)
		output.fd = image_files_make_directory(
			args->output, formats[format].format == SAVE_OCI_DIR, err);
	else if (output_open(args->output, "save", &output, err) < 0)
		return -1;
	if (output.fd < 0 || engine_enter(engine, err) < 0)
		return -1;
	request.output = output.fd;
	if (registry_save(engine->store, &request, err) < 0)
		return error_context(err, "cannot save");
	return output_finish(&output, err);
}

static int save_run(const struct invocation *invocation, struct error *err)
{
	const struct save_args *args = invocation->args;
	auto_release(selection) struct selection selection = { 0 };
	auto_of(engine) struct engine *engine = NULL;
	size_t format;

	if (find_format(args, &format, err) < 0)
		return -1;
	engine = session_open(invocation, err);
	if (!engine)
		return -1;
	for (int i = 0; i < invocation->operand_count; i++)
		if (select_operand(engine, args, invocation->operands[i], &selection, err) < 0)
			return -1;
	return save_to(engine, args, format, &selection, err);
}

const struct command command_save = {
	.name = "save",
	.group = "image",
	.alias = "save",
	.operands = "IMAGE [IMAGE...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.summary = "Save images into an archive or a directory",
	.examples = "  proa save -o images.tar debian:12 busybox\n"
		    "  proa save --format oci-archive app | zstd > app.tar.zst\n",
	.options = save_options,
	.args_size = sizeof(struct save_args),
	.run = save_run,
};
