/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents come first: a reader of a stream then knows what the layers are for.
 *
 * Docker's form is written as before docker 25, with a manifest.json that every docker,
 * podman and skopeo takes; the OCI form names images by annotations for both of them.
 */
#include "image/save.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "image/archive-internal.h"
#include "image/descriptor.h"
#include "image/image-record.h"
#include "image/layer-packer.h"
#include "image/reference.h"
#include "image/save-sink.h"
#include "image/store.h"

DEFINE_AUTO(image, image_free);

#define BLOBS "blobs/sha256/"
#define ANNOTATION_REF "org.opencontainers.image.ref.name"
#define ANNOTATION_NAME "io.containerd.image.name"

struct save {
	struct store *store;
	const struct save_request *request;
	struct image_record *records;	/* one for each item */
	struct save_sink sink;
};

static void save_release(struct save *save)
{
	for (size_t i = 0; save->records && i < save->request->count; i++)
		image_record_release(&save->records[i]);
	free(save->records);
	save_sink_release(&save->sink);
}

static bool is_oci(const struct save *save)
{
	return save->request->format == SAVE_OCI_ARCHIVE || save->request->format == SAVE_OCI_DIR;
}

/* Whether the manifest that the store has is of plain layers: then it is saved as it is. */
static int take_manifest(struct save *save, struct image_record *record, bool *ret_taken,
			 struct error *err)
{
	auto_of(image) struct image *image = store_find(save->store, record->id.hex, err);
	auto_release(manifest) struct manifest manifest = { 0 };
	struct buffer *bytes = &record->manifest_bytes;

	*ret_taken = false;
	if (!image || store_read_blob(save->store, &image->manifest, MANIFEST_SIZE_MAX, bytes,
				      err) < 0)
		return -1;
	if (manifest_decode(bytes->data ? bytes->data : "", bytes->size, NULL, &manifest, err) < 0)
		return error_context(err, "manifest sha256:%s", image->manifest.hex);
	if (manifest.kind != MANIFEST_IMAGE || strcmp(manifest.media_type, MEDIA_TYPE_OCI_MANIFEST))
		return 0;
	for (size_t i = 0; i < manifest.layer_count; i++)
		if (i >= record->config.diff_id_count ||
		    !digest_equal(&manifest.layers[i].digest, &record->config.diff_ids[i]))
			return 0;
	replace_string(&record->manifest.media_type, manifest.media_type);
	record->manifest.digest = image->manifest;
	record->manifest.size = bytes->size;
	*ret_taken = true;
	return 0;
}

static int read_record(struct save *save, const struct save_item *item,
		       struct image_record *record, struct error *err)
{
	auto_release(buffer) struct buffer config = { 0 };
	bool taken = false;

	if (store_read_blob(save->store, &item->id, IMAGE_CONFIG_SIZE_MAX, &config, err) < 0 ||
	    image_record_config(record, config.data ? config.data : "", config.size, err) < 0)
		return -1;
	if (!digest_equal(&record->id, &item->id))
		return error_set(err, ERROR_INVALID, "its config is damaged; pull it again");
	if (save->request->compress || save->request->format == SAVE_DOCKER_ARCHIVE)
		return 0;
	if (is_oci(save) && take_manifest(save, record, &taken, err) < 0)
		return -1;
	if (taken)
		return 0;
	return image_record_make_manifest(save->store, is_oci(save) ? IMAGE_FORMAT_OCI :
						       IMAGE_FORMAT_DOCKER, record, err);
}

static int read_records(struct save *save, struct error *err)
{
	const struct save_request *request = save->request;

	save->records = xcalloc(request->count + 1, sizeof(*save->records));
	for (size_t i = 0; i < request->count; i++)
		if (read_record(save, &request->items[i], &save->records[i], err) < 0)
			return error_context(err, "image sha256:%.12s", request->items[i].id.hex);
	return 0;
}

/* The layer's bytes come from a confined child, which checks them too. */
static int pack_layer(struct save *save, const struct digest *diff_id,
		      int (*write)(struct save_sink *sink, const char *name, int input,
				   uint64_t size, struct error *err),
		      const char *name, struct packed *ret_packed, struct error *err)
{
	auto_fd int folder = store_open_layer(save->store, diff_id, err);
	auto_release(packer) struct packer packer = PACKER_NONE;
	struct layer_info info = { 0 };
	auto_error why = { 0 };
	auto_fd int output = -1;

	if (folder < 0 || layer_info_read(folder, &info, err) < 0 ||
	    packer_start(folder, diff_id, save->request->compress ? LAYER_GZIP : LAYER_PLAIN, 0,
			 &packer, &output, err) < 0)
		return -1;
	if (write(&save->sink, name, output, info.tar_size, err) < 0) {
		/* If the child gave up, it knows why; else it does now. */
		auto_close_fd(&output);
		output = -1;
		if (err->kind == ERROR_INVALID && packer_finish(&packer, ret_packed, &why) < 0)
			error_move(err, &why);
		return -1;
	}
	return packer_finish(&packer, ret_packed, err);
}

static int write_plain_layers(struct save *save, const struct image_record *record,
			      const char *before, const char *behind, struct error *err)
{
	for (size_t i = 0; i < record->config.diff_id_count; i++) {
		const struct digest *diff_id = &record->config.diff_ids[i];
		auto_free char *name = xasprintf("%s%s%s", before, diff_id->hex, behind);
		struct packed packed;

		if (save_sink_has(&save->sink, name))
			continue;
		if (pack_layer(save, diff_id, save_sink_stream, name, &packed, err) < 0)
			return error_context(err, "layer sha256:%s", diff_id->hex);
	}
	return 0;
}

static int write_unnamed(struct save_sink *sink, const char *name, int input, uint64_t size,
			 struct error *err)
{
	(void)name;
	(void)size;
	return save_sink_stream_unnamed(sink, input, err);
}

/* Their digests make the manifest. */
static int write_compressed_layers(struct save *save, struct image_record *record,
				   const char *before, struct error *err)
{
	size_t count = record->config.diff_id_count;
	auto_free struct descriptor *layers = xcalloc(count + 1, sizeof(*layers));

	for (size_t i = 0; i < count; i++) {
		auto_free char *name = NULL;
		struct packed packed;

		if (pack_layer(save, &record->config.diff_ids[i], write_unnamed, NULL, &packed,
			       err) < 0)
			return error_context(err, "layer sha256:%s",
					     record->config.diff_ids[i].hex);
		layers[i] = (struct descriptor){ .digest = packed.digest, .size = packed.size };
		name = xasprintf("%s%s", before, packed.digest.hex);
		if (save_sink_name(&save->sink, name, err) < 0)
			return -1;
	}
	image_record_make_compressed(is_oci(save) ? IMAGE_FORMAT_OCI : IMAGE_FORMAT_DOCKER, layers,
				     record);
	return 0;
}

static int write_blob(struct save *save, const char *before, const struct digest *digest,
		      const struct buffer *bytes, const char *behind, struct error *err)
{
	auto_free char *name = xasprintf("%s%s%s", before, digest->hex, behind);

	if (save_sink_has(&save->sink, name))
		return 0;
	return save_sink_file(&save->sink, name, bytes->data, bytes->size, err);
}

static int write_json(struct save *save, const char *name, const json_t *json, struct error *err)
{
	auto_free char *text = json_text(json);

	return save_sink_file(&save->sink, name, text, strlen(text), err);
}

static json_t *docker_entry(const struct save_item *item, const struct image_record *record)
{
	json_t *layers = json_array();
	json_t *tags = json_array();
	json_t *entry = json_object();

	for (size_t i = 0; i < record->config.diff_id_count; i++)
		json_array_append_new(layers,
				      json_sprintf("%s.tar", record->config.diff_ids[i].hex));
	for (size_t i = 0; i < item->names.count; i++) {
		auto_release(reference) struct reference reference = { 0 };
		auto_error ignored = { 0 };
		auto_free char *familiar = NULL;

		if (reference_parse(item->names.items[i], &reference, &ignored) < 0)
			continue;
		familiar = reference_familiar(&reference);
		json_array_append_new(tags, json_string(familiar));
	}
	json_object_set_new(entry, "Config", json_sprintf("%s.json", record->id.hex));
	json_object_set_new(entry, "RepoTags", tags);
	json_object_set_new(entry, "Layers", layers);
	return entry;
}

static int save_docker_archive(struct save *save, struct error *err)
{
	const struct save_request *request = save->request;
	auto_json json_t *list = json_array();

	for (size_t i = 0; i < request->count; i++)
		json_array_append_new(list, docker_entry(&request->items[i], &save->records[i]));
	if (write_json(save, ARCHIVE_MANIFEST, list, err) < 0)
		return -1;
	for (size_t i = 0; i < request->count; i++)
		if (write_blob(save, "", &save->records[i].id, &save->records[i].config_bytes,
			       ".json", err) < 0)
			return -1;
	for (size_t i = 0; i < request->count; i++)
		if (write_plain_layers(save, &save->records[i], "", ".tar", err) < 0)
			return -1;
	return 0;
}

/* An entry of index.json; `name` may be NULL. */
static json_t *oci_entry(const struct image_record *record, const char *name)
{
	auto_release(descriptor) struct descriptor descriptor = { 0 };

	descriptor_copy(&descriptor, &record->manifest);
	descriptor.platform = record->config.platform;
	if (name)
		strings_set_value(&descriptor.annotations, ANNOTATION_REF, name);
	if (name && strchr(name, '/'))
		strings_set_value(&descriptor.annotations, ANNOTATION_NAME, name);
	return descriptor_encode(&descriptor);
}

static bool takes_name(const struct save_request *request, const char *name)
{
	for (size_t i = 0; i < request->count; i++)
		if (strings_contain(&request->items[i].names, name))
			return true;
	return false;
}

/* What a layout that is there already lists, but for the names that we give away anew. */
static int keep_entries(struct save *save, json_t *list, struct error *err)
{
	auto_json json_t *index = NULL;
	json_t *entries;

	if (save->request->format != SAVE_OCI_DIR || !file_exists(save->sink.fd, ARCHIVE_INDEX))
		return 0;
	index = json_read_file(save->sink.fd, ARCHIVE_INDEX, ARCHIVE_INDEX_SIZE_MAX, err);
	if (!index)
		return -1;
	entries = json_object_get(index, "manifests");
	for (size_t i = 0; i < json_array_size(entries); i++) {
		json_t *entry = json_array_get(entries, i);
		const char *name = json_string_value(json_object_get(
			json_object_get(entry, "annotations"), ANNOTATION_REF));

		if (!name || !takes_name(save->request, name))
			json_array_append(list, entry);
	}
	return 0;
}

static int write_index(struct save *save, struct error *err)
{
	const struct save_request *request = save->request;
	auto_json json_t *index = json_object();
	json_t *list = json_array();

	json_object_set_new(index, "schemaVersion", json_integer(2));
	json_object_set_new(index, "mediaType", json_string(MEDIA_TYPE_OCI_INDEX));
	json_object_set_new(index, "manifests", list);
	if (keep_entries(save, list, err) < 0)
		return -1;
	for (size_t i = 0; i < request->count; i++) {
		const struct strings *names = &request->items[i].names;

		for (size_t j = 0; j < names->count; j++)
			json_array_append_new(list, oci_entry(&save->records[i], names->items[j]));
		if (names->count == 0)
			json_array_append_new(list, oci_entry(&save->records[i], NULL));
	}
	return write_json(save, ARCHIVE_INDEX, index, err);
}

static int write_oci_documents(struct save *save, struct error *err)
{
	for (size_t i = 0; i < save->request->count; i++) {
		const struct image_record *record = &save->records[i];

		if (write_blob(save, BLOBS, &record->id, &record->config_bytes, "", err) < 0 ||
		    write_blob(save, BLOBS, &record->manifest.digest, &record->manifest_bytes, "",
			       err) < 0)
			return -1;
	}
	return write_index(save, err);
}

static int write_layers(struct save *save, const char *before, struct error *err)
{
	for (size_t i = 0; i < save->request->count; i++) {
		struct image_record *record = &save->records[i];
		int failed = save->request->compress ?
				     write_compressed_layers(save, record, before, err) :
				     write_plain_layers(save, record, before, "", err);

		if (failed < 0)
			return -1;
	}
	return 0;
}

static int save_oci(struct save *save, struct error *err)
{
	static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";

	if (save_sink_file(&save->sink, ARCHIVE_LAYOUT, layout, strlen(layout), err) < 0 ||
	    save_sink_directory(&save->sink, "blobs", err) < 0 ||
	    save_sink_directory(&save->sink, "blobs/sha256", err) < 0)
		return -1;
	/* In a directory the index makes what is there visible. */
	if (!save->sink.is_tar)
		return write_layers(save, BLOBS, err) < 0 ? -1 : write_oci_documents(save, err);
	return write_oci_documents(save, err) < 0 ? -1 : write_layers(save, BLOBS, err);
}

static int save_docker_dir(struct save *save, struct error *err)
{
	static const char version[] = "Directory Transport Version: 1.1\n";
	struct image_record *record = &save->records[0];

	if (save->request->count != 1)
		return error_set(err, ERROR_INVALID, "the format docker-dir holds just one image");
	if (save_sink_file(&save->sink, "version", version, strlen(version), err) < 0 ||
	    write_blob(save, "", &record->id, &record->config_bytes, "", err) < 0 ||
	    write_layers(save, "", err) < 0)
		return -1;
	return save_sink_file(&save->sink, ARCHIVE_MANIFEST, record->manifest_bytes.data,
			      record->manifest_bytes.size, err);
}

static int save_all(struct save *save, struct error *err)
{
	switch (save->request->format) {
	case SAVE_DOCKER_ARCHIVE:
		return save_docker_archive(save, err);
	case SAVE_DOCKER_DIR:
		return save_docker_dir(save, err);
	default:
		return save_oci(save, err);
	}
}

int image_save(struct store *store, const struct save_request *request, struct error *err)
{
	auto_release(save) struct save save = {
		.store = store,
		.request = request,
		.sink.fd = request->output,
		.sink.is_tar = request->format == SAVE_DOCKER_ARCHIVE ||
			       request->format == SAVE_OCI_ARCHIVE,
	};

	if (read_records(&save, err) < 0 || save_all(&save, err) < 0)
		return -1;
	return save_sink_finish(&save.sink, err);
}
