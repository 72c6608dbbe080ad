/* SPDX-License-Identifier: Apache-2.0 */
/* blobs.json: the compressed forms of a layer. See image/layer-blobs.h. */
#include "image/layer-blobs.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"

#define BLOBS_NAME "blobs.json"
#define BLOBS_SIZE_MAX 65536

void layer_blob_release(struct layer_blob *blob)
{
	free(blob->media_type);
	strings_release(&blob->sources);
	*blob = (struct layer_blob){ 0 };
}

void layer_blob_copy(struct layer_blob *to, const struct layer_blob *from)
{
	layer_blob_release(to);
	to->digest = from->digest;
	to->size = from->size;
	to->media_type = xstrdup(from->media_type ? from->media_type : "");
	strings_copy(&to->sources, &from->sources);
}

void layer_blobs_release(struct layer_blobs *blobs)
{
	for (size_t i = 0; i < blobs->count; i++)
		layer_blob_release(&blobs->items[i]);
	free(blobs->items);
	*blobs = (struct layer_blobs){ 0 };
}

static int decode_blob(const json_t *json, struct layer_blob *blob, struct error *err)
{
	const char *digest, *media_type;
	const json_t *sources = NULL;
	json_int_t size;
	json_error_t at;

	if (json_unpack_ex((json_t *)json, &at, 0, "{s:s, s:I, s:s, s?o}", "digest", &digest,
			   "size", &size, "mediaType", &media_type, "sources", &sources) < 0)
		return error_set(err, ERROR_INVALID, "%s", at.text);
	if (size < 0)
		return error_set(err, ERROR_INVALID, "a number is negative");
	if (digest_parse(digest, &blob->digest, err) < 0)
		return -1;
	blob->size = (uint64_t)size;
	blob->media_type = xstrdup(media_type);
	return json_to_strings(sources, "sources", &blob->sources, err);
}

static int decode(const json_t *json, struct layer_blobs *blobs, struct error *err)
{
	size_t count = json_array_size(json);

	if (!json_is_array(json) || count > LAYER_BLOBS_MAX)
		return error_set(err, ERROR_INVALID, "not a list of at most %d", LAYER_BLOBS_MAX);
	blobs->items = xcalloc(count + 1, sizeof(*blobs->items));
	for (size_t i = 0; i < count; i++) {
		blobs->count++;
		if (decode_blob(json_array_get(json, i), &blobs->items[i], err) < 0)
			return -1;
	}
	return 0;
}

int layer_blobs_read(int folder, struct layer_blobs *ret_blobs, struct error *err)
{
	auto_json json_t *json = json_read_file(folder, BLOBS_NAME, BLOBS_SIZE_MAX, err);
	auto_release(layer_blobs) struct layer_blobs blobs = { 0 };

	*ret_blobs = (struct layer_blobs){ 0 };
	if (!json) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_release(err);
		return 0;
	}
	if (decode(json, &blobs, err) < 0)
		return error_context(err, "%s", BLOBS_NAME);
	*ret_blobs = blobs;
	blobs = (struct layer_blobs){ 0 };
	return 0;
}

static json_t *encode_blob(const struct layer_blob *blob)
{
	char digest[DIGEST_TEXT_SIZE];

	digest_format(&blob->digest, digest);
	return json_pack("{s:s, s:I, s:s, s:o}", "digest", digest, "size",
			 (json_int_t)blob->size, "mediaType", blob->media_type, "sources",
			 json_from_strings(&blob->sources));
}

static int save(int folder, const struct layer_blobs *blobs, struct error *err)
{
	auto_json json_t *json = json_array();

	for (size_t i = 0; i < blobs->count; i++)
		json_array_append_new(json, encode_blob(&blobs->items[i]));
	/* Losing it costs a transfer, no data. */
	return json_write_file(folder, BLOBS_NAME, json, FILE_VOLATILE, err);
}

/* The newest source stands first. */
static void merge_sources(struct layer_blob *to, const struct strings *known)
{
	for (size_t i = 0; i < known->count && to->sources.count < LAYER_SOURCES_MAX; i++)
		if (!strings_contain(&to->sources, known->items[i]))
			strings_add(&to->sources, known->items[i]);
}

int layer_blobs_add(int folder, const struct layer_blob *blob, struct error *err)
{
	auto_release(layer_blobs) struct layer_blobs known = { 0 };
	auto_release(layer_blobs) struct layer_blobs blobs = { 0 };
	auto_error damaged = { 0 };

	/* A damaged file is only a list of hints: it is made anew. */
	(void)layer_blobs_read(folder, &known, &damaged);
	blobs.items = xcalloc(LAYER_BLOBS_MAX, sizeof(*blobs.items));
	layer_blob_copy(&blobs.items[blobs.count++], blob);
	for (size_t i = 0; i < known.count; i++) {
		if (digest_equal(&known.items[i].digest, &blob->digest))
			merge_sources(&blobs.items[0], &known.items[i].sources);
		else if (blobs.count < LAYER_BLOBS_MAX)
			layer_blob_copy(&blobs.items[blobs.count++], &known.items[i]);
	}
	return save(folder, &blobs, err);
}

const struct layer_blob *layer_blobs_find(const struct layer_blobs *blobs,
					  const struct digest *digest)
{
	for (size_t i = 0; i < blobs->count; i++)
		if (digest_equal(&blobs->items[i].digest, digest))
			return &blobs->items[i];
	return NULL;
}
