/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A gzip or zstd stream out of plain bytes. Gzip goes through ISA-L where it was built in,
 * else zlib. The same bytes in the same pieces at the same level give the same stream on one
 * machine: no time and no name is written into it.
 */
#ifndef IMAGE_COMPRESS_H
#define IMAGE_COMPRESS_H

#include <stddef.h>

#include "image/layer.h"
#include "image/manifest.h"

struct compressor;
struct error;

#define COMPRESS_LEVEL_DEFAULT 0
/* The largest level of `compression`: 9, 22; 0 for LAYER_PLAIN. ISA-L has three, onto which
 * gzip's nine are spread. */
int compress_level_max(enum layer_compression compression);

/* LAYER_PLAIN passes the bytes on. `level` from 1, or COMPRESS_LEVEL_DEFAULT, which is made for
 * speed. */
struct compressor *compressor_new(enum layer_compression compression, int level,
				  write_function write, void *argument);
int compressor_write(struct compressor *compressor, const void *data, size_t size,
		     struct error *err);
/* Writes what is left, and the end. */
int compressor_finish(struct compressor *compressor, struct error *err);
void compressor_free(struct compressor *compressor);	/* NULL is fine */

#endif
