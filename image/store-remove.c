/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing names, and with the last one the image.
 *
 * The index changes first, so that no listed image ever lacks a part; then go
 * the blobs, and the layers that nothing needs. These leave layers/ by rename
 * while the index is still locked and are removed after that. Only on a full
 * disk, where the index cannot be written with what was set aside for that either
 * (store-reserve.c), do the layers go first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "image/store-internal.h"

struct removal {
	struct store *store;
	const struct image *image;
	struct store_index index;	/* as it was, then as it will be */
	struct store_index dropped;	/* entries that were taken from it */
	struct strings lines;		/* what to tell */
	struct strings doomed;		/* diff IDs of layers to remove, top first */
	struct strings in_tmp;		/* names below tmp/ of those that left layers/ */
	struct holdings held;		/* what lists and artifacts need */
};

static void removal_release(struct removal *removal)
{
	store_index_release(&removal->index);
	store_index_release(&removal->dropped);
	strings_release(&removal->lines);
	strings_release(&removal->doomed);
	strings_release(&removal->in_tmp);
	holdings_release(&removal->held);
}

static bool is_of_image(const struct removal *removal, const struct index_entry *entry)
{
	return digest_equal(&entry->id, &removal->image->id);
}

static bool is_repository(const struct index_entry *entry, const char *repository)
{
	return entry->repository && strcmp(entry->repository, repository) == 0;
}

static void add_untagged(struct removal *removal, const char *full_name)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_free char *familiar = NULL;
	auto_free char *line = NULL;
	auto_error ignored = { 0 };

	if (reference_parse(full_name, &reference, &ignored) == 0)
		familiar = reference_familiar(&reference);
	line = xasprintf("Untagged: %s", familiar ? familiar : full_name);
	if (!strings_contain(&removal->lines, line))
		strings_take(&removal->lines, take_ptr(&line));
}

static void drop_entry(struct removal *removal, size_t at)
{
	store_index_move(&removal->index, at, &removal->dropped);
}

/* Drops the digests that `repository` knows the image by, once no tag of it is left. */
static void drop_digests(struct removal *removal, const char *repository)
{
	for (size_t i = 0; i < removal->index.count; i++) {
		const struct index_entry *entry = &removal->index.entries[i];

		if (is_of_image(removal, entry) && entry->name &&
		    is_repository(entry, repository))
			return;
	}
	for (size_t i = removal->index.count; i-- > 0;) {
		const struct index_entry *entry = &removal->index.entries[i];

		if (is_of_image(removal, entry) && is_repository(entry, repository))
			drop_entry(removal, i);
	}
}

/* Drops the one entry that `name`, a full "name:tag" or "name@digest", stands for. */
static int drop_name(struct removal *removal, const char *name, struct error *err)
{
	for (size_t i = 0; i < removal->index.count; i++) {
		const struct index_entry *entry = &removal->index.entries[i];
		auto_free char *repository = xstrdup(entry->repository);
		auto_free char *digest = NULL;

		if (!is_of_image(removal, entry) || !repository)
			continue;
		digest = xasprintf("%s@sha256:%s", repository, index_entry_digest(entry)->hex);
		if (strcmp(entry->name ? entry->name : digest, name) == 0) {
			drop_entry(removal, i);
			drop_digests(removal, repository);
			return 0;
		}
		if (entry->name && strcmp(digest, name) == 0)
			return error_set(err, ERROR_BUSY,
					 "cannot remove '%s': it is tagged '%s'; remove that",
					 name, entry->name);
	}
	return error_set(err, ERROR_NOT_FOUND, "No such image: %s", name);
}

static int drop_names(struct removal *removal, const char *name, struct error *err)
{
	if (!store_index_has_id(&removal->index, &removal->image->id))
		return error_set(err, ERROR_NOT_FOUND, "No such image: sha256:%s",
				 removal->image->id.hex);
	if (name)
		return drop_name(removal, name, err);
	for (size_t i = removal->index.count; i-- > 0;)
		if (is_of_image(removal, &removal->index.entries[i]))
			drop_entry(removal, i);
	return 0;
}

/* Names in the order that they were listed in, then the digests that are no longer known. */
static void tell_untagged(struct removal *removal)
{
	for (size_t i = removal->dropped.count; i-- > 0;)
		if (removal->dropped.entries[i].name)
			add_untagged(removal, removal->dropped.entries[i].name);
	for (size_t i = removal->dropped.count; i-- > 0;) {
		const struct index_entry *entry = &removal->dropped.entries[i];
		auto_free char *digest = NULL;
		bool known = !entry->repository;

		for (size_t j = 0; !known && j < removal->index.count; j++)
			known = is_of_image(removal, &removal->index.entries[j]) &&
				is_repository(&removal->index.entries[j], entry->repository);
		if (known)
			continue;
		digest = xasprintf("%s@sha256:%s", entry->repository,
				   index_entry_digest(entry)->hex);
		add_untagged(removal, digest);
	}
}

static void spare_layers(struct removal *removal, const struct image_config *config)
{
	for (size_t i = removal->doomed.count; i-- > 0;)
		for (size_t j = 0; j < config->diff_id_count; j++)
			if (strcmp(removal->doomed.items[i], config->diff_ids[j].hex) == 0) {
				strings_remove(&removal->doomed, i);
				break;
			}
}

/* The image's layers in our store that neither another image, nor a list, nor `keep` needs. */
static void doom_layers(struct removal *removal, const struct strings *keep)
{
	const struct image_config *config = &removal->image->config;
	int layers = removal->store->parts[0].layers;

	for (size_t i = config->diff_id_count; i-- > 0;) {
		const char *hex = config->diff_ids[i].hex;

		if (!strings_contain(&removal->doomed, hex) && file_exists(layers, hex) &&
		    !strings_contain(&removal->held.layers, hex) &&
		    !(keep && strings_contain(keep, hex)))
			strings_add(&removal->doomed, hex);
	}
	for (size_t i = 0; i < removal->index.count && removal->doomed.count > 0; i++) {
		auto_release(image_config) struct image_config other = { 0 };
		auto_error problem = { 0 };

		/* An image whose config cannot be read has to be pulled again anyway. */
		if (store_load_config(removal->store, &removal->index.entries[i].id, &other,
				      &problem) == 0)
			spare_layers(removal, &other);
		else
			warning("an image in the store is damaged: %s", problem.message);
	}
}

/* Renames the layers out of the store. The first failure is reported after all were tried. */
static int take_layers_out(struct removal *removal, struct error *err)
{
	int result = 0;

	for (size_t i = 0; i < removal->doomed.count; i++) {
		auto_error problem = { 0 };
		char *tmp_name = NULL;
		struct digest diff_id = { 0 };

		memcpy(diff_id.hex, removal->doomed.items[i], DIGEST_HEX_SIZE);
		if (store_take_layer_out(removal->store, &diff_id, &tmp_name, &problem) == 0) {
			strings_take(&removal->in_tmp, tmp_name);
			strings_addf(&removal->lines, "Deleted: sha256:%s", diff_id.hex);
		} else if (result == 0) {
			error_move(err, &problem);
			result = -1;
		}
	}
	strings_release(&removal->doomed);
	return result;
}

/* What cannot be removed now is garbage that store_sweep() finds again. */
static void remove_taken_out(struct removal *removal)
{
	for (size_t i = 0; i < removal->in_tmp.count; i++) {
		auto_error problem = { 0 };

		if (dir_remove_tree(removal->store->tmp, removal->in_tmp.items[i], &problem) < 0)
			warning("%s", problem.message);
	}
	strings_release(&removal->in_tmp);
}

static bool is_used(const struct store_index *index, const struct digest *digest)
{
	for (size_t i = 0; i < index->count; i++)
		if (digest_equal(&index->entries[i].manifest.digest, digest) ||
		    digest_equal(&index->entries[i].index, digest) ||
		    digest_equal(&index->entries[i].id, digest))
			return true;
	return false;
}

static void remove_blob(const struct removal *removal, const struct digest *digest)
{
	if (digest_is_set(digest) && !is_used(&removal->index, digest) &&
	    !strings_contain(&removal->held.blobs, digest->hex))
		unlinkat(removal->store->parts[0].blobs, digest->hex, 0);
}

static void remove_blobs(const struct removal *removal)
{
	for (size_t i = 0; i < removal->dropped.count; i++) {
		remove_blob(removal, &removal->dropped.entries[i].manifest.digest);
		remove_blob(removal, &removal->dropped.entries[i].index);
		remove_blob(removal, &removal->dropped.entries[i].id);
	}
}

static int save_index(struct removal *removal, struct error *err)
{
	auto_error ignored = { 0 };

	if (store_index_save_smaller(removal->store, &removal->index, err) == 0)
		return 0;
	if (removal->doomed.count == 0 ||
	    !(error_is_errno(err, ENOSPC) || error_is_errno(err, EDQUOT)))
		return -1;
	(void)take_layers_out(removal, &ignored);
	remove_taken_out(removal);
	error_release(err);
	return store_index_save(removal->store, &removal->index, err);
}

/* The part that runs under the lock of the index. */
static int remove_locked(struct removal *removal, const char *name, const struct strings *keep,
			 struct error *err)
{
	bool is_last;

	if (store_index_load(removal->store, 0, &removal->index, err) < 0 ||
	    drop_names(removal, name, err) < 0)
		return -1;
	tell_untagged(removal);
	holdings_of_items(removal->store, &removal->index, &removal->held);
	is_last = !store_index_has_id(&removal->index, &removal->image->id);
	if (is_last) {
		strings_addf(&removal->lines, "Deleted: sha256:%s", removal->image->id.hex);
		doom_layers(removal, keep);
	}
	if (save_index(removal, err) < 0)
		return -1;
	remove_blobs(removal);
	return take_layers_out(removal, err);
}

/* Whoever keeps the store may remove it there. */
static int refuse_read_only(struct store *store, const struct image *image, struct error *err)
{
	for (size_t i = 1; i < store->part_count; i++) {
		auto_release(store_index) struct store_index index = { 0 };
		auto_error ignored = { 0 };

		if (store_index_load(store, i, &index, &ignored) < 0 ||
		    !store_index_has_id(&index, &image->id))
			continue;
		return error_set(err, ERROR_UNSUPPORTED,
				 "cannot remove image sha256:%.12s: it is in the read-only store "
				 "'%s'; who keeps that can, with 'proa --root %s rmi'",
				 image->id.hex, store->parts[i].path, store->parts[i].path);
	}
	return error_set(err, ERROR_UNSUPPORTED,
			 "cannot remove image sha256:%.12s: it is in a read-only store",
			 image->id.hex);
}

int store_remove(struct store *store, const struct image *image, const char *name,
		 const struct strings *keep, store_removed removed, void *argument,
		 struct error *err)
{
	auto_release(removal) struct removal removal = { .store = store, .image = image };
	auto_fd int lock = -1;
	int result;

	if (image->read_only)
		return refuse_read_only(store, image, err);
	lock = lock_wait(store->parts[0].images, INDEX_LOCK, LOCK_EXCLUSIVE, err);
	if (lock < 0)
		return -1;
	result = remove_locked(&removal, name, keep, err);
	auto_close_fd(&lock);
	lock = -1;
	remove_taken_out(&removal);
	if (result < 0)
		return -1;
	for (size_t i = 0; removed && i < removal.lines.count; i++)
		removed(argument, removal.lines.items[i]);
	return 0;
}
