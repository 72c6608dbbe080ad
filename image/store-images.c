/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which images there are: listing them, and finding one as the user names it.
 *
 * Readers take no lock. An image may go away between reading the index and
 * reading its config; that is told apart from damage by looking again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/strings.h"
#include "image/store-internal.h"

#define HEX_DIGITS "0123456789abcdef"
#define HEX_LENGTH (DIGEST_HEX_SIZE - 1)

DEFINE_AUTO(image, image_free);

void image_free(struct image *image)
{
	if (!image)
		return;
	strings_release(&image->names);
	strings_release(&image->digests);
	image_config_release(&image->config);
	free(image);
}

void store_free_images(struct image **images, size_t count)
{
	for (size_t i = 0; i < count; i++)
		image_free(images[i]);
	free(images);
}

int store_load_config(struct store *store, const struct digest *id,
		      struct image_config *ret_config, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };

	if (store_read_blob(store, id, IMAGE_CONFIG_SIZE_MAX, &text, err) < 0)
		return -1;
	return image_config_decode(text.data ? text.data : "", text.size, ret_config, err);
}

int store_read_manifest(struct store *store, const struct descriptor *descriptor,
			struct digest *ret_id, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_release(manifest) struct manifest manifest = { 0 };

	if (store_read_blob(store, &descriptor->digest, MANIFEST_SIZE_MAX, &text, err) < 0)
		return -1;
	if (manifest_decode(text.data ? text.data : "", text.size, descriptor->media_type,
			    &manifest, err) < 0)
		return error_context(err, "sha256:%s", descriptor->digest.hex);
	if (manifest.kind != MANIFEST_IMAGE)
		return error_set(err, ERROR_INVALID, "sha256:%s is an index, not an image",
				 descriptor->digest.hex);
	*ret_id = manifest.config.digest;
	return 0;
}

/* The indexes of all parts, as one command sees them. */
struct catalog {
	struct store *store;
	struct store_index *parts;
};

static void catalog_release(struct catalog *catalog)
{
	for (size_t i = 0; catalog->parts && i < catalog->store->part_count; i++)
		store_index_release(&catalog->parts[i]);
	free(catalog->parts);
}

static int catalog_load(struct store *store, struct catalog *ret_catalog, struct error *err)
{
	auto_release(catalog) struct catalog catalog = { .store = store };

	catalog.parts = xcalloc(store->part_count, sizeof(*catalog.parts));
	if (store_index_load(store, 0, &catalog.parts[0], err) < 0)
		return -1;
	for (size_t i = 1; i < store->part_count; i++) {
		auto_error problem = { 0 };

		if (store_index_load(store, i, &catalog.parts[i], &problem) < 0)
			warning("read-only store '%s': %s", store->parts[i].path,
				problem.message);
	}
	*ret_catalog = catalog;
	catalog = (struct catalog){ 0 };
	return 0;
}

/* Whether a store in front of `part` has given the entry's name to something. */
static bool is_shadowed(const struct catalog *catalog, size_t part,
			const struct index_entry *entry)
{
	for (size_t i = 0; entry->name && i < part; i++)
		if (store_index_find_name(&catalog->parts[i], entry->name))
			return true;
	return false;
}

static void add_once(struct strings *list, const char *text)
{
	if (!strings_contain(list, text))
		strings_add(list, text);
}

/* Adds what one of its entries says to the image. */
static void add_entry(struct image *image, const struct index_entry *entry)
{
	if (!digest_is_set(&image->manifest))
		image->manifest = entry->manifest.digest;
	if (entry->name)
		add_once(&image->names, entry->name);
	if (entry->repository) {
		auto_free char *digest = xasprintf("%s@sha256:%s", entry->repository,
						   index_entry_digest(entry)->hex);

		add_once(&image->digests, digest);
	}
	if (entry->tagged_at > image->tagged_at)
		image->tagged_at = entry->tagged_at;
}

/* Sizes of layers that were looked up, sorted by diff ID: images share most of them. */
struct layer_sizes {
	struct layer_size {
		struct digest diff_id;
		uint64_t size;
	} *items;
	size_t count;
	size_t room;
};

static void layer_sizes_release(struct layer_sizes *sizes)
{
	free(sizes->items);
}

/* Where `diff_id` is, or else where it belongs. */
static size_t find_size(const struct layer_sizes *sizes, const struct digest *diff_id)
{
	size_t low = 0;
	size_t high = sizes->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(sizes->items[middle].diff_id.hex, diff_id->hex) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void insert_size(struct layer_sizes *sizes, size_t at, const struct digest *diff_id,
			uint64_t size)
{
	if (sizes->count == sizes->room) {
		sizes->room = sizes->room ? sizes->room * 2 : 64;
		sizes->items = xrealloc_array(sizes->items, sizes->room, sizeof(*sizes->items));
	}
	memmove(&sizes->items[at + 1], &sizes->items[at],
		(sizes->count - at) * sizeof(*sizes->items));
	sizes->items[at] = (struct layer_size){ .diff_id = *diff_id, .size = size };
	sizes->count++;
}

static int get_layer_size(struct store *store, struct layer_sizes *sizes,
			  const struct digest *diff_id, uint64_t *ret_size, struct error *err)
{
	size_t at = find_size(sizes, diff_id);
	struct layer_info info = { 0 };
	auto_fd int layer = -1;

	if (at < sizes->count && digest_equal(&sizes->items[at].diff_id, diff_id)) {
		*ret_size = sizes->items[at].size;
		return 0;
	}
	layer = store_open_layer(store, diff_id, err);
	if (layer < 0)
		return -1;
	if (layer_info_read(layer, &info, err) < 0)
		return error_context(err, "layer sha256:%s", diff_id->hex);
	insert_size(sizes, at, diff_id, info.size);
	*ret_size = info.size;
	return 0;
}

/* Adds the layers up. A missing one is left out, and reported in *err with -1. */
static int add_up_layers(struct store *store, struct layer_sizes *sizes, struct image *image,
			 struct error *err)
{
	int result = 0;

	for (size_t i = 0; i < image->config.diff_id_count; i++) {
		auto_error problem = { 0 };
		uint64_t size = 0;

		if (get_layer_size(store, sizes, &image->config.diff_ids[i], &size, &problem) < 0) {
			error_move(err, &problem);
			result = -1;
		}
		if (__builtin_add_overflow(image->size, size, &image->size))
			image->size = UINT64_MAX;
	}
	return result;
}

static struct image *new_image(size_t part, const struct digest *id)
{
	struct image *image = xcalloc(1, sizeof(*image));

	image->id = *id;
	image->read_only = part > 0;
	return image;
}

/* The image `id` of one part. That layers are missing does not stop it: such an image can still be
 * removed, and pulled again. */
static struct image *load_image(const struct catalog *catalog, size_t part,
				const struct digest *id, struct error *err)
{
	auto_release(layer_sizes) struct layer_sizes sizes = { 0 };
	auto_of(image) struct image *image = new_image(part, id);
	const struct store_index *index = &catalog->parts[part];
	auto_error ignored = { 0 };

	if (store_load_config(catalog->store, id, &image->config, err) < 0) {
		error_context(err, "image sha256:%s is damaged", id->hex);
		error_remedy(err, "pull it again");
		return NULL;
	}
	for (size_t i = 0; i < index->count; i++)
		if (digest_equal(&index->entries[i].id, id) &&
		    !is_shadowed(catalog, part, &index->entries[i]))
			add_entry(image, &index->entries[i]);
	(void)add_up_layers(catalog->store, &sizes, image, &ignored);
	return take_ptr(&image);
}

/* Whether the part has the image now, too: if not, somebody has just removed it. */
static bool is_still_there(struct store *store, size_t part, const struct digest *id)
{
	struct store_index index = { 0 };
	auto_error ignored = { 0 };
	bool there;

	if (store_index_load(store, part, &index, &ignored) < 0)
		return true;
	there = store_index_has_id(&index, id);
	store_index_release(&index);
	return there;
}

struct image_list {
	struct image **items;
	size_t count;
	size_t room;
};

static void image_list_release(struct image_list *list)
{
	store_free_images(list->items, list->count);
}

/* The part's image `id`, added to the list if it is not in it from index `first` on. */
static struct image *list_get(struct image_list *list, size_t first, size_t part,
			      const struct digest *id)
{
	for (size_t i = list->count; i-- > first;)
		if (digest_equal(&list->items[i]->id, id))
			return list->items[i];
	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 16;
		list->items = xrealloc_array(list->items, list->room, sizeof(*list->items));
	}
	list->items[list->count] = new_image(part, id);
	return list->items[list->count++];
}

static void list_drop(struct image_list *list, size_t at)
{
	image_free(list->items[at]);
	list->count--;
	memmove(&list->items[at], &list->items[at + 1],
		(list->count - at) * sizeof(*list->items));
}

static void list_part(const struct catalog *catalog, size_t part, struct layer_sizes *sizes,
		      struct image_list *list)
{
	const struct store_index *index = &catalog->parts[part];
	size_t first = list->count;

	for (size_t i = 0; i < index->count; i++)
		if (!is_shadowed(catalog, part, &index->entries[i]))
			add_entry(list_get(list, first, part, &index->entries[i].id),
				  &index->entries[i]);
	for (size_t i = list->count; i-- > first;) {
		struct image *image = list->items[i];
		auto_error problem = { 0 };

		if (store_load_config(catalog->store, &image->id, &image->config, &problem) == 0 &&
		    add_up_layers(catalog->store, sizes, image, &problem) == 0)
			continue;
		if (is_still_there(catalog->store, part, &image->id))
			warning("image %s is damaged: %s; pull it again, or remove it",
				image->names.count ? image->names.items[0] : image->id.hex,
				problem.message);
		list_drop(list, i);
	}
}

static int64_t created_at(const struct image *image)
{
	auto_error ignored = { 0 };
	int64_t time = 0;

	if (image->config.created)
		(void)clock_parse(image->config.created, &time, &ignored);
	return time;
}

static int compare_numbers(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_images(const void *left, const void *right)
{
	const struct image *a = *(struct image *const *)left;
	const struct image *b = *(struct image *const *)right;
	int order = compare_numbers(created_at(b), created_at(a));

	if (order == 0)
		order = compare_numbers(b->tagged_at, a->tagged_at);
	return order ? order : strcmp(a->id.hex, b->id.hex);
}

int store_list(struct store *store, struct image ***ret_images, size_t *ret_count,
	       struct error *err)
{
	auto_release(catalog) struct catalog catalog = { 0 };
	auto_release(layer_sizes) struct layer_sizes sizes = { 0 };
	auto_release(image_list) struct image_list list = { 0 };

	if (catalog_load(store, &catalog, err) < 0)
		return -1;
	for (size_t i = 0; i < store->part_count; i++)
		list_part(&catalog, i, &sizes, &list);
	if (list.count > 1)
		qsort(list.items, list.count, sizeof(*list.items), compare_images);
	*ret_images = list.items;
	*ret_count = list.count;
	list = (struct image_list){ 0 };
	return 0;
}

/* Where something was found. */
struct hit {
	size_t part;
	const struct index_entry *entry;	/* NULL: nowhere */
};

static struct hit find_id(const struct catalog *catalog, const char *hex)
{
	for (size_t part = 0; part < catalog->store->part_count; part++)
		for (size_t i = 0; i < catalog->parts[part].count; i++)
			if (strcmp(catalog->parts[part].entries[i].id.hex, hex) == 0)
				return (struct hit){ part, &catalog->parts[part].entries[i] };
	return (struct hit){ 0 };
}

static bool has_digest(const struct index_entry *entry, const char *repository,
		       const struct digest *digest)
{
	return entry->repository && strcmp(entry->repository, repository) == 0 &&
	       (digest_equal(&entry->index, digest) ||
		digest_equal(&entry->manifest.digest, digest));
}

static struct hit find_reference(const struct catalog *catalog, const struct reference *reference)
{
	auto_free char *full = reference_full(reference);
	auto_free char *repository = reference_name_full(reference);
	bool by_digest = digest_is_set(&reference->digest);

	for (size_t part = 0; part < catalog->store->part_count; part++) {
		const struct store_index *index = &catalog->parts[part];
		const struct index_entry *named = store_index_find_name(index, full);

		if (!by_digest && named)
			return (struct hit){ part, named };
		for (size_t i = 0; by_digest && i < index->count; i++)
			if (has_digest(&index->entries[i], repository, &reference->digest))
				return (struct hit){ part, &index->entries[i] };
	}
	return (struct hit){ 0 };
}

/* As docker.io's, and where no host was named, as localhost's. */
static int find_name(const struct catalog *catalog, const char *name, struct hit *ret_hit,
		     struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_release(reference) struct reference local = { 0 };
	auto_free char *local_name = xasprintf("localhost/%s", name);
	auto_error ignored = { 0 };

	if (reference_parse(name, &reference, err) < 0)
		return -1;
	*ret_hit = find_reference(catalog, &reference);
	if (ret_hit->entry || strcmp(reference.host, "docker.io") != 0 ||
	    has_prefix(name, "docker.io/") || has_prefix(name, "index.docker.io/"))
		return 0;
	if (reference_parse(local_name, &local, &ignored) == 0)
		*ret_hit = find_reference(catalog, &local);
	return 0;
}

static int find_prefix(const struct catalog *catalog, const char *prefix, struct hit *ret_hit,
		       struct error *err)
{
	struct hit hit = { 0 };

	for (size_t part = 0; part < catalog->store->part_count; part++) {
		const struct store_index *index = &catalog->parts[part];

		for (size_t i = 0; i < index->count; i++) {
			if (!has_prefix(index->entries[i].id.hex, prefix))
				continue;
			if (hit.entry && !digest_equal(&hit.entry->id, &index->entries[i].id))
				return error_set(err, ERROR_INVALID,
						 "multiple IDs found with provided prefix: %s",
						 prefix);
			if (!hit.entry)
				hit = (struct hit){ part, &index->entries[i] };
		}
	}
	*ret_hit = hit;
	return 0;
}

static int find(const struct catalog *catalog, const char *name, struct hit *ret_hit,
		struct error *err)
{
	const char *rest = skip_prefix(name, "sha256:");
	const char *hex = rest ? rest : name;
	size_t length = strspn(hex, HEX_DIGITS);
	bool is_hex = length > 0 && hex[length] == '\0' && length <= HEX_LENGTH;

	if (is_hex && length == HEX_LENGTH) {
		*ret_hit = find_id(catalog, hex);
		return 0;
	}
	if (find_name(catalog, name, ret_hit, err) < 0)
		return -1;
	return is_hex && !ret_hit->entry ? find_prefix(catalog, hex, ret_hit, err) : 0;
}

struct image *store_find(struct store *store, const char *name, struct error *err)
{
	auto_release(catalog) struct catalog catalog = { 0 };
	auto_free char *shown = printable(name);
	struct image *image = NULL;
	struct hit hit = { 0 };

	if (catalog_load(store, &catalog, err) < 0 || find(&catalog, name, &hit, err) < 0)
		return NULL;
	if (hit.entry) {
		image = load_image(&catalog, hit.part, &hit.entry->id, err);
		if (image || is_still_there(store, hit.part, &hit.entry->id))
			return image;
	}
	error_set(err, ERROR_NOT_FOUND, "No such image: %s", shown);
	return NULL;
}
