/* SPDX-License-Identifier: Apache-2.0 */
/* See image/manifest-layers.h. */
#include "image/manifest-layers.h"

#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

enum manifest_family manifest_family_of(const char *media_type)
{
	return strcmp(media_type, MEDIA_TYPE_DOCKER_MANIFEST) == 0 ? MANIFEST_DOCKER : MANIFEST_OCI;
}

const char *manifest_media_type(enum manifest_family family)
{
	return family == MANIFEST_DOCKER ? MEDIA_TYPE_DOCKER_MANIFEST : MEDIA_TYPE_OCI_MANIFEST;
}

const char *layer_media_type(enum manifest_family family, enum layer_compression compression)
{
	static const char *const types[][3] = {
		[MANIFEST_OCI] = {
			[LAYER_PLAIN] = "application/vnd.oci.image.layer.v1.tar",
			[LAYER_GZIP] = "application/vnd.oci.image.layer.v1.tar+gzip",
			[LAYER_ZSTD] = "application/vnd.oci.image.layer.v1.tar+zstd",
		},
		[MANIFEST_DOCKER] = {
			[LAYER_PLAIN] = "application/vnd.docker.image.rootfs.diff.tar",
			[LAYER_GZIP] = "application/vnd.docker.image.rootfs.diff.tar.gzip",
			[LAYER_ZSTD] = NULL,
		},
	};

	return types[family][compression];
}

/* Annotations about the bytes of a blob: where the table of its files stands, and the like. */
static const char *const blob_annotations[] = {
	"io.github.containers.zstd-chunked.", "io.containers.zstd-chunked.",
	"io.containers.estargz.", "containerd.io/snapshot/stargz/",
};

static bool is_about_blob(const char *annotation)
{
	for (size_t i = 0; i < ARRAY_SIZE(blob_annotations); i++)
		if (has_prefix(annotation, blob_annotations[i]))
			return true;
	return false;
}

/* Forgets what was said of the blob that this one takes the place of. */
static void forget_blob(json_t *json)
{
	json_t *annotations = json_object_get(json, "annotations");
	const char *key;
	json_t *value;
	void *next;

	json_object_del(json, "urls");
	json_object_del(json, "data");
	json_object_foreach_safe (annotations, next, key, value)
		if (is_about_blob(key))
			json_object_del(annotations, key);
}

static void set_descriptor(json_t *json, const struct descriptor *layer)
{
	const char *before = json_string_value(json_object_get(json, "digest"));
	char digest[DIGEST_TEXT_SIZE];

	digest_format(&layer->digest, digest);
	if (!before || strcmp(before, digest) != 0)
		forget_blob(json);
	json_object_set_new(json, "mediaType", json_string(layer->media_type));
	json_object_set_new(json, "digest", json_string(digest));
	json_object_set_new(json, "size", json_integer((json_int_t)layer->size));
}

static void set_family(json_t *json, enum manifest_family family)
{
	const char *config = family == MANIFEST_DOCKER ? MEDIA_TYPE_DOCKER_CONFIG :
							 MEDIA_TYPE_OCI_CONFIG;

	json_object_set_new(json, "mediaType", json_string(manifest_media_type(family)));
	json_object_set_new(json_object_get(json, "config"), "mediaType", json_string(config));
}

char *manifest_with_layers(const char *data, size_t size, enum manifest_family family,
			   const struct descriptor *layers, size_t count, struct error *err)
{
	auto_json json_t *json = json_parse(data, size, "manifest", err);
	json_t *list = json_object_get(json, "layers");

	if (!json)
		return NULL;
	if (json_array_size(list) != count || !json_is_object(json_object_get(json, "config"))) {
		error_set(err, ERROR_INVALID, "manifest: not of %zu layers", count);
		return NULL;
	}
	set_family(json, family);
	for (size_t i = 0; i < count; i++)
		set_descriptor(json_array_get(list, i), &layers[i]);
	return json_text(json);
}
