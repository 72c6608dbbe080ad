/* SPDX-License-Identifier: Apache-2.0 */
/* Recording images, and giving them names. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "image/store-internal.h"

/* A removal may have taken a layer away between the caller's looking and now. Under the lock of
 * the index, which removals hold, it stays. */
int store_check_layers(struct store *store, const struct digest *id, struct error *err)
{
	auto_release(image_config) struct image_config config = { 0 };

	if (store_load_config(store, id, &config, err) < 0)
		return -1;
	for (size_t i = 0; i < config.diff_id_count; i++)
		if (!store_has_layer(store, &config.diff_ids[i]))
			return error_set(err, ERROR_NOT_FOUND,
					 "layer sha256:%s is not in the store",
					 config.diff_ids[i].hex);
	return 0;
}

/* Adds `entry` (moved from) to index.json. */
static int put_entry(struct store *store, struct index_entry *entry, struct error *err)
{
	auto_release(store_index) struct store_index index = { 0 };
	auto_fd int lock = lock_wait(store->parts[0].images, INDEX_LOCK, LOCK_EXCLUSIVE, err);

	if (lock < 0 || store_check_layers(store, &entry->id, err) < 0 ||
	    store_index_load(store, 0, &index, err) < 0)
		return -1;
	entry->tagged_at = clock_now();
	store_index_put(&index, entry);
	return store_index_save(store, &index, err);
}

int store_add_image(struct store *store, const struct reference *reference,
		    const struct descriptor *manifest, const struct digest *index,
		    struct error *err)
{
	auto_release(index_entry) struct index_entry entry = { 0 };

	if (store_read_manifest(store, manifest, &entry.id, err) < 0)
		return -1;
	descriptor_copy(&entry.manifest, manifest);
	if (reference)
		entry.repository = reference_name_full(reference);
	/* As docker has it: who pulls NAME:TAG@DIGEST gets the digest, and no tag. */
	if (reference && reference->tag && !digest_is_set(&reference->digest))
		entry.name = reference_full(reference);
	if (index)
		entry.index = *index;
	return put_entry(store, &entry, err);
}

static int copy_blob(struct store *store, const struct digest *digest, size_t max,
		     struct error *err)
{
	auto_release(buffer) struct buffer blob = { 0 };

	if (store_read_blob(store, digest, max, &blob, err) < 0)
		return -1;
	return store_write_blob(store, digest, blob.data ? blob.data : "", blob.size, err);
}

/* An entry for the image's manifest, copied from any that it has. */
static int find_manifest(struct store *store, const struct image *image,
			 struct index_entry *ret_entry, struct error *err)
{
	for (size_t part = 0; part < store->part_count; part++) {
		auto_release(store_index) struct store_index index = { 0 };

		if (store_index_load(store, part, &index, err) < 0)
			return -1;
		for (size_t i = 0; i < index.count; i++) {
			const struct index_entry *entry = &index.entries[i];

			if (!digest_equal(&entry->id, &image->id) ||
			    !digest_equal(&entry->manifest.digest, &image->manifest))
				continue;
			*ret_entry = (struct index_entry){ .id = entry->id };
			descriptor_copy(&ret_entry->manifest, &entry->manifest);
			return 0;
		}
	}
	return error_set(err, ERROR_NOT_FOUND, "No such image: sha256:%s", image->id.hex);
}

int store_tag(struct store *store, const struct image *image, const struct reference *reference,
	      struct error *err)
{
	auto_release(index_entry) struct index_entry entry = { 0 };

	if (!reference->tag || digest_is_set(&reference->digest))
		return error_set(err, ERROR_INVALID,
				 "refusing to create a tag with a digest reference");
	if (find_manifest(store, image, &entry, err) < 0)
		return -1;
	/* Our layout is complete in itself, whatever stands behind it. */
	if (image->read_only &&
	    (copy_blob(store, &image->manifest, MANIFEST_SIZE_MAX, err) < 0 ||
	     copy_blob(store, &image->id, IMAGE_CONFIG_SIZE_MAX, err) < 0))
		return -1;
	entry.name = reference_full(reference);
	entry.repository = reference_name_full(reference);
	return put_entry(store, &entry, err);
}

char *image_name_meant(const struct image *image, const char *text)
{
	auto_error ignored = { 0 };
	auto_release(reference) struct reference reference = { 0 };
	auto_free char *full = NULL;
	auto_free char *local = NULL;

	if (reference_parse(text, &reference, &ignored) < 0)
		return NULL;
	if (digest_is_set(&reference.digest))
		replace_string(&reference.tag, NULL);
	full = reference_full(&reference);
	if (strings_contain(&image->names, full) || strings_contain(&image->digests, full))
		return take_ptr(&full);
	local = xasprintf("localhost/%s%s", text, strchr(text, ':') ? "" : ":latest");
	return strings_contain(&image->names, local) ? take_ptr(&local) : NULL;
}

/* Takes `name`, or with NULL any; false when no entry of the image has it. */
static bool take_one_name(struct store_index *index, const struct digest *id, const char *name)
{
	for (size_t i = 0; i < index->count; i++) {
		const struct index_entry *entry = &index->entries[i];

		if (!digest_equal(&entry->id, id) || !entry->name ||
		    (name && strcmp(entry->name, name) != 0))
			continue;
		store_index_take_name(index, i);
		return true;
	}
	return false;
}

int store_untag(struct store *store, const struct image *image, const char *name,
		struct error *err)
{
	auto_release(store_index) struct store_index index = { 0 };
	auto_free char *full = name ? image_name_meant(image, name) : NULL;
	auto_fd int lock = -1;

	if (image->read_only)
		return error_set(err, ERROR_UNSUPPORTED,
				 "cannot take names from image sha256:%.12s: it is in a read-only "
				 "store", image->id.hex);
	if (name && !full)
		return error_set(err, ERROR_NOT_FOUND, "%s: tag not known", name);
	lock = lock_wait(store->parts[0].images, INDEX_LOCK, LOCK_EXCLUSIVE, err);
	if (lock < 0 || store_index_load(store, 0, &index, err) < 0)
		return -1;
	if (!take_one_name(&index, &image->id, full) && name)
		return error_set(err, ERROR_NOT_FOUND, "%s: tag not known", name);
	while (!name && take_one_name(&index, &image->id, NULL))
		;
	return store_index_save_smaller(store, &index, err);
}
