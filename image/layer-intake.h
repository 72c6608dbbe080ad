/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One layer on its way into the store, wherever its bytes come from (a registry,
 * an archive): the layer's lock, a folder in tmp/, and the confined child that
 * unpacks into it.
 *
 *	lock (layer_intake_lock) -> start -> the caller writes the compressed
 *	bytes and checks their own digest -> finish, which checks the diff ID
 *
 * Dropping it at any point leaves the store as it was.
 */
#ifndef IMAGE_LAYER_INTAKE_H
#define IMAGE_LAYER_INTAKE_H

#include <stdbool.h>

#include "image/layer-blobs.h"
#include "image/layer-unpacker.h"
#include "image/store.h"

struct error;
struct layer_partial;

struct layer_intake {
	struct store *store;		/* borrowed; so the next */
	const struct digest *diff_id;
	enum layer_ownership ownership;
	int lock;
	struct store_staging staging;
	struct unpacker unpacker;	/* .report becomes readable when the child gives up */
	struct layer_partial *kept;	/* borrowed: the complete blob that the layer's folder is to keep
					 * (LAYER_BLOB_KEPT), or NULL */
};

/* Prepares; nothing is held yet. */
void layer_intake_init(struct layer_intake *intake, struct store *store,
		       const struct digest *diff_id, enum layer_ownership ownership);

/* Takes the lock. 1: go on with layer_intake_start(); 0: the layer is in the store already (perhaps since
 * just now). With `wait` false ERROR_BUSY when another process is at it; wait only while holding no
 * other layer's lock, or two processes wait for each other. */
int layer_intake_lock(struct layer_intake *intake, bool wait, struct error *err);

/* Starts the child. *ret_input takes the (maybe compressed) bytes; closing it is their end. A
 * write that fails with EPIPE: call layer_intake_explain(). */
int layer_intake_start(struct layer_intake *intake, int *ret_input, struct error *err);

/* Why the child gave up before the end of its input: fills *err, returns -1. */
int layer_intake_explain(struct layer_intake *intake, struct error *err);

/* All bytes were written and right: waits for the child, compares the diff ID (ERROR_INVALID), and
 * puts the layer in its place. `blob` is what it came from, for push to find again; with its
 * media type and one source; or NULL. */
int layer_intake_finish(struct layer_intake *intake, const struct layer_blob *blob,
			struct error *err);

/* Ends the child if it runs and removes what is half done; the lock stays, for another start. */
void layer_intake_undo(struct layer_intake *intake);

/* The same, and gives the lock back. */
void layer_intake_release(struct layer_intake *intake);

#endif
