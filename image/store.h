/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image store: plain files below a root directory.
 *
 *	images/		an OCI image layout (oci-layout, index.json, blobs/sha256/HEX) that
 *			holds manifests and configs, but no layer blobs
 *	layers/HEX/	unpacked layers by diff ID (image/layer.h)
 *	tmp/		everything half done: tmp/<what>-<random>/, each locked by its maker;
 *			tmp/blob-<digest>, what has come of a layer (image/layer-partial.h)
 *
 * In index.json every named image has one entry, annotated
 * org.opencontainers.image.ref.name = full reference ("docker.io/library/debian:12"); an
 * image without a name has an entry without it. What a tag was resolved from (an index) is
 * annotated "proa.index" = digest, for RepoDigests; what has no tag but was known at a registry
 * keeps "proa.repository" = full name; "proa.config" = image ID and "proa.tagged" = time.
 *
 * Read-only stores of the same shape may stand behind it (the installation's own, the
 * machine's); they are searched after it and never written.
 *
 * Locks: images/.lock around changes of index.json; layers/.HEX.lock while a layer is
 * fetched. Nothing else: readers need none, since files appear by rename.
 * Files belong to the user himself, 0600 below 0700 (R14).
 */
#ifndef IMAGE_STORE_H
#define IMAGE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "image/config.h"
#include "image/digest.h"
#include "image/layer.h"
#include "image/manifest.h"
#include "image/reference.h"

struct buffer;
struct error;
struct store;

/* Opens the store below `root` (a directory descriptor, duplicated), making what is missing.
 * `read_only_roots` are paths of further stores; those that do not exist are passed over. */
struct store *store_open(int root, const struct strings *read_only_roots, struct error *err);
void store_close(struct store *store);	/* NULL is fine */
int store_root(const struct store *store);	/* borrowed descriptor */
/* From now on layers of ours that were unpacked with a single id (LAYER_OWNERS_RECORDED) count as
 * missing, and are replaced when they come again: the caller has subordinate ids now, and can own
 * their files as they should be. */
void store_want_owners(struct store *store);
/* Replaces *ret_paths by those of the read-only stores that were found. */
void store_read_only_paths(const struct store *store, struct strings *ret_paths);

/* One image as the store knows it. */
struct image {
	struct digest id;		/* the config's digest: docker's image ID */
	struct digest manifest;		/* the manifest's digest */
	struct strings names;		/* full references with tag */
	struct strings digests;		/* full "name@sha256:..." of RepoDigests */
	struct image_config config;
	uint64_t size;			/* content bytes of all layers */
	bool read_only;			/* it is in a store behind ours */
	int64_t tagged_at;		/* ns; 0 unknown */
};
void image_free(struct image *image);	/* NULL is fine */

/* All images, newest (config.created) first; damaged ones are left out with a warning (they never
 * stop a command). The array and each image are owned by the caller: store_free_images(). */
int store_list(struct store *store, struct image ***ret_images, size_t *ret_count,
	       struct error *err);
void store_free_images(struct image **images, size_t count);

/* Finds an image as the user names it: full ID, name, then unique ID prefix (with or without
 * "sha256:"); a name without host is looked up as docker.io's, then as localhost/. NULL with
 * ERROR_NOT_FOUND "No such image: X", or ERROR_INVALID when a prefix is ambiguous. */
struct image *store_find(struct store *store, const char *name, struct error *err);

/* Blobs of images/ (manifests and configs). Reading checks size against `max` and the digest
 * only when `verify`: libcrypto is not in every program (see base/sha256.h). */
int store_read_blob(struct store *store, const struct digest *digest, size_t max,
		    struct buffer *buffer, struct error *err);
/* The caller has verified that `data` has that digest. Durable. */
int store_write_blob(struct store *store, const struct digest *digest, const void *data,
		     size_t size, struct error *err);

/* Layers. The folder's descriptor, or -1 with ERROR_NOT_FOUND. Read-only stores count. */
int store_open_layer(struct store *store, const struct digest *diff_id, struct error *err);
bool store_has_layer(struct store *store, const struct digest *diff_id);
/* Takes the layer's lock (waiting for another process that fetches the same one; `waiting` is
 * called once before it blocks, may be NULL). Afterwards ask store_has_layer() again. */
int store_lock_layer(struct store *store, const struct digest *diff_id,
		     void (*waiting)(void *argument), void *argument, struct error *err);
/* The same without waiting: ERROR_BUSY when another process holds it. */
int store_try_lock_layer(struct store *store, const struct digest *diff_id, struct error *err);
/* An empty, locked folder in tmp/ to unpack into. */
struct store_staging {
	int folder;	/* directory descriptor */
	int lock;	/* held while the folder is in use */
	char *name;	/* below tmp/ */
};
int store_stage(struct store *store, const char *what, struct store_staging *ret_staging,
		struct error *err);
/* Syncs the folder's file system and renames it to layers/HEX. Already there: the staged one is
 * removed, success. */
int store_commit_layer(struct store *store, struct store_staging *staging,
		       const struct digest *diff_id, struct error *err);
/* Removes what was not committed. */
void store_staging_release(struct store_staging *staging);
/* Removes what killed processes left in tmp/ (folders whose lock is free, and whatever was not
 * made by store_stage()). Called by writers. */
void store_sweep(struct store *store);

/* Records the manifest (already written as a blob, like its config) under `reference` (NULL: no
 * name), taking the name from whatever image had it. With a digest in `reference` the image gets
 * no tag. `index` is the digest the tag named at the registry, or NULL. ERROR_NOT_FOUND when a
 * layer is missing, perhaps since another process has just removed it: fetch again. */
int store_add_image(struct store *store, const struct reference *reference,
		    const struct descriptor *manifest, const struct digest *index,
		    struct error *err);
/* Which of the image's full names `text` is, as a new string; NULL when it is an ID. */
char *image_name_meant(const struct image *image, const char *text);
/* Takes `name`, as a user types it, or with NULL all names from an image, which stays. ERROR_NOT_FOUND;
 * read-only images: ERROR_UNSUPPORTED. */
int store_untag(struct store *store, const struct image *image, const char *name,
		struct error *err);
/* Adds a name to an image. */
int store_tag(struct store *store, const struct image *image, const struct reference *reference,
	      struct error *err);
/* What was done, in docker's words: "Untagged: ...", "Deleted: sha256:...". */
typedef void (*store_removed)(void *argument, const char *line);
/* Removes one name (full reference), or with `name` NULL all names; the last name takes the
 * manifest, config and the layers that no other image uses along. `keep` are diff IDs that
 * containers need. Read-only images: ERROR_UNSUPPORTED. */
int store_remove(struct store *store, const struct image *image, const char *name,
		 const struct strings *keep, store_removed removed, void *argument,
		 struct error *err);
/* Removes what nobody is about to use: layers that neither an image nor `keep` needs, unless another
 * process is bringing some in, and what is half done in tmp/ and nobody works on. */
int store_prune(struct store *store, const struct strings *keep, store_removed removed,
		void *argument, struct error *err);

#endif
