/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of a directory tree, read as the entry of a tar that it becomes.
 *
 * Only names in open directories are looked at, and no link is followed. Overlay's marks are
 * told apart from attributes: 0:0 devices and opaque directories; fuse-overlayfs without the
 * right to make devices writes the tar's own names (".wh.NAME") into its upper directory, which
 * are known too.
 */
#ifndef IMAGE_TREE_FILE_H
#define IMAGE_TREE_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "image/tar.h"

struct error;
struct strings;

struct tree_file {
	struct stat stat;
	int fd;			/* files and directories: open for reading; else -1 */
	struct tar_entry entry;	/* `name` is not set; link and attributes are owned */
	bool is_socket;		/* no tar has a place for it */
	bool is_whiteout;
	bool is_opaque;		/* a directory */
};

/* 1; 0: it has gone away meanwhile; -1. */
int tree_file_open(int dir, const char *name, struct tree_file *ret_file, struct error *err);
/* The same of an open directory itself, whose descriptor stays the caller's. */
int tree_file_directory(int dir, struct tree_file *ret_file, struct error *err);
void tree_file_release(struct tree_file *file);

/* Whether the file, `path` in its tree, is left out: it is in the sorted list `left_out` (or NULL), and is an
 * empty file, or a directory with nothing in it that is not left out itself. 1, 0, -1. */
int tree_file_left_out(const struct tree_file *file, const char *path,
		       const struct strings *left_out, struct error *err);

/* The name that a fuse-overlayfs whiteout file hides, or NULL: `name` is none. */
const char *tree_file_hidden(const char *name);
#define TREE_OPAQUE_NAME ".wh..wh..opq"

#endif
