/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a blob's bytes from the network to whoever reads the pipe, never waiting for it:
 * what the pipe does not take yet is held, up to one chunk. Bytes that are kept in a file
 * (image/layer-partial.h) go into the pipe from there, without being copied again.
 */
#ifndef REGISTRY_BLOB_PIPE_H
#define REGISTRY_BLOB_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct layer_partial;

struct blob_pipe {
	int fd;				/* the writing end, owned, not blocking */
	struct layer_partial *partial;	/* borrowed, or NULL */
	char *chunk;
	size_t start, kept, end;	/* in chunk: what is to be written, and in the file already */
	uint64_t splice_at;		/* in the file: what goes next from there, */
	size_t unspliced;		/* and how much */
	bool no_splice;			/* the file system cannot do it */
	bool abandoned;			/* nobody reads any more: all is taken, and goes nowhere, not into
					 * the file either, which would have gaps */
};

void blob_pipe_init(struct blob_pipe *pipe, int fd, struct layer_partial *partial);
/* Takes all of `size` bytes (at most BLOB_PIPE_CHUNK), or nothing as long as there is no room. */
#define BLOB_PIPE_CHUNK ((size_t)256 << 10)
bool blob_pipe_put(struct blob_pipe *pipe, const void *data, size_t size);
/* Takes bytes of the file, `data` from `offset` on. Only while it is empty. */
void blob_pipe_feed(struct blob_pipe *pipe, uint64_t offset, const void *data, size_t size);
/* Moves on what it holds, as far as the pipe takes it. */
void blob_pipe_flush(struct blob_pipe *pipe);
bool blob_pipe_is_empty(const struct blob_pipe *pipe);
/* Whether blob_pipe_put() would take what libcurl brings at a time. */
bool blob_pipe_has_room(const struct blob_pipe *pipe);
void blob_pipe_close(struct blob_pipe *pipe);	/* the end, for the reader; twice is fine */

#endif
