/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An OCI image layout. Names stand in annotations of the index: docker and containerd give the full
 * name, podman and buildah put it where the specification asks for a tag, skopeo and umoci
 * put there what they were told, mostly a tag; such a one is a name below localhost/, as podman has it.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/sha256.h"
#include "image/archive-internal.h"
#include "image/reference.h"

#define ANNOTATION_REF "org.opencontainers.image.ref.name"
#define ANNOTATION_NAME "io.containerd.image.name"
#define NESTED_MAX 3	/* an index in an index */

static char *blob_name(const struct digest *digest)
{
	return xasprintf("blobs/sha256/%s", digest->hex);
}

/* The full reference, or NULL: it is none. */
static char *full_name(const char *text)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_error ignored = { 0 };
	auto_free char *local = NULL;

	if (!text || !*text)
		return NULL;
	if (!strpbrk(text, "/:"))
		local = xasprintf("localhost/%s", text);
	if (reference_parse(local ? local : text, &reference, &ignored) < 0 || !reference.tag ||
	    digest_is_set(&reference.digest))
		return NULL;
	return reference_full(&reference);
}

/* Reads the document that `descriptor` names, and holds it against that. */
static int read_document(const struct archive_files *files, const struct descriptor *descriptor,
			 struct buffer *bytes, struct manifest *manifest, struct error *err)
{
	auto_free char *name = blob_name(&descriptor->digest);
	struct digest found = { 0 };

	if (archive_files_read(files, name, MANIFEST_SIZE_MAX, bytes, err) < 0)
		return -1;
	sha256_hex(bytes->data ? bytes->data : "", bytes->size, found.hex);
	if (!digest_equal(&found, &descriptor->digest) || bytes->size != descriptor->size)
		return error_set(err, ERROR_INVALID, "'%s' is not what its digest or size says",
				 name);
	return manifest_decode(bytes->data ? bytes->data : "", bytes->size, descriptor->media_type,
			       manifest, err);
}

static void take_parts(struct archive_image *image)
{
	image->config = blob_name(&image->manifest.config.digest);
	for (size_t i = 0; i < image->manifest.layer_count; i++)
		strings_take(&image->layers, blob_name(&image->manifest.layers[i].digest));
}

/* Goes through indexes to the manifest for the platform. */
static int read_image(const struct archive_files *files, const struct descriptor *descriptor,
		      const struct platform *platform, struct archive_image *image,
		      struct error *err)
{
	struct descriptor *at = &image->manifest_descriptor;

	descriptor_copy(at, descriptor);
	for (unsigned int depth = 0; depth <= NESTED_MAX; depth++) {
		auto_release(manifest) struct manifest index = { 0 };
		const struct descriptor *chosen;

		if (read_document(files, at, &image->manifest_bytes, &image->manifest, err) < 0)
			return -1;
		if (image->manifest.kind == MANIFEST_IMAGE) {
			replace_string(&at->media_type, image->manifest.media_type);
			take_parts(image);
			return 0;
		}
		index = image->manifest;
		image->manifest = (struct manifest){ 0 };
		chosen = manifest_choose(&index, platform, err);
		if (!chosen)
			return -1;
		descriptor_copy(at, chosen);
	}
	return error_set(err, ERROR_INVALID, "indexes lie in one another too deep");
}

/* Builders put attestations beside an image, marked as being for no platform. */
static bool is_no_image(const struct descriptor *descriptor)
{
	return strcmp(descriptor->platform.os, "unknown") == 0 &&
	       strcmp(descriptor->platform.architecture, "unknown") == 0;
}

/* Layouts of podman list an image once for each of its names. */
static struct archive_image *find_same(struct archive *archive, size_t count,
				       const struct archive_image *image)
{
	for (size_t i = 0; i < count; i++)
		if (digest_equal(&archive->images[i].manifest_descriptor.digest,
				 &image->manifest_descriptor.digest))
			return &archive->images[i];
	return NULL;
}

static int add_name(struct archive *archive, const char *full, struct error *err)
{
	struct archive_image *image = &archive->images[archive->count - 1];
	struct archive_image *same = find_same(archive, archive->count - 1, image);

	if (full && archive_add_name(archive, same ? same : image, full, err) < 0)
		return -1;
	if (same)
		archive_drop_last(archive);
	return 0;
}

static int read_entry(const struct archive_files *files, const struct descriptor *descriptor,
		      size_t at, const struct archive_choice *choice, struct archive *archive,
		      struct error *err)
{
	const char *ref = strings_get_value(&descriptor->annotations, ANNOTATION_REF);
	const char *name = strings_get_value(&descriptor->annotations, ANNOTATION_NAME);
	auto_free char *full = full_name(name ? name : ref);
	struct platform host;
	struct archive_image *image;

	if (!archive_is_meant(choice->reference, at, ref, full))
		return 0;
	platform_host(&host);
	image = archive_add(archive, err);
	if (!image)
		return -1;
	if (read_image(files, descriptor, choice->platform ? choice->platform : &host, image,
		       err) < 0)
		return error_context(err, "manifest sha256:%s", descriptor->digest.hex);
	descriptor_copy(&image->manifest_descriptor, &(struct descriptor){
		.media_type = image->manifest_descriptor.media_type,
		.digest = image->manifest_descriptor.digest,
		.size = image->manifest_descriptor.size,
	});
	return add_name(archive, full, err);
}

int archive_read_oci(const struct archive_files *files, const struct archive_choice *choice,
		     struct archive *archive, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_release(manifest) struct manifest index = { 0 };

	if (archive_files_read(files, ARCHIVE_INDEX, ARCHIVE_INDEX_SIZE_MAX, &text, err) < 0)
		return -1;
	/* Older writers leave its media type out. */
	if (manifest_decode(text.data ? text.data : "", text.size, MEDIA_TYPE_OCI_INDEX, &index,
			    err) < 0)
		return error_context(err, ARCHIVE_INDEX);
	for (size_t i = 0; i < index.manifest_count; i++) {
		if (is_no_image(&index.manifests[i]))
			continue;
		if (read_entry(files, &index.manifests[i], i, choice, archive, err) < 0)
			return -1;
	}
	return 0;
}
