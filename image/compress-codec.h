/* SPDX-License-Identifier: Apache-2.0 */
/* Private to image/compress*.c: what one compression format has to offer. */
#ifndef IMAGE_COMPRESS_CODEC_H
#define IMAGE_COMPRESS_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "image/compress.h"

#define COMPRESS_OUTPUT_SIZE ((size_t)256 << 10)

struct compress_output {
	write_function write;
	void *argument;
	unsigned char *data;	/* COMPRESS_OUTPUT_SIZE bytes, owned */
};

struct compress_codec {
	void *(*new)(int level);
	/* Compresses all of `data`; with `last` it also ends the stream. */
	int (*write)(void *codec, struct compress_output *output, const void *data, size_t size,
		     bool last, struct error *err);
	void (*free)(void *codec);
	int level_max;
};

extern const struct compress_codec compress_gzip;
extern const struct compress_codec compress_zstd;

#endif
