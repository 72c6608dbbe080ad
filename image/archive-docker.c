/* SPDX-License-Identifier: Apache-2.0 */
/* Docker's form: [{"Config": PATH, "RepoTags": [NAME:TAG...], "Layers": [PATH...]}...]. */
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "image/archive-internal.h"
#include "image/reference.h"

/* The names that are wanted. A reference that chooses by name takes just that name. */
static int add_names(const struct archive *archive, const json_t *tags, size_t at,
		     const char *reference, struct archive_image *image, bool *ret_meant,
		     struct error *err)
{
	auto_release(strings) struct strings texts = { 0 };

	if (json_to_strings(tags, "RepoTags", &texts, err) < 0)
		return -1;
	*ret_meant = archive_is_meant(reference, at, NULL, NULL);
	for (size_t i = 0; i < texts.count; i++) {
		auto_release(reference) struct reference name = { 0 };
		auto_free char *full = NULL;

		if (reference_parse(texts.items[i], &name, err) < 0)
			return error_context(err, "RepoTags");
		full = reference_full(&name);
		if (!archive_is_meant(reference, at, texts.items[i], full))
			continue;
		*ret_meant = true;
		if (name.tag && !digest_is_set(&name.digest) &&
		    archive_add_name(archive, image, full, err) < 0)
			return -1;
	}
	return 0;
}

static int read_image(const json_t *item, size_t at, const struct archive_choice *choice,
		      struct archive *archive, struct error *err)
{
	struct archive_image *image = archive_add(archive, err);
	json_t *tags = NULL, *layers = NULL;
	json_error_t place;
	const char *config;
	bool meant = false;

	if (!image)
		return -1;
	if (json_unpack_ex((json_t *)item, &place, 0, "{s:s, s?o, s?o}", "Config", &config,
			   "RepoTags", &tags, "Layers", &layers) < 0)
		return error_set(err, ERROR_INVALID, "%s", place.text);
	if (add_names(archive, tags, at, choice->reference, image, &meant, err) < 0 ||
	    json_to_strings(layers, "Layers", &image->layers, err) < 0)
		return -1;
	if (image->layers.count > MANIFEST_LAYERS_MAX)
		return error_set(err, ERROR_INVALID, "more than %d layers", MANIFEST_LAYERS_MAX);
	image->config = xstrdup(config);
	if (!meant)
		archive_drop_last(archive);
	return 0;
}

int archive_read_docker(const struct archive_files *files, const json_t *list,
			const struct archive_choice *choice, struct archive *archive,
			struct error *err)
{
	(void)files;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (read_image(json_array_get(list, i), i, choice, archive, err) < 0)
			return error_context(err, ARCHIVE_MANIFEST);
	return 0;
}
