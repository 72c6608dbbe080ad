/* SPDX-License-Identifier: Apache-2.0 */
/* See image/image-record.h. */
#include "image/image-record.h"

#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/sha256.h"
#include "image/descriptor.h"
#include "image/reference.h"
#include "image/store.h"

static const struct {
	const char *manifest, *config, *layer, *gzip;
} media_types[] = {
	[IMAGE_FORMAT_OCI] = { MEDIA_TYPE_OCI_MANIFEST, MEDIA_TYPE_OCI_CONFIG,
			       "application/vnd.oci.image.layer.v1.tar",
			       "application/vnd.oci.image.layer.v1.tar+gzip" },
	[IMAGE_FORMAT_DOCKER] = { MEDIA_TYPE_DOCKER_MANIFEST, MEDIA_TYPE_DOCKER_CONFIG,
				  "application/vnd.docker.image.rootfs.diff.tar",
				  "application/vnd.docker.image.rootfs.diff.tar.gzip" },
};

void image_record_release(struct image_record *record)
{
	buffer_release(&record->config_bytes);
	buffer_release(&record->manifest_bytes);
	image_config_release(&record->config);
	descriptor_release(&record->manifest);
}

int image_record_config(struct image_record *record, const void *data, size_t size,
			struct error *err)
{
	if (image_config_decode(data, size, &record->config, err) < 0)
		return -1;
	sha256_hex(data, size, record->id.hex);
	buffer_add(&record->config_bytes, data, size);
	return 0;
}

static json_t *encode_blob(const char *media_type, const struct digest *digest, uint64_t size)
{
	struct descriptor descriptor = {
		.media_type = (char *)media_type,
		.digest = *digest,
		.size = size,
	};

	return descriptor_encode(&descriptor);
}

/* `layers` is given away. */
static void encode_manifest(enum image_format format, json_t *layers, struct image_record *record)
{
	auto_json json_t *json = json_object();
	auto_free char *text = NULL;

	json_object_set_new(json, "schemaVersion", json_integer(2));
	json_object_set_new(json, "mediaType", json_string(media_types[format].manifest));
	json_object_set_new(json, "config", encode_blob(media_types[format].config, &record->id,
							record->config_bytes.size));
	json_object_set_new(json, "layers", layers);
	text = json_text(json);
	buffer_clear(&record->manifest_bytes);
	buffer_puts(&record->manifest_bytes, text);
	replace_string(&record->manifest.media_type, media_types[format].manifest);
	sha256_hex(text, strlen(text), record->manifest.digest.hex);
	record->manifest.size = strlen(text);
}

static int get_tar_size(struct store *store, const struct digest *diff_id, uint64_t *ret_size,
			struct error *err)
{
	auto_fd int folder = store_open_layer(store, diff_id, err);
	struct layer_info info = { 0 };

	if (folder < 0)
		return -1;
	if (layer_info_read(folder, &info, err) < 0)
		return error_context(err, "layer sha256:%s", diff_id->hex);
	*ret_size = info.tar_size;
	return 0;
}

int image_record_make_manifest(struct store *store, enum image_format format,
			       struct image_record *record, struct error *err)
{
	auto_json json_t *layers = json_array();

	for (size_t i = 0; i < record->config.diff_id_count; i++) {
		const struct digest *diff_id = &record->config.diff_ids[i];
		uint64_t size = 0;

		if (get_tar_size(store, diff_id, &size, err) < 0)
			return -1;
		json_array_append_new(layers,
				      encode_blob(media_types[format].layer, diff_id, size));
	}
	encode_manifest(format, json_incref(layers), record);
	return 0;
}

void image_record_make_compressed(enum image_format format, const struct descriptor *layers,
				  struct image_record *record)
{
	json_t *list = json_array();

	for (size_t i = 0; i < record->config.diff_id_count; i++)
		json_array_append_new(list, encode_blob(media_types[format].gzip,
							&layers[i].digest, layers[i].size));
	encode_manifest(format, list, record);
}

int image_record_put(struct store *store, const struct image_record *record,
		     const struct strings *names, struct error *err)
{
	if (store_write_blob(store, &record->id, record->config_bytes.data,
			     record->config_bytes.size, err) < 0 ||
	    store_write_blob(store, &record->manifest.digest, record->manifest_bytes.data,
			     record->manifest_bytes.size, err) < 0)
		return -1;
	if (names->count == 0)
		return store_add_image(store, NULL, &record->manifest, NULL, err);
	for (size_t i = 0; i < names->count; i++) {
		auto_release(reference) struct reference reference = { 0 };

		if (reference_parse(names->items[i], &reference, err) < 0 ||
		    store_add_image(store, &reference, &record->manifest, NULL, err) < 0)
			return -1;
	}
	return 0;
}
