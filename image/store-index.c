/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store's index.json: an OCI index, of which each entry is one name of an
 * image, or an image without a name. Annotations of ours carry what docker shows
 * and OCI has no place for; proa.config spares readers the manifest.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "image/descriptor.h"
#include "image/store-internal.h"

#define INDEX_SIZE_MAX ((size_t)64 << 20)

#define ANNOTATION_NAME "org.opencontainers.image.ref.name"
#define ANNOTATION_INDEX "proa.index"
#define ANNOTATION_CONFIG "proa.config"
#define ANNOTATION_REPOSITORY "proa.repository"
#define ANNOTATION_TAGGED "proa.tagged"

void index_entry_release(struct index_entry *entry)
{
	descriptor_release(&entry->manifest);
	free(entry->name);
	free(entry->repository);
	*entry = (struct index_entry){ 0 };
}

void store_index_release(struct store_index *index)
{
	for (size_t i = 0; i < index->count; i++)
		index_entry_release(&index->entries[i]);
	free(index->entries);
	store_items_release(&index->others);
	*index = (struct store_index){ 0 };
}

static void append(struct store_index *index, struct index_entry *entry)
{
	if (index->count == index->room) {
		index->room = index->room ? index->room * 2 : 16;
		index->entries = xrealloc_array(index->entries, index->room,
						sizeof(*index->entries));
	}
	index->entries[index->count++] = *entry;
	*entry = (struct index_entry){ 0 };
}

static void close_gap(struct store_index *index, size_t at)
{
	index->count--;
	memmove(&index->entries[at], &index->entries[at + 1],
		(index->count - at) * sizeof(*index->entries));
}

static void drop(struct store_index *index, size_t at)
{
	index_entry_release(&index->entries[at]);
	close_gap(index, at);
}

void store_index_move(struct store_index *index, size_t at, struct store_index *to)
{
	append(to, &index->entries[at]);
	close_gap(index, at);
}

/* Other tools may have written a name in another spelling, or just a tag, which is none of ours. */
static void decode_name(const char *text, struct index_entry *entry)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_error ignored = { 0 };

	if (!text || reference_parse(text, &reference, &ignored) < 0 || !reference.tag ||
	    digest_is_set(&reference.digest))
		return;
	entry->name = reference_full(&reference);
	entry->repository = reference_name_full(&reference);
}

static void decode_digest(const char *text, struct digest *digest)
{
	auto_error ignored = { 0 };

	if (text)
		(void)digest_parse(text, digest, &ignored);
}

static void decode_annotations(struct index_entry *entry)
{
	struct strings *annotations = &entry->manifest.annotations;
	const char *repository = strings_get_value(annotations, ANNOTATION_REPOSITORY);
	const char *tagged = strings_get_value(annotations, ANNOTATION_TAGGED);
	auto_error ignored = { 0 };

	decode_name(strings_get_value(annotations, ANNOTATION_NAME), entry);
	decode_digest(strings_get_value(annotations, ANNOTATION_INDEX), &entry->index);
	decode_digest(strings_get_value(annotations, ANNOTATION_CONFIG), &entry->id);
	if (!entry->repository && repository)
		entry->repository = xstrdup(repository);
	if (tagged)
		(void)clock_parse(tagged, &entry->tagged_at, &ignored);
	strings_unset_value(annotations, ANNOTATION_NAME);
	strings_unset_value(annotations, ANNOTATION_INDEX);
	strings_unset_value(annotations, ANNOTATION_CONFIG);
	strings_unset_value(annotations, ANNOTATION_REPOSITORY);
	strings_unset_value(annotations, ANNOTATION_TAGGED);
}

static int decode_entry(struct store *store, const json_t *json, struct index_entry *ret_entry,
			struct error *err)
{
	struct index_entry entry = { 0 };

	if (descriptor_decode(json, &entry.manifest, err) < 0)
		return -1;
	decode_annotations(&entry);
	if (!digest_is_set(&entry.id) &&
	    store_read_manifest(store, &entry.manifest, &entry.id, err) < 0) {
		index_entry_release(&entry);
		return -1;
	}
	*ret_entry = entry;
	return 0;
}

int store_index_load(struct store *store, size_t part, struct store_index *ret_index,
		     struct error *err)
{
	struct store_index index = { 0 };
	auto_json json_t *json = json_read_file(store->parts[part].images, STORE_INDEX_FILE,
						INDEX_SIZE_MAX, err);
	const json_t *list = json_object_get(json, "manifests");

	if (!json && err->kind == ERROR_NOT_FOUND) {
		error_release(err);
		*ret_index = index;
		return 0;
	}
	if (!json)
		return error_context(err, "cannot read the store's list of images");
	if (!json_is_array(list))
		return error_set(err, ERROR_INVALID, "cannot read the store's list of images: "
				 "index.json has no list 'manifests'");
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct store_item item;
		struct index_entry entry;
		auto_error problem = { 0 };

		if (store_item_decode(json_array_get(list, i), &item))
			store_items_add(&index.others, &item);
		else if (decode_entry(store, json_array_get(list, i), &entry, &problem) < 0)
			warning("an image in the store is damaged: %s", problem.message);
		else
			append(&index, &entry);
	}
	*ret_index = index;
	return 0;
}

static void set_digest(struct strings *annotations, const char *key, const struct digest *digest)
{
	char text[DIGEST_TEXT_SIZE];

	if (!digest_is_set(digest))
		return;
	digest_format(digest, text);
	strings_set_value(annotations, key, text);
}

static json_t *encode_entry(const struct index_entry *entry)
{
	auto_release(descriptor) struct descriptor descriptor = { 0 };
	struct strings *annotations = &descriptor.annotations;
	char tagged[CLOCK_TEXT_SIZE];

	descriptor_copy(&descriptor, &entry->manifest);
	if (entry->name)
		strings_set_value(annotations, ANNOTATION_NAME, entry->name);
	else if (entry->repository)
		strings_set_value(annotations, ANNOTATION_REPOSITORY, entry->repository);
	set_digest(annotations, ANNOTATION_CONFIG, &entry->id);
	set_digest(annotations, ANNOTATION_INDEX, &entry->index);
	if (entry->tagged_at) {
		clock_format(entry->tagged_at, tagged);
		strings_set_value(annotations, ANNOTATION_TAGGED, tagged);
	}
	return descriptor_encode(&descriptor);
}

int store_index_save(struct store *store, const struct store_index *index, struct error *err)
{
	auto_json json_t *json = json_object();
	json_t *list = json_array();

	json_object_set_new(json, "schemaVersion", json_integer(2));
	json_object_set_new(json, "mediaType", json_string(MEDIA_TYPE_OCI_INDEX));
	json_object_set_new(json, "manifests", list);
	for (size_t i = 0; i < index->count; i++)
		json_array_append_new(list, encode_entry(&index->entries[i]));
	for (size_t i = 0; i < index->others.count; i++)
		json_array_append_new(list, store_item_encode(&index->others.items[i]));
	if (json_write_file(store->parts[0].images, STORE_INDEX_FILE, json, FILE_DURABLE, err) < 0)
		return error_context(err, "cannot change the store's list of images");
	store_reserve_keep(store);
	return 0;
}

const struct digest *index_entry_digest(const struct index_entry *entry)
{
	return digest_is_set(&entry->index) ? &entry->index : &entry->manifest.digest;
}

struct index_entry *store_index_find_name(const struct store_index *index, const char *name)
{
	for (size_t i = 0; i < index->count; i++)
		if (index->entries[i].name && strcmp(index->entries[i].name, name) == 0)
			return &index->entries[i];
	return NULL;
}

bool store_index_has_id(const struct store_index *index, const struct digest *id)
{
	for (size_t i = 0; i < index->count; i++)
		if (digest_equal(&index->entries[i].id, id))
			return true;
	return false;
}

static bool same_repository(const struct index_entry *a, const struct index_entry *b)
{
	return a->repository && b->repository && strcmp(a->repository, b->repository) == 0;
}

/* Whether `entry`, which has no name, tells nothing that `other` does not tell. */
static bool is_redundant(const struct index_entry *entry, const struct index_entry *other)
{
	if (entry->name || !digest_equal(&entry->id, &other->id))
		return false;
	return !entry->repository || (same_repository(entry, other) &&
				      digest_equal(index_entry_digest(entry),
						   index_entry_digest(other)));
}

void store_index_take_name(struct store_index *index, size_t at)
{
	struct index_entry *entry = &index->entries[at];

	replace_string(&entry->name, NULL);
	if (!digest_is_set(&entry->index))
		replace_string(&entry->repository, NULL);
	for (size_t i = 0; i < index->count; i++) {
		if (i != at && is_redundant(entry, &index->entries[i])) {
			drop(index, at);
			return;
		}
	}
}

static void inherit_index(struct index_entry *entry, const struct index_entry *from)
{
	if (!digest_is_set(&entry->index) && same_repository(entry, from) &&
	    digest_equal(&entry->manifest.digest, &from->manifest.digest))
		entry->index = from->index;
}

void store_index_put(struct store_index *index, struct index_entry *entry)
{
	struct index_entry *holder = entry->name ? store_index_find_name(index, entry->name) : NULL;

	for (size_t i = 0; i < index->count; i++)
		inherit_index(entry, &index->entries[i]);
	if (holder && digest_equal(&holder->manifest.digest, &entry->manifest.digest) &&
	    digest_equal(index_entry_digest(holder), index_entry_digest(entry)))
		drop(index, (size_t)(holder - index->entries));
	else if (holder)
		store_index_take_name(index, (size_t)(holder - index->entries));

	for (size_t i = index->count; i-- > 0;)
		if (is_redundant(&index->entries[i], entry))
			drop(index, i);
	for (size_t i = 0; i < index->count; i++) {
		if (is_redundant(entry, &index->entries[i])) {
			index_entry_release(entry);
			return;
		}
	}
	append(index, entry);
}
