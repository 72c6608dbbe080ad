/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to image/decompress*.c: the compressed input, and what one compression
 * format has to offer.
 */
#ifndef IMAGE_DECOMPRESS_CODEC_H
#define IMAGE_DECOMPRESS_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "image/decompress.h"

#define DECOMPRESS_INPUT_SIZE ((size_t)256 << 10)
#define DECOMPRESS_WINDOW_LOG_MAX 26	/* zstd: 64 MiB */

struct decompress_input {
	read_function read;
	void *argument;
	unsigned char *data;	/* DECOMPRESS_INPUT_SIZE bytes, owned */
	size_t start, end;	/* data[start..end) waits to be decoded */
	bool ended;
	uint64_t total;		/* bytes read so far */
};

/* Reads more behind what waits. 1: there is more now; 0: the input ended; -1. */
int decompress_input_fill(struct decompress_input *input, struct error *err);

struct decompress_codec {
	void *(*new)(void);
	/* As decompressor_read(). */
	ssize_t (*read)(void *codec, struct decompress_input *input, void *data, size_t size,
			struct error *err);
	void (*free)(void *codec);
};

extern const struct decompress_codec decompress_gzip;
extern const struct decompress_codec decompress_xz;
extern const struct decompress_codec decompress_zstd;

#endif
