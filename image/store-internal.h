/* SPDX-License-Identifier: Apache-2.0 */
/* What the store's own files share: its parts, its index, its locks. */
#ifndef IMAGE_STORE_INTERNAL_H
#define IMAGE_STORE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lock.h"
#include "image/store-items.h"
#include "image/store.h"

struct json_t;

#define STORE_PARTIAL_PREFIX "blob-"	/* in tmp/: image/layer-partial.h */
#define INDEX_LOCK ".lock"	/* in images/; so the next */
#define STORE_INDEX_FILE "index.json"

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
	bool wants_owners;	/* see store_want_owners() */
	int writer;	/* but for this: see store_announce_writer(); -1 none */
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
	struct store_items others;	/* what is no image */
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
/* Takes its name from the entry at `at`. What a registry knows stays known by digest, and an
 * image that has nothing else stays as one without a name. */
void store_index_take_name(struct store_index *index, size_t at);
/* Moves the entry at `at` to the end of `to`. */
void store_index_move(struct store_index *index, size_t at, struct store_index *to);
/* The entry named `name`, or NULL. */
struct index_entry *store_index_find_name(const struct store_index *index, const char *name);
bool store_index_has_id(const struct store_index *index, const struct digest *id);
/* What the entry's repository knows it by: the index's digest or else the manifest's. */
const struct digest *index_entry_digest(const struct index_entry *entry);

/* store-items.c */
/* 1 with *ret_item if the entry of index.json is no image, else 0. */
int store_item_decode(const struct json_t *json, struct store_item *ret_item);
struct json_t *store_item_encode(const struct store_item *item);	/* new reference */
void store_items_add(struct store_items *items, struct store_item *item);	/* moved from */
void store_items_drop(struct store_items *items, size_t at);

/* store-item-holdings.c */
/* What must stay in the store, as hex digits. */
struct holdings {
	struct strings blobs;
	struct strings layers;	/* diff IDs */
};
void holdings_release(struct holdings *holdings);
/* Adds what an item needs of what is in the store; its documents are read. */
void holdings_add_item(struct holdings *holdings, struct store *store,
		       const struct store_item *item);
/* What all lists and artifacts of `index` need: removing an image leaves that. */
void holdings_of_items(struct store *store, const struct store_index *index,
		       struct holdings *ret_holdings);

/* store-names.c */
/* Whether the layers of the image `id` are all there: ERROR_NOT_FOUND names the first that is not. */
int store_check_layers(struct store *store, const struct digest *id, struct error *err);

/* store-images.c */
/* Reads and decodes the config blob `id`. */
int store_load_config(struct store *store, const struct digest *id,
		      struct image_config *ret_config, struct error *err);
/* The config that the manifest `descriptor` names. */
int store_read_manifest(struct store *store, const struct descriptor *descriptor,
			struct digest *ret_id, struct error *err);

/* store-reserve.c */
/* Keeps as much space as a new index takes, if the disk has it. */
void store_reserve_keep(struct store *store);
/* store_index_save() for what shall work on a full disk: it may use that space, and takes that of
 * partial downloads. */
int store_index_save_smaller(struct store *store, const struct store_index *index,
			     struct error *err);

/* store-prune.c */
/* Tells that this process brings layers into the store: until it ends or closes the store,
 * store_prune() leaves those alone that nothing needs yet. */
int store_announce_writer(struct store *store, struct error *err);

/* store-layers.c */
/* Takes a layer of our own out of the store by renaming it into tmp/. */
int store_take_layer_out(struct store *store, const struct digest *diff_id,
			 char **ret_tmp_name, struct error *err);

#endif
