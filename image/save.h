/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the store into an archive or a directory.
 *
 * Layers stream through: nothing is held in memory, and no second copy is on disk. The same
 * images under the same names give the same bytes. Layers are plain tars, whose digests are known
 * beforehand: so configs, image IDs and diff IDs are what they were.
 */
#ifndef IMAGE_SAVE_H
#define IMAGE_SAVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strings.h"
#include "image/digest.h"

struct error;
struct store;

enum save_format {
	SAVE_DOCKER_ARCHIVE,	/* what `docker load` reads */
	SAVE_OCI_ARCHIVE,	/* an OCI image layout in a tar */
	SAVE_OCI_DIR,		/* added to those that the layout has */
	SAVE_DOCKER_DIR,	/* containers' "dir": one image */
};

struct save_item {
	struct digest id;
	struct strings names;	/* full references that it is saved under, or for an OCI layout any
				 * text; may be empty */
};

struct save_request {
	enum save_format format;
	int output;		/* borrowed: of an archive a file or pipe; else a directory */
	const struct save_item *items;
	size_t count;
	bool compress;		/* gzip the layers: of the directory forms only */
};

/* On failure what was written by then is there; who wants all or nothing renames. */
int image_save(struct store *store, const struct save_request *request, struct error *err);

#endif
