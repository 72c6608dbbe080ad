/* SPDX-License-Identifier: Apache-2.0 */
/* Private to engine/copy*.c: what a path that cp was given means, by docker's rules. */
#ifndef ENGINE_COPY_PLACE_H
#define ENGINE_COPY_PLACE_H

#include <stdbool.h>

struct error;

/* `root` is the directory that paths begin at and cannot leave; -1: the host's. */

struct copy_source {
	int dir;		/* owned */
	char *name;		/* in dir; "." is dir itself */
	char *base;		/* what its copy inside a directory is called */
	bool is_dir;
	bool only_content;	/* "DIR/.": what is in it, not itself */
};
#define COPY_SOURCE_NONE ((struct copy_source){ .dir = -1 })
/* What the text alone tells: base and only_content. */
void copy_source_describe(const char *path, struct copy_source *ret_source);
int copy_source_open(int root, const char *path, bool follow_link, struct copy_source *ret_source,
		     struct error *err);
void copy_source_release(struct copy_source *source);

struct copy_target {
	int dir;		/* owned */
	char *name;		/* of the copy in dir; "." merges it with dir */
};
#define COPY_TARGET_NONE ((struct copy_target){ .dir = -1 })
/* `source` tells what comes: base, is_dir, only_content. NULL: anything, into a directory. */
int copy_target_open(int root, const char *path, const struct copy_source *source,
		     struct copy_target *ret_target, struct error *err);
void copy_target_release(struct copy_target *target);

#endif
