/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cosign's shape: an OCI image manifest whose config lists the layers' digests as diff
 * IDs, so that registries that look inside take it for an image.
 */
#include "registry/signature-manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/sha256.h"
#include "image/manifest.h"
#include "registry/base64.h"
#include "registry/signature.h"

void signature_documents_release(struct signature_documents *documents)
{
	free(documents->manifest);
	free(documents->config);
	*documents = (struct signature_documents){ 0 };
}

static void digest_text(const char *data, struct digest *ret_digest,
			char ret_text[DIGEST_TEXT_SIZE])
{
	sha256_hex(data, strlen(data), ret_digest->hex);
	digest_format(ret_digest, ret_text);
}

static json_t *new_layer(const char *payload, const void *signature, size_t signature_size)
{
	auto_free char *encoded = base64_encode(signature, signature_size);
	char text[DIGEST_TEXT_SIZE];
	struct digest digest;

	digest_text(payload, &digest, text);
	return json_pack("{s:s, s:s, s:I, s:{s:s}}", "mediaType", SIGNATURE_MEDIA_TYPE, "digest",
			 text, "size", (json_int_t)strlen(payload), "annotations",
			 SIGNATURE_ANNOTATION, encoded);
}

static json_t *config_of(const json_t *layers)
{
	json_t *diff_ids = json_array();
	const json_t *layer;
	size_t i;

	json_array_foreach(layers, i, layer)
		json_array_append(diff_ids, json_object_get(layer, "digest"));
	return json_pack("{s:s, s:s, s:s, s:{}, s:{s:s, s:o}}", "architecture", "", "os", "",
			 "created", "0001-01-01T00:00:00Z", "config", "rootfs", "type", "layers",
			 "diff_ids", diff_ids);
}

/* The manifest that is there, which was decoded once already, or a new one. */
static json_t *begin(const struct buffer *old, struct error *err)
{
	if (old->size > 0)
		return json_parse(old->data, old->size, "signatures", err);
	return json_pack("{s:i, s:s, s:{}, s:[]}", "schemaVersion", 2, "mediaType",
			 MEDIA_TYPE_OCI_MANIFEST, "config", "layers");
}

int signature_documents_make(const struct buffer *old, const char *payload,
			     const void *signature, size_t signature_size,
			     struct signature_documents *ret_documents, struct error *err)
{
	auto_json json_t *manifest = begin(old, err);
	json_t *layers = json_object_get(manifest, "layers");
	auto_json json_t *config = NULL;
	char text[DIGEST_TEXT_SIZE];

	if (!manifest)
		return -1;
	if (!json_is_array(layers) || json_array_size(layers) >= MANIFEST_LAYERS_MAX)
		return error_set(err, ERROR_INVALID, "there are too many signatures already");
	json_array_append_new(layers, new_layer(payload, signature, signature_size));
	config = config_of(layers);
	ret_documents->config = json_text(config);
	digest_text(ret_documents->config, &ret_documents->config_digest, text);
	json_object_set_new(manifest, "config",
			    json_pack("{s:s, s:s, s:I}", "mediaType", MEDIA_TYPE_OCI_CONFIG,
				      "digest", text, "size",
				      (json_int_t)strlen(ret_documents->config)));
	ret_documents->manifest = json_text(manifest);
	return 0;
}
