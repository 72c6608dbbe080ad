/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl hands out 16 KiB at a time; a write and a pwrite for each would take longer than
 * inflating them. splice(2) puts the file's own pages into the pipe.
 */
#include "registry/blob-pipe.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "image/layer-partial.h"

void blob_pipe_init(struct blob_pipe *pipe, int fd, struct layer_partial *partial)
{
	*pipe = (struct blob_pipe){ .fd = fd, .partial = partial };
}

bool blob_pipe_is_empty(const struct blob_pipe *pipe)
{
	return pipe->abandoned || (pipe->start == pipe->end && !pipe->unspliced);
}

bool blob_pipe_has_room(const struct blob_pipe *pipe)
{
	return pipe->abandoned || pipe->end + CURL_MAX_WRITE_SIZE <= BLOB_PIPE_CHUNK;
}

static bool is_kept(const struct blob_pipe *pipe)
{
	return pipe->partial && pipe->partial->file >= 0;
}

void blob_pipe_close(struct blob_pipe *pipe)
{
	/* What the reader did not get any more is worth keeping all the same. */
	if (pipe->kept < pipe->end && !pipe->abandoned && is_kept(pipe))
		layer_partial_append(pipe->partial, pipe->chunk + pipe->kept,
				     pipe->end - pipe->kept);
	auto_close_fd(&pipe->fd);
	free(pipe->chunk);
	*pipe = (struct blob_pipe){ .fd = -1 };
}

/* A file system that has no splice(2) shows it at the first try, while the chunk is free. What else fails
 * ends the stream. */
static void splice_by_hand(struct blob_pipe *pipe)
{
	ssize_t count = -1;

	if (pipe->end == 0)
		count = layer_partial_read(pipe->partial, pipe->splice_at, pipe->chunk,
					   pipe->unspliced);
	if (count != (ssize_t)pipe->unspliced) {
		pipe->abandoned = true;
		return;
	}
	pipe->no_splice = true;
	pipe->end = pipe->kept = (size_t)count;
	pipe->unspliced = 0;
}

static void splice_some(struct blob_pipe *pipe)
{
	while (pipe->unspliced > 0 && !pipe->abandoned) {
		off_t offset = (off_t)pipe->splice_at;
		ssize_t count = splice(pipe->partial->file, &offset, pipe->fd, NULL,
				       pipe->unspliced, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);

		if (count > 0) {
			pipe->splice_at += (uint64_t)count;
			pipe->unspliced -= (size_t)count;
		} else if (count < 0 && errno == EAGAIN) {
			return;
		} else if (count < 0 && errno == EPIPE) {
			pipe->abandoned = true;
		} else if (count == 0 || errno != EINTR) {
			splice_by_hand(pipe);
		}
	}
}

static void write_some(struct blob_pipe *pipe)
{
	while (pipe->start < pipe->end && !pipe->abandoned) {
		ssize_t count = write(pipe->fd, pipe->chunk + pipe->start,
				      pipe->end - pipe->start);

		if (count >= 0)
			pipe->start += (size_t)count;
		else if (errno == EAGAIN)
			return;
		else if (errno != EINTR)
			pipe->abandoned = true;
	}
}

/* Puts what is new into the file. Then the file has what the chunk had, if it can be spliced. */
static void keep_chunk(struct blob_pipe *pipe)
{
	size_t size = pipe->end - pipe->kept;

	layer_partial_append(pipe->partial, pipe->chunk + pipe->kept, size);
	pipe->kept = pipe->end;
	if (!is_kept(pipe) || pipe->no_splice)
		return;
	pipe->splice_at = pipe->partial->size - size;
	pipe->unspliced = size;
	pipe->start = pipe->kept = pipe->end = 0;
}

void blob_pipe_flush(struct blob_pipe *pipe)
{
	for (;;) {
		splice_some(pipe);
		if (pipe->unspliced || pipe->abandoned)
			return;
		if (pipe->kept == pipe->end || !is_kept(pipe))
			break;
		keep_chunk(pipe);
	}
	write_some(pipe);
	if (pipe->start == pipe->end)
		pipe->start = pipe->kept = pipe->end = 0;
}

bool blob_pipe_put(struct blob_pipe *pipe, const void *data, size_t size)
{
	if (!pipe->chunk)
		pipe->chunk = xmalloc(BLOB_PIPE_CHUNK);
	if (pipe->abandoned)
		return true;
	if (pipe->end + size > BLOB_PIPE_CHUNK)
		blob_pipe_flush(pipe);
	if (pipe->end + size > BLOB_PIPE_CHUNK)
		return pipe->abandoned;
	memcpy(pipe->chunk + pipe->end, data, size);
	pipe->end += size;
	return true;
}

void blob_pipe_feed(struct blob_pipe *pipe, uint64_t offset, const void *data, size_t size)
{
	if (pipe->no_splice) {
		blob_pipe_put(pipe, data, size);
		pipe->kept = pipe->end;
	} else {
		if (!pipe->chunk)
			pipe->chunk = xmalloc(BLOB_PIPE_CHUNK);
		pipe->splice_at = offset;
		pipe->unspliced = size;
	}
}
