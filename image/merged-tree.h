/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees on top of one another, read as overlayfs would show them, but without a mount: whiteouts
 * and opaque directories hide what lies below them, directories are merged.
 *
 * It works for anybody who can read the trees, in any namespace, while they are in use, and
 * nothing that is mounted in a container shows. Only names in open directories are looked
 * at; no link is followed.
 */
#ifndef IMAGE_MERGED_TREE_H
#define IMAGE_MERGED_TREE_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct tree_file;

/* A directory: what the trees have of it that shows, top first. */
struct merged_dir {
	struct merged_part {
		int fd;		/* owned */
		size_t tree;	/* which of the trees, 0 is the topmost */
	} *parts;
	size_t count;
	bool is_cut;		/* something hides what lower trees may have */
};

struct merged_name {
	char *name;
	size_t part;		/* of the directory: the one it shows from */
};

struct merged_names {
	struct merged_name *items;	/* sorted by name */
	size_t count;
};

/* The root of `trees` (open directories, borrowed, top first). */
int merged_open(const int *trees, size_t count, struct merged_dir *ret_dir, struct error *err);
/* What shows in a directory. */
int merged_list(const struct merged_dir *dir, struct merged_names *ret_names, struct error *err);
/* Opens what shows as `name`. 1; 0: nothing does; -1. *ret_part may be NULL. */
int merged_find(const struct merged_dir *dir, const char *name, struct tree_file *ret_file,
		size_t *ret_part, struct error *err);
/* Opens the directory that shows as `name` in the part `part`. */
int merged_enter(const struct merged_dir *dir, const char *name, size_t part,
		 struct merged_dir *ret_dir, struct error *err);
void merged_names_release(struct merged_names *names);
void merged_dir_release(struct merged_dir *dir);

#endif
