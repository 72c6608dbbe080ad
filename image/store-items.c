/* SPDX-License-Identifier: Apache-2.0 */
/* Manifest lists and artifacts as entries of the store's index.json: reading, writing, finding. */
#include "image/store-items.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "image/descriptor.h"
#include "image/reference.h"
#include "image/store-internal.h"

#define ANNOTATION_NAME "org.opencontainers.image.ref.name"
#define ANNOTATION_REPOSITORY "proa.repository"
#define ANNOTATION_TAGGED "proa.tagged"
#define ANNOTATION_ARTIFACT "proa.artifact"
#define ANNOTATION_SOURCE "proa.source."

#define READ_TRIES_MAX 100

#define HEX_DIGITS "0123456789abcdef"
#define HEX_LENGTH (DIGEST_HEX_SIZE - 1)

void store_item_release(struct store_item *item)
{
	descriptor_release(&item->document);
	free(item->name);
	free(item->repository);
	free(item->artifact_type);
	strings_release(&item->sources);
	*item = (struct store_item){ 0 };
}

void store_item_copy(struct store_item *to, const struct store_item *from)
{
	struct store_item copy = {
		.kind = from->kind,
		.name = xstrdup(from->name),
		.repository = xstrdup(from->repository),
		.artifact_type = xstrdup(from->artifact_type),
		.tagged_at = from->tagged_at,
		.read_only = from->read_only,
	};

	descriptor_copy(&copy.document, &from->document);
	strings_copy(&copy.sources, &from->sources);
	store_item_release(to);
	*to = copy;
}

void store_items_release(struct store_items *items)
{
	for (size_t i = 0; i < items->count; i++)
		store_item_release(&items->items[i]);
	free(items->items);
	*items = (struct store_items){ 0 };
}

void store_items_add(struct store_items *items, struct store_item *item)
{
	items->items = xrealloc_array(items->items, items->count + 1, sizeof(*items->items));
	items->items[items->count++] = *item;
	*item = (struct store_item){ 0 };
}

void store_items_drop(struct store_items *items, size_t at)
{
	store_item_release(&items->items[at]);
	items->count--;
	memmove(&items->items[at], &items->items[at + 1],
		(items->count - at) * sizeof(*items->items));
}

static bool is_index(const struct descriptor *descriptor)
{
	return strcmp(descriptor->media_type, MEDIA_TYPE_OCI_INDEX) == 0 ||
	       strcmp(descriptor->media_type, MEDIA_TYPE_DOCKER_INDEX) == 0;
}

/* Other tools may have written a name in another spelling, which is none of ours. */
static void decode_name(const char *text, struct store_item *item)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_error ignored = { 0 };

	if (!text || reference_parse(text, &reference, &ignored) < 0 || !reference.tag ||
	    digest_is_set(&reference.digest))
		return;
	item->name = reference_full(&reference);
	item->repository = reference_name_full(&reference);
}

/* Moves our own annotations out of the descriptor. */
static void decode_annotations(struct store_item *item)
{
	struct strings *annotations = &item->document.annotations;
	const char *repository = strings_get_value(annotations, ANNOTATION_REPOSITORY);
	const char *tagged = strings_get_value(annotations, ANNOTATION_TAGGED);
	auto_error ignored = { 0 };

	decode_name(strings_get_value(annotations, ANNOTATION_NAME), item);
	if (!item->repository && repository)
		item->repository = xstrdup(repository);
	if (tagged)
		(void)clock_parse(tagged, &item->tagged_at, &ignored);
	item->artifact_type = xstrdup(strings_get_value(annotations, ANNOTATION_ARTIFACT));
	for (size_t i = annotations->count; i-- > 0;) {
		const char *source = skip_prefix(annotations->items[i], ANNOTATION_SOURCE);

		if (source)
			strings_add(&item->sources, source);
		if (has_prefix(annotations->items[i], "proa.") ||
		    has_prefix(annotations->items[i], ANNOTATION_NAME "="))
			strings_remove(annotations, i);
	}
	strings_sort(&item->sources);
}

int store_item_decode(const struct json_t *json, struct store_item *ret_item)
{
	auto_release(store_item) struct store_item item = { 0 };
	auto_error ignored = { 0 };

	/* What is wrong with it is told by whoever takes it for an image. */
	if (descriptor_decode(json, &item.document, &ignored) < 0)
		return 0;
	if (is_index(&item.document))
		item.kind = STORE_LIST;
	else if (strings_get_value(&item.document.annotations, ANNOTATION_ARTIFACT))
		item.kind = STORE_ARTIFACT;
	else
		return 0;
	decode_annotations(&item);
	*ret_item = item;
	item = (struct store_item){ 0 };
	return 1;
}

struct json_t *store_item_encode(const struct store_item *item)
{
	auto_release(descriptor) struct descriptor descriptor = { 0 };
	struct strings *annotations = &descriptor.annotations;
	char tagged[CLOCK_TEXT_SIZE];

	descriptor_copy(&descriptor, &item->document);
	if (item->name)
		strings_set_value(annotations, ANNOTATION_NAME, item->name);
	else if (item->repository)
		strings_set_value(annotations, ANNOTATION_REPOSITORY, item->repository);
	if (item->artifact_type)
		strings_set_value(annotations, ANNOTATION_ARTIFACT, item->artifact_type);
	for (size_t i = 0; i < item->sources.count; i++)
		strings_addf(annotations, ANNOTATION_SOURCE "%s", item->sources.items[i]);
	if (item->tagged_at) {
		clock_format(item->tagged_at, tagged);
		strings_set_value(annotations, ANNOTATION_TAGGED, tagged);
	}
	return descriptor_encode(&descriptor);
}

static const char *sort_key(const struct store_item *item)
{
	if (item->name)
		return item->name;
	return item->repository ? item->repository : "";
}

static int compare_items(const void *left, const void *right)
{
	const struct store_item *a = left;
	const struct store_item *b = right;
	int order = strcmp(sort_key(a), sort_key(b));

	return order ? order : strcmp(a->document.digest.hex, b->document.digest.hex);
}

int store_items_list(struct store *store, enum store_item_kind kind,
		     struct store_items *ret_items, struct error *err)
{
	auto_release(store_items) struct store_items items = { 0 };

	for (size_t part = 0; part < store->part_count; part++) {
		auto_release(store_index) struct store_index index = { 0 };
		auto_error problem = { 0 };

		if (store_index_load(store, part, &index, part ? &problem : err) < 0) {
			if (part == 0)
				return -1;
			continue;	/* listing the images tells what is wrong with it */
		}
		for (size_t i = 0; i < index.others.count; i++) {
			index.others.items[i].read_only = part > 0;
			if (index.others.items[i].kind == kind)
				store_items_add(&items, &index.others.items[i]);
		}
	}
	if (items.count > 1)
		qsort(items.items, items.count, sizeof(*items.items), compare_items);
	*ret_items = items;
	items = (struct store_items){ 0 };
	return 0;
}

static const struct store_item *find_reference(const struct store_items *items, const char *name)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_free char *full = NULL;
	auto_free char *repository = NULL;
	auto_error ignored = { 0 };

	if (reference_parse(name, &reference, &ignored) < 0)
		return NULL;
	full = reference_full(&reference);
	repository = reference_name_full(&reference);
	/* Ours come first among equals: the list is sorted, and the sort keeps nothing. */
	for (int read_only = 0; read_only < 2; read_only++) {
		for (size_t i = 0; i < items->count; i++) {
			const struct store_item *item = &items->items[i];

			if (item->read_only != read_only)
				continue;
			if (digest_is_set(&reference.digest) ?
				    digest_equal(&reference.digest, &item->document.digest) &&
					    item->repository &&
					    strcmp(item->repository, repository) == 0 :
				    item->name && strcmp(item->name, full) == 0)
				return item;
		}
	}
	return NULL;
}

/* By digest, or by a beginning of it that is no other's. */
static int find_digest(const struct store_items *items, const char *name,
		       const struct store_item **ret_item, struct error *err)
{
	const char *rest = skip_prefix(name, "sha256:");
	const char *hex = rest ? rest : name;
	size_t length = strspn(hex, HEX_DIGITS);

	*ret_item = NULL;
	if (length == 0 || hex[length] != '\0' || length > HEX_LENGTH)
		return 0;
	for (size_t i = 0; i < items->count; i++) {
		const struct store_item *item = &items->items[i];

		if (!has_prefix(item->document.digest.hex, hex))
			continue;
		if (*ret_item &&
		    !digest_equal(&(*ret_item)->document.digest, &item->document.digest))
			return error_set(err, ERROR_INVALID,
					 "multiple IDs found with provided prefix: %s", hex);
		*ret_item = item;
	}
	return 0;
}

static bool may_be_local(const char *name)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_error ignored = { 0 };

	return reference_parse(name, &reference, &ignored) == 0 &&
	       strcmp(reference.host, "docker.io") == 0 && !has_prefix(name, "docker.io/") &&
	       !has_prefix(name, "index.docker.io/");
}

int store_item_find(struct store *store, enum store_item_kind kind, const char *name,
		    struct store_item *ret_item, struct error *err)
{
	auto_release(store_items) struct store_items items = { 0 };
	auto_free char *local = xasprintf("localhost/%s", name);
	auto_free char *shown = printable(name);
	const struct store_item *found;

	if (store_items_list(store, kind, &items, err) < 0)
		return -1;
	found = find_reference(&items, name);
	if (!found && may_be_local(name))
		found = find_reference(&items, local);
	if (!found && find_digest(&items, name, &found, err) < 0)
		return -1;
	if (!found)
		return error_set(err, ERROR_NOT_FOUND, "No such %s: %s",
				 kind == STORE_LIST ? "manifest" : "artifact", shown);
	store_item_copy(ret_item, found);
	return 0;
}

int store_item_read(struct store *store, enum store_item_kind kind, const char *name,
		    struct store_item *ret_item, struct buffer *document, struct error *err)
{
	auto_release(store_item) struct store_item item = { 0 };

	for (int i = 0; i < READ_TRIES_MAX; i++) {
		error_release(err);
		buffer_clear(document);
		if (store_item_find(store, kind, name, &item, err) < 0)
			return -1;
		if (store_read_blob(store, &item.document.digest, MANIFEST_SIZE_MAX, document,
				    err) == 0) {
			store_item_copy(ret_item, &item);
			return 0;
		}
		/* Another process has replaced it since: look again. */
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
	}
	err->kind = ERROR_INVALID;
	return error_context(err, "'%s' is damaged", name);
}

int store_open_blob(struct store *store, const struct digest *digest, uint64_t *ret_size,
		    struct error *err)
{
	for (size_t i = 0; i < store->part_count; i++) {
		auto_fd int blob = openat(store->parts[i].blobs, digest->hex,
					  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		struct stat info;

		if (blob < 0 && errno == ENOENT)
			continue;
		if (blob < 0 || fstat(blob, &info) < 0)
			return error_errno(err, "cannot open blob sha256:%s", digest->hex);
		if (!S_ISREG(info.st_mode))
			return error_set(err, ERROR_INVALID, "blob sha256:%s is not a file",
					 digest->hex);
		*ret_size = (uint64_t)info.st_size;
		return take_fd(&blob);
	}
	return error_set(err, ERROR_NOT_FOUND, "blob sha256:%s is not in the store", digest->hex);
}
