/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream of plain bytes out of a gzip, zstd, xz or plain one, told apart by their
 * first bytes. Gzip goes through ISA-L where it was built in, else zlib.
 * Memory is bounded (zstd windows: 64 MiB; xz: 128 MiB), and so is the ratio (R9).
 */
#ifndef IMAGE_DECOMPRESS_H
#define IMAGE_DECOMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;
struct decompressor;

/* Gives up to `size` bytes of input; 0 at the end; -1 with *err. */
typedef ssize_t (*read_function)(void *argument, void *data, size_t size, struct error *err);

struct decompressor *decompressor_new(read_function read, void *argument);
/* Gives up to `size` plain bytes; 0 only at the true end of the stream: a truncated one, or one
 * with bytes behind it, is ERROR_INVALID. Concatenated gzip members and zstd frames are one. */
ssize_t decompressor_read(struct decompressor *decompressor, void *data, size_t size,
			  struct error *err);
/* Whether a stream that begins with these bytes (DECOMPRESS_MAGIC_SIZE, or all there are) is plain. */
#define DECOMPRESS_MAGIC_SIZE 6
bool decompress_is_plain(const unsigned char *data, size_t size);
void decompressor_free(struct decompressor *decompressor);	/* NULL is fine */

#endif
