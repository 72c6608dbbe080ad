/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has come so far of a layer's compressed bytes: a file in the store's tmp/, so that
 * the next pull goes on where this one had to stop, and so that others who wait for
 * the layer see how far it is.
 *
 *	tmp/blob-HEX	HEX is the blob's digest; locked (flock) by whoever writes it
 *
 * Nothing vouches for its content (a power cut may have left zeros): the whole is held against the
 * digest once it is complete. What nobody has touched for LAYER_PARTIAL_AGE_MAX is swept.
 */
#ifndef IMAGE_LAYER_PARTIAL_H
#define IMAGE_LAYER_PARTIAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct digest;
struct error;
struct store;

#define LAYER_PARTIAL_AGE_MAX (7 * 86400)	/* seconds */

struct layer_partial {
	int tmp;	/* borrowed from the store */
	int file;	/* -1: there is none */
	char *name;
	uint64_t size;	/* bytes that are there */
	char *etag;	/* of the server that gave the first of them, or NULL */
};
#define LAYER_PARTIAL_NONE ((struct layer_partial){ .file = -1 })

/* Opens what there is of `blob`, or makes it. What is longer than `size_max` is none of it, and thrown
 * away. ERROR_BUSY while another process has it. */
int layer_partial_open(struct store *store, const struct digest *blob, uint64_t size_max,
		       struct layer_partial *ret_partial, struct error *err);
/* As pread(2). */
ssize_t layer_partial_read(const struct layer_partial *partial, uint64_t offset, void *data,
			   size_t size);
/* Adds to it. When it cannot (a full disk), it is given up: `file` is -1 then. */
void layer_partial_append(struct layer_partial *partial, const void *data, size_t size);
void layer_partial_set_etag(struct layer_partial *partial, const char *etag);
/* Moves it into `folder` under `name`: it is complete, and somebody wants it. */
int layer_partial_keep(struct layer_partial *partial, int folder, const char *name,
		       struct error *err);
void layer_partial_drop(struct layer_partial *partial);	/* removes it; none is fine */
void layer_partial_release(struct layer_partial *partial);	/* leaves it for the next time */

/* How much of `blob` whoever fetches it has got; 0: not known. */
uint64_t layer_partial_progress(const struct store *store, const struct digest *blob);
/* Removes those that nobody writes and that are older than so many seconds. */
void layer_partials_sweep(const struct store *store, int64_t age);

#endif
