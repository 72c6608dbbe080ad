/* SPDX-License-Identifier: Apache-2.0 */
/*
 * images --tree. An image that was chosen from a list of platforms shows all of the list: what is
 * on disk with its sizes, the rest as nothing. DISK USAGE is unpacked, CONTENT SIZE as it travels.
 */
#include "cli/images-tree.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/units.h"
#include "cli/image-filter.h"
#include "cli/image-survey.h"
#include "cli/session.h"
#include "cli/table.h"

#define HEADING "IMAGE\tID\tDISK USAGE\tCONTENT SIZE\tEXTRA"
#define NONE "<none>"
#define BRANCH "├─ "
#define LAST_BRANCH "└─ "
#define IN_USE "U"

DEFINE_AUTO(table, table_free);

struct tree {
	const struct image_survey *survey;
	struct table *table;
	bool no_trunc;
};

static int read_manifest(struct store *store, const struct digest *digest,
			 struct manifest *ret_manifest, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };

	if (store_read_blob(store, digest, MANIFEST_SIZE_MAX, &text, err) < 0)
		return -1;
	return manifest_decode(text.data ? text.data : "", text.size, NULL, ret_manifest, err);
}

/* Bytes of the layers and the config as a registry has them; 0 if that is not known. */
static uint64_t content_size(struct store *store, const struct image *image)
{
	auto_release(manifest) struct manifest manifest = { 0 };
	auto_error ignored = { 0 };
	uint64_t size;

	if (read_manifest(store, &image->manifest, &manifest, &ignored) < 0)
		return 0;
	size = manifest.config.size;
	for (size_t i = 0; i < manifest.layer_count; i++)
		if (__builtin_add_overflow(size, manifest.layers[i].size, &size))
			return UINT64_MAX;
	return size;
}

static void add_line(struct tree *tree, const char *name, const struct digest *id, uint64_t disk,
		     uint64_t content, bool in_use)
{
	char disk_text[UNITS_TEXT_SIZE];
	char content_text[UNITS_TEXT_SIZE];
	auto_free char *cells = NULL;

	size_format(disk, disk_text);
	size_format(content, content_text);
	cells = xasprintf("%s\t%s%.*s\t%s\t%s\t%s", name, tree->no_trunc ? "sha256:" : "",
			  tree->no_trunc ? 64 : 12, id->hex, disk_text, content_text,
			  in_use ? IN_USE : "");
	table_add(tree->table, cells);
}

/* The list that the image was chosen from, if the store has it. */
static bool find_index(struct store *store, const struct image *image,
		       struct manifest *ret_manifest)
{
	for (size_t i = 0; i < image->digests.count; i++) {
		const char *at = strrchr(image->digests.items[i], '@');
		auto_error ignored = { 0 };
		struct digest digest;

		if (!at || digest_parse(at + 1, &digest, &ignored) < 0 ||
		    digest_equal(&digest, &image->manifest) ||
		    read_manifest(store, &digest, ret_manifest, &ignored) < 0)
			continue;
		if (ret_manifest->kind == MANIFEST_INDEX)
			return true;
		manifest_release(ret_manifest);
		*ret_manifest = (struct manifest){ 0 };
	}
	return false;
}

/* Attestations and the like have a platform of this name. */
static bool is_platform(const struct descriptor *descriptor)
{
	return descriptor->platform.os[0] && strcmp(descriptor->platform.os, "unknown") != 0;
}

static void add_platform(struct tree *tree, const struct image *image, const struct platform *of,
			 const struct digest *manifest, bool last, uint64_t content)
{
	auto_free char *platform = platform_format(of);
	auto_free char *name = xasprintf("%s%s", last ? LAST_BRANCH : BRANCH, platform);
	bool here = digest_equal(manifest, &image->manifest);

	add_line(tree, name, manifest, here ? image->size : 0, here ? content : 0,
		 here && image_survey_users(tree->survey, image) > 0);
}

static void add_platforms(struct tree *tree, const struct image *image, uint64_t content)
{
	auto_release(manifest) struct manifest index = { 0 };
	size_t last = 0;

	if (!find_index(tree->survey->engine->store, image, &index)) {
		add_platform(tree, image, &image->config.platform, &image->manifest, true, content);
		return;
	}
	for (size_t i = 0; i < index.manifest_count; i++)
		if (is_platform(&index.manifests[i]))
			last = i;
	for (size_t i = 0; i < index.manifest_count; i++)
		if (is_platform(&index.manifests[i]))
			add_platform(tree, image, &index.manifests[i].platform,
				     &index.manifests[i].digest, i == last, content);
}

/* The names of it that pass the filters; an image without names has one row. */
static void collect_names(const struct tree *tree, const struct filters *filters,
			  const struct image *image, struct strings *ret_names)
{
	const struct strings *names = image->names.count ? &image->names : &image->digests;
	struct image_row row = { .survey = tree->survey, .image = image };

	for (size_t i = 0; i < names->count; i++) {
		auto_release(reference) struct reference reference = { 0 };
		auto_error damaged = { 0 };

		if (reference_parse(names->items[i], &reference, &damaged) < 0)
			continue;
		row.reference = &reference;
		if (image_filter_match(filters, &row))
			strings_take(ret_names, reference_familiar(&reference));
		row.reference = NULL;
	}
	if (names->count == 0 && image_filter_match(filters, &row))
		strings_add(ret_names, NONE);
}

void images_print_tree(const struct image_survey *survey, const struct filters *filters, bool all,
		       bool no_trunc)
{
	auto_of(table) struct table *table = table_new();
	struct tree tree = { .survey = survey, .table = table, .no_trunc = no_trunc };

	table_add(table, HEADING);
	for (size_t i = 0; i < survey->image_count; i++) {
		const struct image *image = survey->images[i];
		auto_release(strings) struct strings names = { 0 };
		uint64_t content;

		if (!all && image_is_intermediate(survey, image))
			continue;
		collect_names(&tree, filters, image, &names);
		if (names.count == 0)
			continue;
		content = content_size(survey->engine->store, image);
		for (size_t j = 0; j < names.count; j++)
			add_line(&tree, names.items[j], &image->id, image->size, content,
				 image_survey_users(survey, image) > 0);
		add_platforms(&tree, image, content);
	}
	table_print(table, stdout);
}
