/* SPDX-License-Identifier: Apache-2.0 */
/* Containers' "dir" form: manifest.json is the manifest, and blobs are files named by their hex. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/sha256.h"
#include "image/archive-internal.h"

int archive_read_dir(const struct archive_files *files, const struct archive_choice *choice,
		     struct archive *archive, struct error *err)
{
	struct archive_image *image = archive_add(archive, err);
	struct buffer *bytes;

	(void)choice;	/* there is one image, and it has no name */
	if (!image)
		return -1;
	bytes = &image->manifest_bytes;
	if (archive_files_read(files, ARCHIVE_MANIFEST, MANIFEST_SIZE_MAX, bytes, err) < 0)
		return -1;
	if (manifest_decode(bytes->data ? bytes->data : "", bytes->size, NULL, &image->manifest,
			    err) < 0)
		return error_context(err, ARCHIVE_MANIFEST);
	if (image->manifest.kind != MANIFEST_IMAGE)
		return error_set(err, ERROR_UNSUPPORTED, "it holds an index, not one image");
	replace_string(&image->manifest_descriptor.media_type, image->manifest.media_type);
	sha256_hex(bytes->data, bytes->size, image->manifest_descriptor.digest.hex);
	image->manifest_descriptor.size = bytes->size;
	image->config = xstrdup(image->manifest.config.digest.hex);
	for (size_t i = 0; i < image->manifest.layer_count; i++)
		strings_add(&image->layers, image->manifest.layers[i].digest.hex);
	return 0;
}
