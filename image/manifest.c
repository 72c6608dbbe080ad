/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests and indexes. A document is sorted by media type first and then held
 * against it: what one reader takes for a manifest and another for an index
 * (CVE-2021-41190) gets past neither step.
 */
#include "image/manifest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "image/descriptor.h"

#define SCHEMA1 "application/vnd.docker.distribution.manifest.v1+"
#define PLATFORMS_SHOWN 16

static const struct {
	const char *media_type;
	enum manifest_kind kind;
} document_types[] = {
	{ MEDIA_TYPE_OCI_MANIFEST, MANIFEST_IMAGE },
	{ MEDIA_TYPE_DOCKER_MANIFEST, MANIFEST_IMAGE },
	{ MEDIA_TYPE_OCI_INDEX, MANIFEST_INDEX },
	{ MEDIA_TYPE_DOCKER_INDEX, MANIFEST_INDEX },
};

/* What registries call a document when they do not know what it is. */
static const char *const vague_types[] = {
	"application/json", "application/octet-stream", "text/plain", "binary/octet-stream",
};

/* The config's type tells an image from the other things that registries keep. Old registries
 * served configs under the vague types. */
static const char *const config_types[] = {
	MEDIA_TYPE_OCI_CONFIG, MEDIA_TYPE_DOCKER_CONFIG, "application/json",
	"application/octet-stream",
};

static const struct {
	const char *media_type;
	enum layer_compression compression;
} layer_types[] = {
	{ "application/vnd.oci.image.layer.v1.tar+gzip", LAYER_GZIP },
	{ "application/vnd.docker.image.rootfs.diff.tar.gzip", LAYER_GZIP },
	{ "application/vnd.oci.image.layer.v1.tar+zstd", LAYER_ZSTD },
	{ "application/vnd.docker.image.rootfs.diff.tar.zstd", LAYER_ZSTD },
	{ "application/vnd.oci.image.layer.v1.tar", LAYER_PLAIN },
	{ "application/vnd.docker.image.rootfs.diff.tar", LAYER_PLAIN },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", LAYER_GZIP },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", LAYER_ZSTD },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar", LAYER_PLAIN },
	{ "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", LAYER_GZIP },
	{ "application/vnd.docker.image.rootfs.foreign.diff.tar", LAYER_PLAIN },
};

static bool is_listed(const char *const *list, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], text) == 0)
			return true;
	return false;
}

/* A Content-Type without its parameters ("; charset=utf-8"); NULL where it says nothing. */
static char *clean_media_type(const char *served)
{
	auto_free char *type = NULL;

	if (!served)
		return NULL;
	served += strspn(served, " \t");
	type = xstrndup(served, strcspn(served, "; \t"));
	if (*type == '\0' || is_listed(vague_types, ARRAY_SIZE(vague_types), type))
		return NULL;
	return take_ptr(&type);
}

static bool has_member(const json_t *json, const char *key)
{
	const json_t *value = json_object_get(json, key);

	return value && !json_is_null(value);
}

static int schema1(struct error *err)
{
	return error_set(err, ERROR_UNSUPPORTED,
			 "docker's image manifest schema 1 is not supported; push the image again "
			 "with a current tool");
}

static int check_schema_version(const json_t *json, struct error *err)
{
	const json_t *version = json_object_get(json, "schemaVersion");

	if (!json_is_object(json))
		return error_set(err, ERROR_INVALID, "manifest: not a JSON object");
	if (!json_is_integer(version))
		return error_set(err, ERROR_INVALID, "manifest: schemaVersion is missing");
	if (json_integer_value(version) == 1)
		return schema1(err);
	if (json_integer_value(version) != 2)
		return error_set(err, ERROR_UNSUPPORTED,
				 "manifest: schemaVersion %lld is not supported",
				 (long long)json_integer_value(version));
	return 0;
}

/* What a document is whose mediaType is nowhere told: OCI leaves it optional. */
static const char *media_type_by_shape(const json_t *json)
{
	return has_member(json, "manifests") ? MEDIA_TYPE_OCI_INDEX : MEDIA_TYPE_OCI_MANIFEST;
}

/* A new string, or NULL. */
static char *find_media_type(const json_t *json, const char *served, struct error *err)
{
	const json_t *member = json_object_get(json, "mediaType");
	auto_free char *outer = clean_media_type(served);
	const char *inner = json_string_value(member);
	auto_free char *shown_outer = printable(outer ? outer : "");
	auto_free char *shown_inner = printable(inner ? inner : "");

	if (member && !inner) {
		error_set(err, ERROR_INVALID, "manifest: mediaType is not a string");
		return NULL;
	}
	if (outer && inner && strcmp(outer, inner) != 0) {
		error_set(err, ERROR_INVALID,
			  "manifest: it says that it is a '%s', but came as '%s'", shown_inner,
			  shown_outer);
		return NULL;
	}
	if (inner)
		return xstrdup(inner);
	return outer ? take_ptr(&outer) : xstrdup(media_type_by_shape(json));
}

static int find_kind(const char *media_type, enum manifest_kind *ret_kind, struct error *err)
{
	auto_free char *shown = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(document_types); i++) {
		if (strcmp(document_types[i].media_type, media_type) == 0) {
			*ret_kind = document_types[i].kind;
			return 0;
		}
	}
	if (has_prefix(media_type, SCHEMA1))
		return schema1(err);
	shown = printable(media_type);
	return error_set(err, ERROR_UNSUPPORTED,
			 "a document of type '%s' is neither an image manifest nor an index",
			 shown);
}

/* R10: exactly one of the two, and the one that the media type says. */
static int check_shape(const json_t *json, enum manifest_kind kind, struct error *err)
{
	bool image = has_member(json, "layers") || has_member(json, "config");
	bool index = has_member(json, "manifests");

	if (image && index)
		return error_set(err, ERROR_INVALID, "manifest: it has both layers and manifests");
	if (has_member(json, "fsLayers"))
		return error_set(err, ERROR_INVALID, "manifest: it has members of schema 1");
	if (image && kind == MANIFEST_INDEX)
		return error_set(err, ERROR_INVALID, "manifest: an index with layers or config");
	if (index && kind == MANIFEST_IMAGE)
		return error_set(err, ERROR_INVALID, "manifest: an image manifest with manifests");
	return 0;
}

/* Decodes `array` of at most `max` descriptors. What was decoded before a failure stays in the
 * results, for manifest_release(). */
static int decode_list(const json_t *array, const char *name, size_t max,
		       struct descriptor **list, size_t *count, struct error *err)
{
	size_t size = json_array_size(array);

	if (!json_is_array(array))
		return error_set(err, ERROR_INVALID, "manifest: %s is missing or not a list", name);
	if (size > max)
		return error_set(err, ERROR_INVALID, "manifest: more than %zu %s", max, name);
	if (size == 0)
		return 0;
	*list = xcalloc(size, sizeof(**list));
	for (; *count < size; (*count)++)
		if (descriptor_decode(json_array_get(array, *count), &(*list)[*count], err) < 0)
			return error_context(err, "manifest: %s[%zu]", name, *count);
	return 0;
}

static int decode_image(const json_t *json, struct manifest *manifest, struct error *err)
{
	if (descriptor_decode(json_object_get(json, "config"), &manifest->config, err) < 0)
		return error_context(err, "manifest: config");
	if (!is_listed(config_types, ARRAY_SIZE(config_types), manifest->config.media_type))
		return error_set(err, ERROR_UNSUPPORTED,
				 "not a container image: its config is a '%s'",
				 manifest->config.media_type);
	return decode_list(json_object_get(json, "layers"), "layers", MANIFEST_LAYERS_MAX,
			   &manifest->layers, &manifest->layer_count, err);
}

static int decode(const json_t *json, const char *served, struct manifest *manifest,
		  struct error *err)
{
	if (check_schema_version(json, err) < 0)
		return -1;
	manifest->media_type = find_media_type(json, served, err);
	if (!manifest->media_type || find_kind(manifest->media_type, &manifest->kind, err) < 0 ||
	    check_shape(json, manifest->kind, err) < 0)
		return -1;
	if (json_to_map(json_object_get(json, "annotations"), "annotations",
			&manifest->annotations, err) < 0)
		return error_context(err, "manifest");
	if (manifest->kind == MANIFEST_IMAGE)
		return decode_image(json, manifest, err);
	return decode_list(json_object_get(json, "manifests"), "manifests", INDEX_MANIFESTS_MAX,
			   &manifest->manifests, &manifest->manifest_count, err);
}

int manifest_decode(const char *data, size_t size, const char *media_type,
		    struct manifest *ret_manifest, struct error *err)
{
	auto_release(manifest) struct manifest manifest = { 0 };
	auto_json json_t *json = NULL;

	if (size > MANIFEST_SIZE_MAX)
		return error_set(err, ERROR_INVALID, "manifest: larger than %zu bytes",
				 MANIFEST_SIZE_MAX);
	json = json_parse(data, size, "manifest", err);
	if (!json || decode(json, media_type, &manifest, err) < 0)
		return -1;
	*ret_manifest = manifest;
	manifest = (struct manifest){ 0 };
	return 0;
}

static void release_list(struct descriptor *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		descriptor_release(&list[i]);
	free(list);
}

void manifest_release(struct manifest *manifest)
{
	free(manifest->media_type);
	descriptor_release(&manifest->config);
	release_list(manifest->layers, manifest->layer_count);
	release_list(manifest->manifests, manifest->manifest_count);
	strings_release(&manifest->annotations);
	*manifest = (struct manifest){ 0 };
}

/* Signatures and the like may stand in an index beside the images. */
static bool is_document(const struct descriptor *descriptor)
{
	for (size_t i = 0; i < ARRAY_SIZE(document_types); i++)
		if (strcmp(document_types[i].media_type, descriptor->media_type) == 0)
			return true;
	return false;
}

static int not_offered(const struct manifest *index, const struct platform *wanted,
		       struct error *err)
{
	auto_release(strings) struct strings platforms = { 0 };
	auto_free char *text = platform_format(wanted);
	auto_free char *list = NULL;

	for (size_t i = 0; i < index->manifest_count; i++) {
		const struct platform *offered = &index->manifests[i].platform;
		auto_free char *name = platform_format(offered);

		if (platforms.count == PLATFORMS_SHOWN) {
			strings_add(&platforms, "...");
			break;
		}
		/* Builders mark what is no image, attestations for one, as unknown/unknown. */
		if (offered->os[0] && strcmp(offered->os, "unknown") != 0 &&
		    !strings_contain(&platforms, name))
			strings_add(&platforms, name);
	}
	list = strings_join(&platforms, ", ");
	return error_set(err, ERROR_NOT_FOUND,
			 "no matching manifest for %s in the manifest list entries; it offers %s",
			 text, *list ? list : "none");
}

const struct descriptor *manifest_choose(const struct manifest *index,
					 const struct platform *wanted, struct error *err)
{
	const struct descriptor *best = NULL;
	const struct descriptor *only = NULL;
	size_t documents = 0;
	int best_score = 0;

	for (size_t i = 0; i < index->manifest_count; i++) {
		const struct descriptor *offered = &index->manifests[i];
		int score;

		if (!is_document(offered))
			continue;
		documents++;
		only = offered;
		score = platform_match(wanted, &offered->platform);
		if (score > best_score) {
			best = offered;
			best_score = score;
		}
	}
	if (!best && documents == 1 && only->platform.os[0] == '\0')
		best = only;
	if (!best)
		not_offered(index, wanted, err);
	return best;
}

int layer_media_type_parse(const char *media_type, enum layer_compression *ret_compression,
			   struct error *err)
{
	auto_free char *shown = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(layer_types); i++) {
		if (strcmp(layer_types[i].media_type, media_type) == 0) {
			*ret_compression = layer_types[i].compression;
			return 0;
		}
	}
	shown = printable(media_type);
	if (has_suffix(media_type, "+encrypted"))
		return error_set(err, ERROR_UNSUPPORTED,
				 "layer type '%s': encrypted layers are not supported", shown);
	return error_set(err, ERROR_UNSUPPORTED, "layer type '%s' is not supported", shown);
}
