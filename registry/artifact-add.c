/* SPDX-License-Identifier: Apache-2.0 */
/* Artifacts made of files; see registry/artifact.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "image/artifact.h"
#include "image/store-items.h"
#include "image/store.h"
#include "registry/artifact-files.h"
#include "registry/artifact-inside.h"
#include "registry/manifest-list-inside.h"

#define TRIES_MAX 100

DEFINE_AUTO(image, image_free);

struct addition {
	struct store *store;
	const struct artifact_addition *asked;
	struct store_staging staging;
	struct artifact files;		/* the new ones, and the subject */
	struct store_item item;
	struct artifact artifact;	/* as it will be */
	struct digest before;
};

static void addition_release(struct addition *work)
{
	store_staging_release(&work->staging);
	artifact_release(&work->files);
	store_item_release(&work->item);
	artifact_release(&work->artifact);
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int take_file(struct addition *work, const char *path, struct error *err)
{
	const struct strings *annotations = &work->asked->annotations;
	const char *title = strings_get_value(annotations, ARTIFACT_TITLE);
	auto_release(descriptor) struct descriptor file = { 0 };

	if (artifact_take_file(work->staging.folder, path, work->asked->file_type,
			       title ? title : file_name(path), &file, err) < 0)
		return -1;
	for (size_t i = 0; i < annotations->count; i++) {
		const char *text = annotations->items[i];
		auto_free char *key = xstrndup(text, strcspn(text, "="));

		strings_set_value(&file.annotations, key, text + strlen(key) + 1);
	}
	strings_sort(&file.annotations);
	artifact_add_file(&work->files, &file);
	return 0;
}

/* An image of the store is known by the manifest that it has; all else, by its registry. */
static int find_subject(struct addition *work, struct error *err)
{
	const char *name = work->asked->subject;
	auto_of(image) struct image *image = NULL;
	auto_release(reference) struct reference reference = { 0 };
	auto_release(manifest) struct manifest manifest = { 0 };
	auto_release(buffer) struct buffer text = { 0 };
	auto_error ignored = { 0 };

	if (!name)
		return 0;
	image = store_find(work->store, name, &ignored);
	if (!image)
		return reference_parse(name, &reference, err) < 0 ?
			       -1 :
			       list_show(&work->asked->access, &reference, &text,
					 &work->files.subject, err);
	if (store_read_blob(work->store, &image->manifest, MANIFEST_SIZE_MAX, &text, err) < 0 ||
	    manifest_decode(text.data ? text.data : "", text.size, NULL, &manifest, err) < 0)
		return -1;
	work->files.subject = (struct descriptor){
		.media_type = take_ptr(&manifest.media_type),
		.digest = image->manifest,
		.size = text.size,
	};
	return 0;
}

/* What has the name now, if there is something. */
static int load(struct addition *work, struct error *err)
{
	auto_free char *full = reference_full(&work->asked->name);
	auto_release(buffer) struct buffer text = { 0 };

	work->before = (struct digest){ 0 };
	store_item_release(&work->item);
	artifact_release(&work->artifact);
	if (store_item_read(work->store, STORE_ARTIFACT, full, &work->item, &text, err) == 0) {
		if (work->asked->presence == ARTIFACT_MUST_BE_NEW)
			return error_set(err, ERROR_EXISTS, "%s: artifact already exists", full);
		work->before = work->item.document.digest;
		if (work->asked->presence == ARTIFACT_APPEND)
			return artifact_decode(text.data ? text.data : "", text.size, NULL,
					       &work->artifact, err);
	} else if (err->kind != ERROR_NOT_FOUND || work->asked->presence == ARTIFACT_APPEND) {
		return -1;
	}
	error_release(err);
	work->item.kind = STORE_ARTIFACT;
	replace_string(&work->item.name, full);
	free(work->item.repository);
	work->item.repository = reference_name_full(&work->asked->name);
	work->artifact.type = xstrdup(work->asked->type ? work->asked->type :
							  ARTIFACT_TYPE_UNKNOWN);
	artifact_set_empty_config(&work->artifact);
	return 0;
}

static int add_files(struct addition *work, struct error *err)
{
	for (size_t i = 0; i < work->files.file_count; i++) {
		const struct descriptor *file = &work->files.files[i];
		const char *title = strings_get_value(&file->annotations, ARTIFACT_TITLE);

		if (title && artifact_find_title(&work->artifact, title))
			return error_set(err, ERROR_EXISTS,
					 "%s: file already exists in artifact", title);
		if (work->artifact.file_count >= ARTIFACT_FILES_MAX)
			return error_set(err, ERROR_INVALID, "more than %d files in an artifact",
					 ARTIFACT_FILES_MAX);
		artifact_add_file(&work->artifact, file);
	}
	if (work->files.subject.media_type)
		descriptor_copy(&work->artifact.subject, &work->files.subject);
	return 0;
}

static int put(struct addition *work, struct error *err)
{
	auto_free char *text = artifact_encode(&work->artifact);
	struct descriptor *document = &work->item.document;
	struct store_item_change change = {
		.item = &work->item,
		.blobs = work->staging.folder,
		.before = &work->before,
	};
	struct digest empty;

	if (strlen(text) > MANIFEST_SIZE_MAX)
		return error_set(err, ERROR_INVALID, "the artifact's manifest is larger than %zu "
				 "bytes", MANIFEST_SIZE_MAX);
	replace_string(&document->media_type, MEDIA_TYPE_OCI_MANIFEST);
	replace_string(&work->item.artifact_type, work->artifact.type);
	document->size = strlen(text);
	if (artifact_take_text(work->staging.folder, EMPTY_CONFIG_TEXT, &empty, err) < 0 ||
	    artifact_take_text(work->staging.folder, text, &document->digest, err) < 0)
		return -1;
	if (store_item_put(work->store, &change, err) == 0)
		return 0;
	if (err->kind == ERROR_BUSY)
		unlinkat(work->staging.folder, document->digest.hex, 0);
	return -1;
}

int artifact_add(struct store *store, const struct artifact_addition *asked,
		 struct digest *ret_digest, struct error *err)
{
	auto_release(addition) struct addition work = { .store = store, .asked = asked };
	int result = -1;

	work.staging = (struct store_staging){ .folder = -1, .lock = -1 };
	store_sweep(store);
	if (load(&work, err) < 0 || store_stage(store, "artifact", &work.staging, err) < 0)
		return -1;
	for (size_t i = 0; i < asked->paths.count; i++)
		if (take_file(&work, asked->paths.items[i], err) < 0)
			return -1;
	if (find_subject(&work, err) < 0)
		return -1;
	for (int i = 0; i < TRIES_MAX && result < 0; i++) {
		error_release(err);
		if (load(&work, err) < 0 || add_files(&work, err) < 0)
			return -1;
		result = put(&work, err);
		if (result < 0 && err->kind != ERROR_BUSY)
			break;
	}
	if (result == 0)
		*ret_digest = work.item.document.digest;
	return result;
}
