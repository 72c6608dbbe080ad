/* SPDX-License-Identifier: Apache-2.0 */
/* What the store's own files share: its parts, its index, its locks. */
#ifndef IMAGE_STORE_INTERNAL_H
#define IMAGE_STORE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lock.h"
#include "image/store.h"

#define INDEX_LOCK ".lock"	/* in images/ */

/* One root directory with images and layers. */
struct store_part {
	char *path;	/* for messages; NULL for our own */
	int images;	/* images/; -1 when a read-only store has none */
	int blobs;	/* images/blobs/sha256/ */
	int layers;	/* layers/ */
};

/* Nothing here changes after store_open(), so threads may share it. */
struct store {
	int root;
	int tmp;
	struct store_part *parts;	/* the first is ours, the others are read-only */
	size_t part_count;
};

/* store.c */
/* Whether a directory of a read-only store may be trusted: it belongs to root or to us. Warns. */
bool store_may_trust(int dir, const char *path);

/* store-index.c: index.json */
struct index_entry {
	struct descriptor manifest;	/* its annotations are those that are not below */
	char *name;			/* full reference with tag, or NULL */
	char *repository;		/* full name that it was known under, or NULL */
	struct digest id;		/* the config's digest */
	struct digest index;		/* what the name was at the registry, or unset */
	int64_t tagged_at;		/* ns */
};

struct store_index {
	struct index_entry *entries;
	size_t count;
	size_t room;
};

/* Loads the index of a part; none is an empty one. Entries that make no sense are left out with
 * a warning. */
int store_index_load(struct store *store, size_t part, struct store_index *ret_index,
		     struct error *err);
int store_index_save(struct store *store, const struct store_index *index, struct error *err);
void store_index_release(struct store_index *index);
void index_entry_release(struct index_entry *entry);
/* Adds `entry` (moved from), taking its name from whatever had it. */
void store_index_put(struct store_index *index, struct index_entry *entry);
/* Moves the entry at `at` to the end of `to`. */
void store_index_move(struct store_index *index, size_t at, struct store_index *to);
/* The entry named `name`, or NULL. */
struct index_entry *store_index_find_name(const struct store_index *index, const char *name);
bool store_index_has_id(const struct store_index *index, const struct digest *id);
/* What the entry's repository knows it by: the index's digest or else the manifest's. */
const struct digest *index_entry_digest(const struct index_entry *entry);

/* store-images.c */
/* Reads and decodes the config blob `id`. */
int store_load_config(struct store *store, const struct digest *id,
		      struct image_config *ret_config, struct error *err);
/* The config that the manifest `descriptor` names. */
int store_read_manifest(struct store *store, const struct descriptor *descriptor,
			struct digest *ret_id, struct error *err);

/* store-layers.c */
/* Takes a layer of our own out of the store by renaming it into tmp/. */
int store_take_layer_out(struct store *store, const struct digest *diff_id,
			 char **ret_tmp_name, struct error *err);

#endif
