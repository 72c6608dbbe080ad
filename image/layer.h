/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers: from a tar stream to a directory that overlayfs can use, and back to
 * the identical tar.
 *
 * A layer's folder holds
 *	tree/		the files
 *	tar.zst		the tar without file contents: its record (image/tar.h), compressed
 *	layer.json	diff ID, sizes, ownership mode
 *	blobs.json	the compressed forms seen, and where (image/layer-blobs.h)
 *	implied		only if entries lie in directories that no entry names (layer-implied.h)
 *	spill/		only if the tar replaces its own files: the contents that tree/ lost
 *
 * Unpacking treats the tar as hostile. Names are cleaned, then resolved below
 * tree/ by descriptor; ".." and absolute names, a parent that is a symbolic link
 * or no directory, a hard link to outside or to nothing: ERROR_INVALID naming the entry.
 * (A parent that is a link inside the same layer is refused too; no builder makes one.)
 * Whiteouts become what overlayfs has: a 0:0 character device, and the opaque
 * attribute (trusted.overlay. as root of the machine, user.overlay. in a user
 * namespace). Attributes in the overlay's own name space are refused.
 */
#ifndef IMAGE_LAYER_H
#define IMAGE_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/decompress.h"
#include "image/digest.h"

struct error;

enum layer_ownership {
	LAYER_OWNERS_APPLIED,	/* files belong to the ids in the tar, devices exist (as root) */
	LAYER_OWNERS_MAPPED,	/* in a user namespace: owners applied; device nodes only recorded */
	LAYER_OWNERS_RECORDED,	/* single-id mode: everything is ours; ids stay in the record */
};

struct layer_limits {		/* R9; 0 means the default */
	uint64_t bytes_max;	/* default 1 TiB of unpacked content */
	uint64_t entries_max;	/* default 20 million */
};

/* What layer.json tells. */
struct layer_info {
	struct digest diff_id;
	uint64_t size;		/* bytes of file content: what `images` adds up */
	uint64_t tar_size;	/* bytes of the plain tar */
	uint64_t entry_count;
	enum layer_ownership ownership;
	bool has_root;			/* the tar has an entry for "/": mode, owner, time */
};

/* Reads the (maybe compressed) stream to its end and unpacks it into `folder`, an empty
 * directory. Fills *ret_info; the caller sets its ownership and compares the
 * diff ID. Runs as the id-0 of whatever user namespace it is in; umask must not matter.
 * Parents that the tar does not name are made 0755, root, with mtime of the entry. Directory
 * times are set after their content. On failure the folder is left for the caller to remove. */
int layer_unpack(int folder, read_function read, void *argument,
		 enum layer_ownership ownership, const struct layer_limits *limits,
		 struct layer_info *ret_info, struct error *err);

typedef int (*write_function)(void *argument, const void *data, size_t size, struct error *err);
/* Streams the identical plain tar that `folder` was unpacked from. ERROR_INVALID when a file of
 * the tree is missing or has another size than the record says. */
int layer_pack(int folder, write_function write, void *argument, struct error *err);

int layer_info_read(int folder, struct layer_info *ret_info, struct error *err);
int layer_info_write(int folder, const struct layer_info *info, struct error *err);

#endif
