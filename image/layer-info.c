/* SPDX-License-Identifier: Apache-2.0 */
/* layer.json: what is known of a layer beside its files. */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "image/layer.h"

#define INFO_NAME "layer.json"
#define INFO_SIZE_MAX 65536

static const char *const ownership_words[] = {
	[LAYER_OWNERS_APPLIED] = "applied",
	[LAYER_OWNERS_MAPPED] = "mapped",
	[LAYER_OWNERS_RECORDED] = "recorded",
};

static int decode_ownership(const char *word, enum layer_ownership *ret_ownership,
			    struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(ownership_words); i++) {
		if (strcmp(word, ownership_words[i]) == 0) {
			*ret_ownership = (enum layer_ownership)i;
			return 0;
		}
	}
	return error_set(err, ERROR_INVALID, "an unknown ownership");
}

static int decode(json_t *json, struct layer_info *info, struct error *err)
{
	const char *diff_id, *ownership;
	int has_root = 0;
	json_int_t size, tar_size, entries;
	json_error_t at;

	if (json_unpack_ex(json, &at, 0, "{s:s, s:I, s:I, s:I, s:s, s?b}",
			   "diffId", &diff_id, "size", &size, "tarSize", &tar_size,
			   "entries", &entries, "ownership", &ownership, "hasRoot", &has_root) < 0)
		return error_set(err, ERROR_INVALID, "%s", at.text);
	if (size < 0 || tar_size < 0 || entries < 0)
		return error_set(err, ERROR_INVALID, "a number is negative");
	if (digest_parse(diff_id, &info->diff_id, err) < 0 ||
	    decode_ownership(ownership, &info->ownership, err) < 0)
		return -1;
	info->size = (uint64_t)size;
	info->tar_size = (uint64_t)tar_size;
	info->entry_count = (uint64_t)entries;
	info->has_root = has_root;
	return 0;
}

int layer_info_read(int folder, struct layer_info *ret_info, struct error *err)
{
	auto_json json_t *json = json_read_file(folder, INFO_NAME, INFO_SIZE_MAX, err);
	struct layer_info info = { 0 };

	if (!json)
		return -1;
	if (decode(json, &info, err) < 0)
		return error_context(err, "%s", INFO_NAME);
	*ret_info = info;
	return 0;
}

int layer_info_write(int folder, const struct layer_info *info, struct error *err)
{
	char diff_id[DIGEST_TEXT_SIZE];
	auto_json json_t *json = NULL;
	enum file_sync sync;

	digest_format(&info->diff_id, diff_id);
	json = json_pack("{s:s, s:I, s:I, s:I, s:s, s:b}",
			 "diffId", diff_id, "size", (json_int_t)info->size,
			 "tarSize", (json_int_t)info->tar_size,
			 "entries", (json_int_t)info->entry_count,
			 "ownership", ownership_words[info->ownership],
			 "hasRoot", (int)info->has_root);
	if (!json)
		return error_set(err, ERROR_OTHER, "cannot encode %s", INFO_NAME);
	/* A new layer is synced as a whole before it gets its name. */
	sync = file_exists(folder, INFO_NAME) ? FILE_DURABLE : FILE_VOLATILE;
	return json_write_file(folder, INFO_NAME, json, sync, err);
}
