/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Putting an image into the store whose layers are there: one that was loaded, imported,
 * committed, built.
 */
#ifndef IMAGE_IMAGE_RECORD_H
#define IMAGE_IMAGE_RECORD_H

#include "base/buffer.h"
#include "image/config.h"
#include "image/digest.h"
#include "image/manifest.h"

struct error;
struct store;

enum image_format { IMAGE_FORMAT_OCI, IMAGE_FORMAT_DOCKER };

/* The documents of one image, with the bytes that their digests are of. */
struct image_record {
	struct digest id;
	struct buffer config_bytes;
	struct image_config config;
	struct descriptor manifest;
	struct buffer manifest_bytes;
};
void image_record_release(struct image_record *record);

/* Sets id and config from bytes. */
int image_record_config(struct image_record *record, const void *data, size_t size,
			struct error *err);
/* Makes a manifest for the config: its layers are plain tars, found by their diff IDs, which
 * have to be in the store. */
int image_record_make_manifest(struct store *store, enum image_format format,
			       struct image_record *record, struct error *err);
/* The same of layers that are gzip'ed, as many as the config has diff IDs: only digest and size of
 * each are looked at. */
void image_record_make_compressed(enum image_format format, const struct descriptor *layers,
				  struct image_record *record);
/* Writes the documents and adds the image under `names` (full references with tag), or without a
 * name. ERROR_NOT_FOUND when a layer is missing. */
int image_record_put(struct store *store, const struct image_record *record,
		     const struct strings *names, struct error *err);

#endif
