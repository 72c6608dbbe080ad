/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the store names beside images: manifest lists that are being put together, and
 * artifacts.
 *
 * Both are entries of images/index.json, with all their documents in images/blobs/ and, of
 * an artifact, its files too. A list is an image index; an artifact is a manifest, told by
 * the annotation "proa.artifact" (its type). An image, a list and an artifact may have the
 * same name: commands that take any of them look for the image first.
 *
 * What a list's members need (manifests, configs, and layers that are in the store) stays
 * as long as the list does, whatever becomes of the images. Where a member came from is
 * annotated "proa.source.DIGEST" = reference, so that a push can fetch it there.
 */
#ifndef IMAGE_STORE_ITEMS_H
#define IMAGE_STORE_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "image/manifest.h"
#include "image/store.h"

struct buffer;
struct error;
struct reference;

enum store_item_kind { STORE_LIST, STORE_ARTIFACT };

struct store_item {
	enum store_item_kind kind;
	struct descriptor document;	/* the index, or the artifact's manifest */
	char *name;			/* full reference with tag, or NULL */
	char *repository;		/* full name, or NULL */
	char *artifact_type;		/* of an artifact; else NULL */
	struct strings sources;		/* of a list: "sha256:HEX=REFERENCE" */
	int64_t tagged_at;		/* ns */
	bool read_only;			/* it is in a store behind ours */
};
void store_item_copy(struct store_item *to, const struct store_item *from);	/* replaces *to */
void store_item_release(struct store_item *item);

struct store_items {
	struct store_item *items;
	size_t count;
};
void store_items_release(struct store_items *items);

/* All of a kind, by name. */
int store_items_list(struct store *store, enum store_item_kind kind,
		     struct store_items *ret_items, struct error *err);
/* Finds one by name (as docker.io's, then as localhost's), by name@digest, by its digest, or by a
 * beginning of that which no other has. ERROR_NOT_FOUND. */
int store_item_find(struct store *store, enum store_item_kind kind, const char *name,
		    struct store_item *ret_item, struct error *err);
/* The same, with the bytes of its document. */
int store_item_read(struct store *store, enum store_item_kind kind, const char *name,
		    struct store_item *ret_item, struct buffer *document, struct error *err);

struct store_item_change {
	const struct store_item *item;
	/* A folder with new blobs, named by their hex digits, verified; they move into the store.
	 * -1: there are none. */
	int blobs;
	/* The digest that the item's name must stand for now: ERROR_BUSY if it does not; unset:
	 * the name must be free, or it is ERROR_EXISTS. NULL: whatever. */
	const struct digest *before;
	/* Diff IDs that containers need. NULL: layers that only the old one held stay. */
	const struct strings *keep;
};
/* Puts an item into our store, in place of what its name stood for. ERROR_NOT_FOUND when a blob or
 * layer that it needs is not there, perhaps since another process has just removed it. */
int store_item_put(struct store *store, const struct store_item_change *change,
		   struct error *err);
/* Gives it a further name, which is taken from what had it. */
int store_item_tag(struct store *store, const struct store_item *item,
		   const struct reference *reference, struct error *err);
/* Removes it, and what nothing else needs. `keep` are diff IDs that containers need, or NULL. */
int store_item_remove(struct store *store, const struct store_item *item,
		      const struct strings *keep, struct error *err);

/* Opens a blob of images/ for reading; ret_size is its length. ERROR_NOT_FOUND. */
int store_open_blob(struct store *store, const struct digest *digest, uint64_t *ret_size,
		    struct error *err);

#endif
