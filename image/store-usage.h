/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the store takes on disk, in bytes of blocks as du(1) counts them: every inode once, and
 * every one as a part of something.
 *
 * Files of other ids can only be measured by a process that may look into their directories: in
 * the user's namespace, or as root.
 */
#ifndef IMAGE_STORE_USAGE_H
#define IMAGE_STORE_USAGE_H

#include <stddef.h>
#include <stdint.h>

#include "image/digest.h"

struct error;
struct store;

/* Remembers the files that have several names: they count where they are met first. */
struct usage_meter;
struct usage_meter *usage_meter_new(void);
void usage_meter_free(struct usage_meter *meter);	/* NULL is fine */

/* Adds to *bytes what `name` in `dir` takes, with all that is below it on the same file system. What is
 * missing, or goes away meanwhile, takes nothing. What cannot be looked into is warned of and
 * counts by itself alone. */
int usage_add(struct usage_meter *meter, int dir, const char *name, uint64_t *bytes,
	      struct error *err);

struct layer_usage {
	struct digest diff_id;
	uint64_t bytes;
};

struct store_usage {
	struct layer_usage *layers;	/* of our own store, sorted by diff ID */
	size_t layer_count;
	uint64_t lists;		/* manifests, configs, the index, and the folders themselves */
	uint64_t partial;	/* tmp/: what is being fetched or made, or was left half done */
};

int store_measure(struct store *store, struct usage_meter *meter, struct store_usage *ret_usage,
		  struct error *err);
void store_usage_release(struct store_usage *usage);
/* Bytes of the layer in our own store; 0 when it is not there. */
uint64_t store_usage_of_layer(const struct store_usage *usage, const struct digest *diff_id);

#endif
