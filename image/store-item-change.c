/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Putting lists and artifacts into the store, and removing them.
 *
 * New blobs come into blobs/ only under the lock of the index, together with the entry that
 * needs them: a removal, which holds that lock too, never sees one without the other. What
 * was there already is looked for under the lock, since it may just have gone.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "image/artifact.h"
#include "image/reference.h"
#include "image/store-internal.h"

static int no_blob(const struct digest *digest, struct error *err)
{
	return error_set(err, ERROR_NOT_FOUND, "blob sha256:%s is not in the store", digest->hex);
}

static bool has_blob(const struct store *store, const struct digest *digest)
{
	for (size_t i = 0; i < store->part_count; i++)
		if (file_exists(store->parts[i].blobs, digest->hex))
			return true;
	return false;
}

/* An image that is in the store must be there whole, or a push could not find its layers. */
static int check_layers(struct store *store, const struct digest *id, struct error *err)
{
	return has_blob(store, id) ? store_check_layers(store, id, err) : 0;
}

/* `local`: it was not named by a remote reference, so all of it must be here. */
static int check_manifest(struct store *store, const struct digest *digest, bool local,
			  struct error *err)
{
	auto_release(artifact) struct artifact manifest = { 0 };
	auto_release(buffer) struct buffer text = { 0 };

	if (store_read_blob(store, digest, MANIFEST_SIZE_MAX, &text, err) < 0)
		return -1;
	if (!local)
		return 0;
	if (artifact_decode(text.data ? text.data : "", text.size, NULL, &manifest, err) < 0)
		return error_context(err, "manifest sha256:%s", digest->hex);
	if (!has_blob(store, &manifest.config.digest))
		return no_blob(&manifest.config.digest, err);
	if (artifact_is_image(&manifest))
		return check_layers(store, &manifest.config.digest, err);
	for (size_t i = 0; i < manifest.file_count; i++)
		if (!has_blob(store, &manifest.files[i].digest))
			return no_blob(&manifest.files[i].digest, err);
	return 0;
}

static bool has_source(const struct store_item *item, const struct digest *digest)
{
	char text[DIGEST_TEXT_SIZE];

	digest_format(digest, text);
	return strings_get_value(&item->sources, text) != NULL;
}

static int check_list(struct store *store, const struct store_item *item, struct error *err)
{
	auto_release(manifest) struct manifest index = { 0 };
	auto_release(buffer) struct buffer text = { 0 };

	if (store_read_blob(store, &item->document.digest, MANIFEST_SIZE_MAX, &text, err) < 0 ||
	    manifest_decode(text.data ? text.data : "", text.size, item->document.media_type,
			    &index, err) < 0)
		return -1;
	for (size_t i = 0; i < index.manifest_count; i++) {
		const struct digest *digest = &index.manifests[i].digest;

		if (check_manifest(store, digest, !has_source(item, digest), err) < 0)
			return -1;
	}
	return 0;
}

static int move_blobs(struct store *store, int blobs, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };

	if (blobs < 0)
		return 0;
	if (dir_list(blobs, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		if (renameat(blobs, names.items[i], store->parts[0].blobs, names.items[i]) < 0)
			return error_errno(err, "cannot store blob sha256:%s", names.items[i]);
	if (fsync(store->parts[0].blobs) < 0)
		return error_errno(err, "cannot write blobs to disk");
	return 0;
}

/* Where `item`'s name (or, without one, its digest and repository) stands; count if nowhere. */
static size_t find_place(const struct store_items *items, const struct store_item *item)
{
	size_t i;

	for (i = 0; i < items->count; i++) {
		const struct store_item *other = &items->items[i];

		if (other->kind != item->kind || !other->name != !item->name)
			continue;
		if (item->name ? strcmp(other->name, item->name) == 0 :
				 digest_equal(&other->document.digest, &item->document.digest) &&
					 strcmp(other->repository ? other->repository : "",
						item->repository ? item->repository : "") == 0)
			break;
	}
	return i;
}

static int check_before(const struct store_items *items, size_t at, const struct digest *before,
			struct error *err)
{
	if (!before)
		return 0;
	if (!digest_is_set(before) && at < items->count)
		return error_set(err, ERROR_EXISTS, "that name is already in use");
	if (digest_is_set(before) &&
	    (at == items->count || !digest_equal(&items->items[at].document.digest, before)))
		return error_set(err, ERROR_BUSY, "it was changed by another process meanwhile");
	return 0;
}

static void add_images(struct holdings *holdings, struct store *store,
		       const struct store_index *index)
{
	for (size_t i = 0; i < index->count; i++) {
		const struct index_entry *entry = &index->entries[i];
		auto_release(image_config) struct image_config config = { 0 };
		auto_error ignored = { 0 };

		strings_add(&holdings->blobs, entry->manifest.digest.hex);
		strings_add(&holdings->blobs, entry->id.hex);
		if (digest_is_set(&entry->index))
			strings_add(&holdings->blobs, entry->index.hex);
		if (store_load_config(store, &entry->id, &config, &ignored) < 0)
			continue;
		for (size_t j = 0; j < config.diff_id_count; j++)
			strings_add(&holdings->layers, config.diff_ids[j].hex);
	}
}

/* Takes away from `list` what is in `spared`, and what stands in it twice. */
static void spare(struct strings *list, const struct strings *spared)
{
	strings_sort(list);
	for (size_t i = list->count; i-- > 0;)
		if (strings_contain(spared, list->items[i]) ||
		    (i > 0 && strcmp(list->items[i], list->items[i - 1]) == 0))
			strings_remove(list, i);
}

/* Leaves in `doomed` what nothing of `index`, as it will be, needs. */
static void keep_needed(struct store *store, const struct store_index *index,
			const struct strings *keep, struct holdings *doomed)
{
	auto_release(holdings) struct holdings needed = { 0 };

	holdings_of_items(store, index, &needed);
	add_images(&needed, store, index);
	for (size_t i = 0; keep && i < keep->count; i++)
		strings_add(&needed.layers, keep->items[i]);
	spare(&doomed->blobs, &needed.blobs);
	spare(&doomed->layers, &needed.layers);
}

static void remove_blobs(struct store *store, struct strings *blobs)
{
	for (size_t i = 0; i < blobs->count; i++)
		unlinkat(store->parts[0].blobs, blobs->items[i], 0);
	strings_release(blobs);
}

/* Renames layers into tmp/, where they are removed without the lock. */
static void take_layers_out(struct store *store, const struct strings *layers,
			    struct strings *in_tmp)
{
	for (size_t i = 0; i < layers->count; i++) {
		struct digest diff_id = { 0 };
		auto_error problem = { 0 };
		char *name = NULL;

		memcpy(diff_id.hex, layers->items[i], DIGEST_HEX_SIZE);
		if (!file_exists(store->parts[0].layers, diff_id.hex))
			continue;
		if (store_take_layer_out(store, &diff_id, &name, &problem) == 0)
			strings_take(in_tmp, name);
		else
			warning("%s", problem.message);
	}
}

static void empty_tmp(struct store *store, const struct strings *in_tmp)
{
	for (size_t i = 0; i < in_tmp->count; i++) {
		auto_error problem = { 0 };

		if (dir_remove_tree(store->tmp, in_tmp->items[i], &problem) < 0)
			warning("%s", problem.message);
	}
}

/* What moved in for an item that cannot be put goes again. */
static void forget_blobs(struct store *store, const struct store_index *index,
			 const struct store_item *item)
{
	auto_release(holdings) struct holdings doomed = { 0 };

	holdings_add_item(&doomed, store, item);
	keep_needed(store, index, NULL, &doomed);
	remove_blobs(store, &doomed.blobs);
}

static int check_item(struct store *store, const struct store_item *item, struct error *err)
{
	return item->kind == STORE_LIST ? check_list(store, item, err) :
					  check_manifest(store, &item->document.digest, true, err);
}

/* Moves the entry at `at`, which may be none, out of the index. */
static void take_entry_out(struct store *store, struct store_index *index, size_t at,
			   struct holdings *doomed)
{
	if (at == index->others.count)
		return;
	holdings_add_item(doomed, store, &index->others.items[at]);
	store_items_drop(&index->others, at);
}

static int put_locked(struct store *store, const struct store_item_change *change,
		      struct strings *in_tmp, struct error *err)
{
	auto_release(store_index) struct store_index index = { 0 };
	auto_release(holdings) struct holdings doomed = { 0 };
	auto_release(store_item) struct store_item copy = { 0 };
	size_t at;

	if (store_index_load(store, 0, &index, err) < 0)
		return -1;
	at = find_place(&index.others, change->item);
	if (check_before(&index.others, at, change->before, err) < 0)
		return -1;
	if (move_blobs(store, change->blobs, err) < 0 ||
	    check_item(store, change->item, err) < 0) {
		forget_blobs(store, &index, change->item);
		return -1;
	}
	take_entry_out(store, &index, at, &doomed);
	store_item_copy(&copy, change->item);
	copy.tagged_at = clock_now();
	store_items_add(&index.others, &copy);
	if (store_index_save(store, &index, err) < 0)
		return -1;
	keep_needed(store, &index, change->keep, &doomed);
	remove_blobs(store, &doomed.blobs);
	if (change->keep)
		take_layers_out(store, &doomed.layers, in_tmp);
	return 0;
}

int store_item_put(struct store *store, const struct store_item_change *change,
		   struct error *err)
{
	auto_release(strings) struct strings in_tmp = { 0 };
	auto_fd int lock = -1;
	int result;

	if (change->blobs >= 0 && syncfs(change->blobs) < 0)
		return error_errno(err, "cannot write blobs to disk");
	lock = lock_wait(store->parts[0].images, INDEX_LOCK, LOCK_EXCLUSIVE, err);
	if (lock < 0)
		return -1;
	result = put_locked(store, change, &in_tmp, err);
	auto_close_fd(&lock);
	lock = -1;
	empty_tmp(store, &in_tmp);
	return result;
}

int store_item_tag(struct store *store, const struct store_item *item,
		   const struct reference *reference, struct error *err)
{
	auto_release(store_item) struct store_item named = { 0 };
	const struct store_item_change change = { .item = &named, .blobs = -1 };

	store_item_copy(&named, item);
	free(named.name);
	free(named.repository);
	named.name = reference_full(reference);
	named.repository = reference_name_full(reference);
	return store_item_put(store, &change, err);
}

/* On a full disk, the blobs have to go before the index can be written. */
static int save_without(struct store *store, const struct store_index *index,
			struct strings *blobs, struct error *err)
{
	if (store_index_save(store, index, err) == 0)
		return 0;
	if (!error_is_errno(err, ENOSPC) && !error_is_errno(err, EDQUOT))
		return -1;
	error_release(err);
	remove_blobs(store, blobs);
	return store_index_save(store, index, err);
}

static int remove_locked(struct store *store, const struct store_item *item,
			 const struct strings *keep, struct strings *in_tmp, struct error *err)
{
	auto_release(store_index) struct store_index index = { 0 };
	auto_release(holdings) struct holdings doomed = { 0 };
	size_t at;

	if (store_index_load(store, 0, &index, err) < 0)
		return -1;
	at = find_place(&index.others, item);
	if (at == index.others.count ||
	    !digest_equal(&index.others.items[at].document.digest, &item->document.digest))
		return error_set(err, ERROR_NOT_FOUND, "No such %s: sha256:%s",
				 item->kind == STORE_LIST ? "manifest" : "artifact",
				 item->document.digest.hex);
	holdings_add_item(&doomed, store, &index.others.items[at]);
	store_items_drop(&index.others, at);
	keep_needed(store, &index, keep, &doomed);
	if (save_without(store, &index, &doomed.blobs, err) < 0)
		return -1;
	remove_blobs(store, &doomed.blobs);
	take_layers_out(store, &doomed.layers, in_tmp);
	return 0;
}

int store_item_remove(struct store *store, const struct store_item *item,
		      const struct strings *keep, struct error *err)
{
	auto_release(strings) struct strings in_tmp = { 0 };
	auto_fd int lock = -1;
	int result;

	if (item->read_only)
		return error_set(err, ERROR_UNSUPPORTED,
				 "cannot remove '%s': it is in a read-only store",
				 item->name ? item->name : item->document.digest.hex);
	lock = lock_wait(store->parts[0].images, INDEX_LOCK, LOCK_EXCLUSIVE, err);
	if (lock < 0)
		return -1;
	result = remove_locked(store, item, keep, &in_tmp, err);
	auto_close_fd(&lock);
	lock = -1;
	empty_tmp(store, &in_tmp);
	return result;
}
