/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compressed forms in which a layer was seen, and where: what lets a push
 * skip a layer, mount it from another repository, or stream it again from where
 * it came from, so that the manifest's digest stays.
 *
 * A file blobs.json in the layer's folder, replaced by rename; read-only stores
 * may have none. At most LAYER_BLOBS_MAX forms of LAYER_SOURCES_MAX sources each are
 * kept, the newest first.
 */
#ifndef IMAGE_LAYER_BLOBS_H
#define IMAGE_LAYER_BLOBS_H

#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "image/digest.h"

struct error;

#define LAYER_BLOBS_MAX 8
#define LAYER_SOURCES_MAX 8
#define LAYER_BLOB_KEPT "blob"	/* in the layer's folder: the bytes of the newest form, if they are kept */

struct layer_blob {
	struct digest digest;
	uint64_t size;
	char *media_type;
	struct strings sources;	/* repositories that hold it: "docker.io/library/debian" */
};

struct layer_blobs {
	struct layer_blob *items;
	size_t count;
};

/* What `folder` (of a layer) tells; a missing file is an empty list. */
int layer_blobs_read(int folder, struct layer_blobs *ret_blobs, struct error *err);
/* Adds `blob` (copied) in front, or its sources to the same form that is there already. */
int layer_blobs_add(int folder, const struct layer_blob *blob, struct error *err);
/* The form with that digest, or NULL. Borrowed. */
const struct layer_blob *layer_blobs_find(const struct layer_blobs *blobs,
					  const struct digest *digest);
void layer_blob_copy(struct layer_blob *to, const struct layer_blob *from);	/* replaces *to */
void layer_blob_release(struct layer_blob *blob);
void layer_blobs_release(struct layer_blobs *blobs);

#endif
