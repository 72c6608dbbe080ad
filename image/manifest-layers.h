/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A manifest with the same image in other clothes: layers compressed otherwise, or the media types
 * of the other family. Its config, and so the image ID, stays; its annotations, too.
 */
#ifndef IMAGE_MANIFEST_LAYERS_H
#define IMAGE_MANIFEST_LAYERS_H

#include <stddef.h>

#include "image/manifest.h"

struct error;

enum manifest_family { MANIFEST_OCI, MANIFEST_DOCKER };

/* That of a manifest's media type. */
enum manifest_family manifest_family_of(const char *media_type);
const char *manifest_media_type(enum manifest_family family);
/* NULL for zstd in docker's family, which has none. */
const char *layer_media_type(enum manifest_family family, enum layer_compression compression);

/* The manifest `data` with `layers` (as many as it has: media type, digest, size; other members
 * stay as they are) in `family`. New string, or NULL. */
char *manifest_with_layers(const char *data, size_t size, enum manifest_family family,
			   const struct descriptor *layers, size_t count, struct error *err);

#endif
