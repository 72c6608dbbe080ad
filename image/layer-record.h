/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to image/layer-*.c: the record of a tar, from which it can be made
 * again byte for byte.
 *
 * A zstd stream: the magic, then frames, each a byte that tells its kind and
 * little-endian numbers:
 *	'B' u32 size, bytes		a run of bytes of the tar
 *	'C' u16 length, path, u64 size,		content of tree/PATH, a file of `size` bytes
 *	    u64 stored, u32 segments,		of which the tar holds `stored`: all,
 *	    segments * (u64 offset, u64 size)	or where there are segments, these
 *	'E' u64 size				the end; bytes of the whole tar
 */
#ifndef IMAGE_LAYER_RECORD_H
#define IMAGE_LAYER_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "image/tar.h"

#define RECORD_MAGIC "PROATAR1"
#define RECORD_MAGIC_SIZE 8
#define RECORD_RUN_MAX ((size_t)64 << 10)

struct record_writer;
struct record_writer *record_writer_new(int folder, const char *name, struct error *err);
int record_writer_bytes(struct record_writer *writer, const void *data, size_t size,
			struct error *err);
int record_writer_content(struct record_writer *writer, const char *path,
			  const struct tar_entry *entry, struct error *err);
uint64_t record_writer_markers(const struct record_writer *writer);	/* written so far */
int record_writer_finish(struct record_writer *writer, uint64_t tar_size, struct error *err);
void record_writer_free(struct record_writer *writer);	/* NULL is fine */

enum record_kind { RECORD_BYTES = 'B', RECORD_CONTENT = 'C', RECORD_END = 'E' };

struct record_frame {
	enum record_kind kind;
	const unsigned char *data;	/* bytes */
	uint64_t size;			/* of the bytes, the file, or the tar */
	uint64_t stored;
	char path[TAR_NAME_MAX];
	struct tar_segment *segments;	/* NULL: not sparse */
	size_t segment_count;
};

struct record_reader;
struct record_reader *record_reader_new(int folder, const char *name, struct error *err);
/* The next frame, borrowed until the next call; RECORD_END is the last. */
int record_reader_next(struct record_reader *reader, const struct record_frame **ret_frame,
		       struct error *err);
void record_reader_free(struct record_reader *reader);	/* NULL is fine */

#endif
