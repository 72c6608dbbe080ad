/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New layers: of a directory (what a container or a build step has changed), or of a tar
 * whose digest nobody knows yet (import).
 *
 * A directory is an overlay's upper one, or any: whiteouts (0:0 devices) and opaque
 * directories in it become those of the tar. The tar is deterministic: names sorted, owners as
 * numbers, times of modification alone, extended attributes that mean something elsewhere, hard
 * links told once; sockets have no place in it. It is never written down: one pass hashes it and makes the
 * record from which layer_pack() gives it back.
 */
#ifndef IMAGE_LAYER_CREATE_H
#define IMAGE_LAYER_CREATE_H

#include <stdbool.h>
#include <stdint.h>

#include "image/layer.h"

struct error;
struct store;
struct strings;

struct layer_source {
	int tree;			/* the directory; -1: `tar` it is */
	int tar;			/* a stream, maybe compressed; borrowed, as the next */
	/* Copied (or reflinked), what the source is becomes nothing to the layer. Or renamed: `tree` is
	 * `name` in the directory `parent`, on the store's file system, with nobody in it any more. */
	bool move;
	int parent;
	const char *name;

	enum layer_ownership ownership;
	bool with_root;			/* the tar has an entry for "/" */
	const struct strings *left_out;	/* paths without slash in front that are no part of it while they are
					 * empty files or directories; sorted; NULL: none */
	int64_t time_max;		/* ns; later times become this one; 0: none do */
};

/* Makes a layer of source->tree. *ret_info has its diff ID and sizes. The layer may have been in the
 * store already. On failure a moved tree is where it was, or gone. */
int layer_create(struct store *store, const struct layer_source *source,
		 struct layer_info *ret_info, struct error *err);
/* The same of source->tar, by a confined child. */
int layer_create_from_tar(struct store *store, const struct layer_source *source,
			  struct layer_info *ret_info, struct error *err);

#endif
