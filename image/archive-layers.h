/* SPDX-License-Identifier: Apache-2.0 */
/* Layers of an archive, unpacked into the store, several at once, each by a confined child. */
#ifndef IMAGE_ARCHIVE_LAYERS_H
#define IMAGE_ARCHIVE_LAYERS_H

#include <stddef.h>

#include "image/archive-files.h"
#include "image/layer.h"

struct descriptor;
struct digest;
struct error;
struct store;

struct archive_layer {
	const char *name;		/* of the part */
	const struct digest *diff_id;
	const struct descriptor *blob;	/* what the part has to be, or NULL: the diff ID alone counts */
};

/* Unpacks those that the store lacks. What is complete stays in the store even if another fails. */
int archive_layers_unpack(struct store *store, const struct archive_files *files,
			  const struct archive_layer *layers, size_t count,
			  enum layer_ownership ownership, struct error *err);

#endif
