/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing a manifest list. Everything that takes time comes first; then the list is read,
 * changed and written, again if another process was faster.
 */
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
#include "registry/list-artifact.h"
#include "registry/list-members.h"
#include "registry/manifest-list-inside.h"

#define TRIES_MAX 1000

struct work {
	struct store *store;
	const struct list_change *change;
	struct store_staging staging;
	struct list_members members;
	struct descriptor subject;	/* media_type NULL: none */
	struct store_item list;		/* as it is, or as it will be */
	struct digest before;		/* unset: it is new */
	struct index_edit *index;
};

static void work_release(struct work *work)
{
	store_staging_release(&work->staging);
	list_members_release(&work->members);
	descriptor_release(&work->subject);
	store_item_release(&work->list);
	index_edit_free(work->index);
}

static int name_new(struct work *work, const struct reference *name, struct error *err)
{
	if (digest_is_set(&name->digest))
		return error_set(err, ERROR_INVALID,
				 "a manifest list is named by a tag, not by a digest");
	work->list.kind = STORE_LIST;
	work->list.name = reference_full(name);
	work->list.repository = reference_name_full(name);
	work->index = index_edit_new();
	return 0;
}

static int load_old(struct work *work, const struct buffer *text, struct error *err)
{
	if (work->change->presence == LIST_MUST_BE_NEW)
		return error_set(err, ERROR_EXISTS, "manifest list '%s' exists already; change it "
				 "with --amend", work->change->list);
	if (work->list.read_only)
		return error_set(err, ERROR_UNSUPPORTED, "'%s' is in a read-only store",
				 work->change->list);
	work->before = work->list.document.digest;
	work->index = index_edit_parse(text->data ? text->data : "", text->size, err);
	return work->index ? 0 : -1;
}

/* A list that is made is meant by its name, and never by the beginning of another one's digest. */
static int load(struct work *work, struct error *err)
{
	bool exists = work->change->presence == LIST_MUST_EXIST;
	auto_release(reference) struct reference name = { 0 };
	auto_release(buffer) struct buffer text = { 0 };
	auto_free char *full = NULL;

	if (!exists) {
		if (reference_parse(work->change->list, &name, err) < 0)
			return -1;
		full = reference_full(&name);
	}
	if (store_item_read(work->store, STORE_LIST, full ? full : work->change->list, &work->list,
			    &text, err) == 0)
		return load_old(work, &text, err);
	if (exists || err->kind != ERROR_NOT_FOUND)
		return -1;
	error_release(err);
	return name_new(work, &name, err);
}

/* A member that is there already is replaced by what is said of it now. */
static int merge_members(struct work *work, const struct manifest *added, struct error *err)
{
	auto_error ignored = { 0 };

	for (size_t i = 0; i < added->manifest_count; i++)
		(void)index_edit_remove(work->index, &added->manifests[i].digest, &ignored);
	for (size_t i = 0; i < added->manifest_count; i++)
		if (index_edit_add_from(work->index, work->members.index, i, err) < 0)
			return -1;
	return 0;
}

static int add_members(struct work *work, struct error *err)
{
	auto_release(manifest) struct manifest added = { 0 };
	auto_free char *text = index_edit_text(work->members.index);

	if (manifest_decode(text, strlen(text), NULL, &added, err) < 0 ||
	    merge_members(work, &added, err) < 0)
		return -1;
	for (size_t i = 0; i < work->members.local.count; i++)
		strings_unset_value(&work->list.sources, work->members.local.items[i]);
	for (size_t i = 0; i < work->members.sources.count; i++) {
		const char *source = work->members.sources.items[i];
		auto_free char *key = xstrndup(source, strcspn(source, "="));

		strings_set_value(&work->list.sources, key, source + strlen(key) + 1);
	}
	return 0;
}

/* The member that the user calls `name`: by its digest, the reference it came from, or as an image
 * of the store. */
static int find_member(const struct work *work, const char *name, struct digest *ret_digest,
		       struct error *err)
{
	const char *at = strrchr(name, '@');
	auto_release(reference) struct reference reference = { 0 };
	auto_free char *full = NULL;
	struct image *image;
	auto_error ignored = { 0 };

	if (digest_parse(at ? at + 1 : name, ret_digest, &ignored) == 0)
		return 0;
	if (reference_parse(name, &reference, err) < 0)
		return -1;
	full = reference_full(&reference);
	for (size_t i = 0; i < work->list.sources.count; i++) {
		const char *source = work->list.sources.items[i];
		auto_free char *key = xstrndup(source, strcspn(source, "="));

		if (strcmp(source + strlen(key) + 1, full) == 0)
			return digest_parse(key, ret_digest, err);
	}
	image = store_find(work->store, name, err);
	if (!image)
		return error_set(err, ERROR_NOT_FOUND, "the manifest list has no '%s'", name);
	*ret_digest = image->manifest;
	image_free(image);
	return 0;
}

static int change_index(struct work *work, struct error *err)
{
	const struct list_change *change = work->change;
	const struct index_changes subject = { .subject = &work->subject };
	struct digest digest = { 0 };
	char text[DIGEST_TEXT_SIZE];

	if (add_members(work, err) < 0)
		return -1;
	if (change->remove) {
		if (find_member(work, change->remove, &digest, err) < 0 ||
		    index_edit_remove(work->index, &digest, err) < 0)
			return -1;
		digest_format(&digest, text);
		strings_unset_value(&work->list.sources, text);
	}
	if (change->annotate && (find_member(work, change->annotate, &digest, err) < 0 ||
				 index_edit_change(work->index, &digest, &change->changes, err) < 0))
		return -1;
	if (change->annotate_index &&
	    index_edit_change(work->index, NULL, &change->changes, err) < 0)
		return -1;
	return work->subject.media_type ? index_edit_change(work->index, NULL, &subject, err) : 0;
}

static int put(struct work *work, struct error *err)
{
	auto_free char *text = NULL;
	struct store_item_change change = {
		.item = &work->list,
		.blobs = work->staging.folder,
		.before = &work->before,
		.keep = work->change->remove ? &work->change->keep : NULL,
	};
	auto_release(descriptor) struct descriptor document = { 0 };

	if (index_edit_set_docker(work->index, false, err) < 0)
		return -1;
	text = index_edit_text(work->index);
	if (strlen(text) > MANIFEST_SIZE_MAX)
		return error_set(err, ERROR_INVALID, "the manifest list is larger than %zu bytes",
				 MANIFEST_SIZE_MAX);
	document.media_type = xstrdup(MEDIA_TYPE_OCI_INDEX);
	document.size = strlen(text);
	if (artifact_take_text(work->staging.folder, text, &document.digest, err) < 0)
		return -1;
	descriptor_copy(&work->list.document, &document);
	if (store_item_put(work->store, &change, err) == 0)
		return 0;
	if (err->kind == ERROR_BUSY)
		unlinkat(work->staging.folder, document.digest.hex, 0);
	return -1;
}

static int try_once(struct work *work, struct error *err)
{
	store_item_release(&work->list);
	index_edit_free(work->index);
	work->index = NULL;
	work->before = (struct digest){ 0 };
	if (load(work, err) < 0 || change_index(work, err) < 0)
		return -1;
	return put(work, err);
}

/* What --subject names, as a registry knows it. */
static int find_subject(struct work *work, struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_release(buffer) struct buffer text = { 0 };

	if (!work->change->subject)
		return 0;
	if (reference_parse(work->change->subject, &reference, err) < 0)
		return -1;
	return list_show(&work->change->access, &reference, &text, &work->subject, err);
}

/* What the options say of each that is added. */
static int describe_members(struct work *work, struct error *err)
{
	auto_release(manifest) struct manifest added = { 0 };
	auto_free char *text = index_edit_text(work->members.index);

	if (work->change->annotate || work->change->annotate_index)
		return 0;
	if (manifest_decode(text, strlen(text), NULL, &added, err) < 0)
		return -1;
	for (size_t i = 0; i < added.manifest_count; i++)
		if (index_edit_change(work->members.index, &added.manifests[i].digest,
				      &work->change->changes, err) < 0)
			return -1;
	return 0;
}

static int gather(struct work *work, struct error *err)
{
	const struct list_change *change = work->change;

	work->members = (struct list_members){
		.store = work->store,
		.access = &change->access,
		.platform = &change->platform,
		.all = change->all,
		.folder = work->staging.folder,
		.index = index_edit_new(),
	};
	for (size_t i = 0; i < change->members.count; i++)
		if (list_members_add(&work->members, change->members.items[i], err) < 0)
			return -1;
	if (change->artifact.paths.count > 0 &&
	    list_artifact_add(&work->members, &change->artifact, err) < 0)
		return -1;
	if (describe_members(work, err) < 0)
		return -1;
	return find_subject(work, err);
}

int list_change(struct store *store, const struct list_change *change,
		struct digest *ret_digest, struct error *err)
{
	auto_release(work) struct work work = { .store = store, .change = change };
	int result = -1;

	work.staging = (struct store_staging){ .folder = -1, .lock = -1 };
	store_sweep(store);
	if (change->presence != LIST_MUST_EXIST && load(&work, err) < 0)
		return -1;
	if (store_stage(store, "list", &work.staging, err) < 0 || gather(&work, err) < 0)
		return -1;
	for (int i = 0; i < TRIES_MAX && result < 0; i++) {
		error_release(err);
		result = try_once(&work, err);
		/* Another list that was made meanwhile is told as such. */
		if (result < 0 && err->kind != ERROR_BUSY &&
		    !(err->kind == ERROR_EXISTS && change->presence == LIST_MAY_EXIST))
			break;
	}
	if (result == 0)
		*ret_digest = work.list.document.digest;
	return result;
}
