/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the documents of all images first, so that a wrong one is found before anything is
 * unpacked; then all layers, and last come the images' names.
 */
#include "image/load.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "image/archive-layers.h"
#include "image/archive-spool.h"
#include "image/archive.h"
#include "image/image-record.h"
#include "image/store.h"

DEFINE_AUTO(archive_files, archive_files_free);
DEFINE_AUTO(image, image_free);

struct load {
	struct store *store;
	const struct load_request *request;
	const struct archive_files *files;
	struct archive archive;
	struct image_record *records;	/* one for each image of the archive */
	size_t record_count;
};

static void load_release(struct load *load)
{
	for (size_t i = 0; i < load->record_count; i++)
		image_record_release(&load->records[i]);
	free(load->records);
	archive_release(&load->archive);
}

static int check_platform(const struct load *load, const struct image_record *record,
			  struct error *err)
{
	const struct platform *wanted = load->request->platform;
	const struct platform *offered = &record->config.platform;
	auto_free char *text = NULL;
	auto_free char *other = NULL;

	if (!wanted || !offered->os[0] || platform_match(wanted, offered) > 0)
		return 0;
	text = platform_format(wanted);
	other = platform_format(offered);
	return error_set(err, ERROR_NOT_FOUND,
			 "image sha256:%.12s is for platform %s, not for %s", record->id.hex, other,
			 text);
}

/* What the manifest says of the config, and what the config says of the layers. */
static int check_documents(const struct archive_image *image, const struct image_record *record,
			   struct error *err)
{
	const struct manifest *manifest = &image->manifest;
	enum layer_compression ignored;

	if (record->config.diff_id_count != image->layers.count)
		return error_set(err, ERROR_INVALID,
				 "there are %zu layers, but the image config has %zu diff IDs",
				 image->layers.count, record->config.diff_id_count);
	if (image->manifest_bytes.size == 0)
		return 0;
	if (!digest_equal(&manifest->config.digest, &record->id) ||
	    manifest->config.size != record->config_bytes.size)
		return error_set(err, ERROR_INVALID,
				 "the image config is not what its digest or size says");
	for (size_t i = 0; i < manifest->layer_count; i++) {
		const char *type = manifest->layers[i].media_type;

		if (layer_media_type_parse(type ? type : "", &ignored, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_image_config(const char *media_type)
{
	return media_type && (!strcmp(media_type, MEDIA_TYPE_OCI_CONFIG) ||
			      !strcmp(media_type, MEDIA_TYPE_DOCKER_CONFIG));
}

static int read_record(const struct load *load, const struct archive_image *image,
		       struct image_record *record, struct error *err)
{
	auto_release(buffer) struct buffer bytes = { 0 };

	if (image->manifest_bytes.size > 0 && !is_image_config(image->manifest.config.media_type))
		return error_set(err, ERROR_UNSUPPORTED, "it is no container image, but an artifact");
	if (archive_files_read(load->files, image->config, IMAGE_CONFIG_SIZE_MAX, &bytes, err) < 0 ||
	    image_record_config(record, bytes.data ? bytes.data : "", bytes.size, err) < 0 ||
	    check_documents(image, record, err) < 0)
		return -1;
	return check_platform(load, record, err);
}

static int read_records(struct load *load, struct error *err)
{
	load->records = xcalloc(load->archive.count, sizeof(*load->records));
	for (size_t i = 0; i < load->archive.count; i++) {
		const struct archive_image *image = &load->archive.images[i];

		load->record_count++;
		if (read_record(load, image, &load->records[i], err) < 0)
			return error_context(err, "image %s",
					     image->names.count ? image->names.items[0] : "without name");
	}
	return 0;
}

static int unpack_layers(struct load *load, struct error *err)
{
	auto_free struct archive_layer *layers = NULL;
	size_t count = 0;

	for (size_t i = 0; i < load->archive.count; i++) {
		const struct archive_image *image = &load->archive.images[i];
		bool described = image->manifest_bytes.size > 0;

		layers = xrealloc_array(layers, count + image->layers.count + 1, sizeof(*layers));
		for (size_t j = 0; j < image->layers.count; j++)
			layers[count++] = (struct archive_layer){
				.name = image->layers.items[j],
				.diff_id = &load->records[i].config.diff_ids[j],
				.blob = described ? &image->manifest.layers[j] : NULL,
			};
	}
	return archive_layers_unpack(load->store, load->files, layers, count,
				     load->request->ownership, err);
}

/* Whether the store has the image: then it has a manifest for it, perhaps its registry's. */
static int tag_known(struct load *load, const struct image_record *record,
		     const struct strings *names, struct error *err)
{
	auto_error ignored = { 0 };
	auto_of(image) struct image *known = store_find(load->store, record->id.hex, &ignored);

	if (!known)
		return 0;
	for (size_t i = 0; i < names->count; i++) {
		auto_release(reference) struct reference reference = { 0 };

		if (reference_parse(names->items[i], &reference, err) < 0 ||
		    store_tag(load->store, known, &reference, err) < 0)
			return -1;
	}
	return 1;
}

static int put_image(struct load *load, size_t at, const struct strings *names, struct error *err)
{
	const struct archive_image *image = &load->archive.images[at];
	struct image_record *record = &load->records[at];
	int known;

	if (image->manifest_bytes.size > 0) {
		descriptor_copy(&record->manifest, &image->manifest_descriptor);
		buffer_add(&record->manifest_bytes, image->manifest_bytes.data,
			   image->manifest_bytes.size);
		return image_record_put(load->store, record, names, err);
	}
	known = tag_known(load, record, names, err);
	if (known != 0)
		return known < 0 ? -1 : 0;
	if (image_record_make_manifest(load->store, IMAGE_FORMAT_OCI, record, err) < 0)
		return -1;
	return image_record_put(load->store, record, names, err);
}

static void tell(const struct load *load, const struct strings *names, const struct digest *id)
{
	const struct load_request *request = load->request;

	if (!request->loaded)
		return;
	for (size_t i = 0; i < names->count; i++)
		request->loaded(request->argument, names->items[i], id);
	if (names->count == 0)
		request->loaded(request->argument, NULL, id);
}

static int put_images(struct load *load, struct error *err)
{
	for (size_t i = 0; i < load->archive.count; i++) {
		auto_release(strings) struct strings names = { 0 };

		strings_copy(&names, &load->archive.images[i].names);
		if (names.count == 0 && load->request->name)
			strings_add(&names, load->request->name);
		if (put_image(load, i, &names, err) < 0)
			return -1;
		tell(load, &names, &load->records[i].id);
	}
	return 0;
}

static int ask_permission(const struct load *load, int input, struct error *err)
{
	const struct load_request *request = load->request;
	const char *transport = load->archive.transport;
	struct stat info;

	if (!request->permit)
		return 0;
	if (fstat(input, &info) < 0)
		return error_errno(err, "cannot look at the archive");
	if (strcmp(transport, "oci") == 0 && !S_ISDIR(info.st_mode))
		transport = "oci-archive";
	return request->permit(request->argument, transport, err);
}

int image_load(struct store *store, const struct load_request *request, struct error *err)
{
	const struct archive_choice choice = { request->platform, request->reference };
	auto_release(load) struct load load = { .store = store, .request = request };
	auto_of(archive_files) struct archive_files *files = NULL;
	auto_fd int input = -1;

	store_sweep(store);
	input = archive_spool(store, request->input, err);
	if (input < 0)
		return -1;
	files = archive_files_open(input, err);
	if (!files)
		return -1;
	load.files = files;
	if (archive_read(files, &choice, &load.archive, err) < 0 ||
	    ask_permission(&load, input, err) < 0 || read_records(&load, err) < 0)
		return -1;
	if (unpack_layers(&load, err) < 0)
		return -1;
	return put_images(&load, err);
}
