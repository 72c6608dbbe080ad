/* SPDX-License-Identifier: Apache-2.0 */
/* See image/archive.h: tells the forms apart. */
#include "image/archive.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "image/archive-internal.h"

static void image_release(struct archive_image *image)
{
	strings_release(&image->names);
	strings_release(&image->layers);
	buffer_release(&image->manifest_bytes);
	descriptor_release(&image->manifest_descriptor);
	manifest_release(&image->manifest);
	free(image->config);
}

void archive_release(struct archive *archive)
{
	while (archive->count > 0)
		archive_drop_last(archive);
	free(archive->images);
	archive->images = NULL;
}

void archive_drop_last(struct archive *archive)
{
	image_release(&archive->images[--archive->count]);
}

struct archive_image *archive_add(struct archive *archive, struct error *err)
{
	if (archive->count == ARCHIVE_IMAGES_MAX) {
		error_set(err, ERROR_INVALID, "the archive has more than %d images",
			  ARCHIVE_IMAGES_MAX);
		return NULL;
	}
	archive->images = xrealloc_array(archive->images, archive->count + 1,
					 sizeof(*archive->images));
	archive->images[archive->count] = (struct archive_image){ 0 };
	return &archive->images[archive->count++];
}

int archive_add_name(const struct archive *archive, struct archive_image *image, const char *full,
		     struct error *err)
{
	size_t count = 0;

	if (strings_contain(&image->names, full))
		return 0;
	for (size_t i = 0; i < archive->count; i++)
		count += archive->images[i].names.count;
	if (count >= ARCHIVE_TAGS_MAX)
		return error_set(err, ERROR_INVALID, "the archive's images have more than %d names",
				 ARCHIVE_TAGS_MAX);
	strings_add(&image->names, full);
	return 0;
}

bool archive_is_meant(const char *reference, size_t at, const char *text, const char *full)
{
	auto_error ignored = { 0 };
	uint32_t place;

	if (!reference)
		return true;
	if (reference[0] == '@')
		return parse_u32(reference + 1, &place, &ignored) == 0 && place == at;
	return (text && strcmp(text, reference) == 0) || (full && strcmp(full, reference) == 0);
}

/* What is in manifest.json, or NULL: there is none. */
static json_t *read_list(const struct archive_files *files, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };

	if (archive_files_read(files, ARCHIVE_MANIFEST, ARCHIVE_INDEX_SIZE_MAX, &text, err) < 0) {
		if (err->kind == ERROR_NOT_FOUND)
			error_release(err);
		return NULL;
	}
	return json_parse(text.data ? text.data : "", text.size, ARCHIVE_MANIFEST, err);
}

static int read_form(const struct archive_files *files, const struct archive_choice *choice,
		     struct archive *archive, struct error *err)
{
	auto_json json_t *list = read_list(files, err);

	if (err->kind != ERROR_NONE)
		return -1;
	archive->transport = json_is_array(list) ? "docker-archive" :
			     archive_files_have(files, ARCHIVE_INDEX) ? "oci" : "dir";
	if (json_is_array(list))
		return archive_read_docker(files, list, choice, archive, err);
	if (archive_files_have(files, ARCHIVE_INDEX))
		return archive_read_oci(files, choice, archive, err);
	if (list)
		return archive_read_dir(files, choice, archive, err);
	if (archive_files_have(files, "repositories"))
		return error_set(err, ERROR_UNSUPPORTED,
				 "it was saved by a docker older than 1.10: there is no manifest.json");
	return error_set(err, ERROR_INVALID,
			 "it is no saved image: there is neither manifest.json nor index.json");
}

int archive_read(const struct archive_files *files, const struct archive_choice *choice,
		 struct archive *ret_archive, struct error *err)
{
	auto_release(archive) struct archive archive = { 0 };

	if (read_form(files, choice, &archive, err) < 0)
		return -1;
	if (archive.count == 0 && choice->reference) {
		auto_free char *shown = printable(choice->reference);

		return error_set(err, ERROR_NOT_FOUND, "the archive has no image '%s'", shown);
	}
	if (archive.count == 0)
		return error_set(err, ERROR_INVALID, "there is no image in it");
	*ret_archive = archive;
	archive = (struct archive){ 0 };
	return 0;
}
