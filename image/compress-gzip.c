/* SPDX-License-Identifier: Apache-2.0 */
/* One gzip member (RFC 1952). */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "image/compress-codec.h"

#define LEVEL_MAX 9

#ifdef HAVE_ISAL

#include <isa-l/igzip_lib.h>

struct gzip_codec {
	struct isal_zstream stream;
	unsigned char *level_buffer;
};

/* ISA-L's levels for gzip's: 1 to 3. */
static void set_level(struct gzip_codec *codec, int level)
{
	static const uint32_t sizes[] = {
		[1] = ISAL_DEF_LVL1_DEFAULT, [2] = ISAL_DEF_LVL2_DEFAULT, [3] = ISAL_DEF_LVL3_DEFAULT,
	};
	uint32_t chosen = level <= 3 ? 1 : level <= 6 ? 2 : 3;

	codec->level_buffer = xmalloc(sizes[chosen]);
	codec->stream.level = chosen;
	codec->stream.level_buf = codec->level_buffer;
	codec->stream.level_buf_size = sizes[chosen];
}

static void *gzip_new(int level)
{
	struct gzip_codec *codec = xcalloc(1, sizeof(*codec));

	isal_deflate_init(&codec->stream);
	codec->stream.gzip_flag = IGZIP_GZIP;
	set_level(codec, level);
	return codec;
}

static void gzip_free(void *state)
{
	struct gzip_codec *codec = state;

	free(codec->level_buffer);
	free(codec);
}

static int gzip_write(void *state, struct compress_output *output, const void *data, size_t size,
		      bool last, struct error *err)
{
	struct isal_zstream *stream = &((struct gzip_codec *)state)->stream;

	stream->next_in = (uint8_t *)data;
	stream->avail_in = (uint32_t)size;
	stream->end_of_stream = last;
	do {
		size_t written;

		stream->next_out = output->data;
		stream->avail_out = COMPRESS_OUTPUT_SIZE;
		if (isal_deflate(stream) != COMP_OK)
			return error_set(err, ERROR_OTHER, "cannot compress");
		written = COMPRESS_OUTPUT_SIZE - stream->avail_out;
		if (written > 0 && output->write(output->argument, output->data, written, err) < 0)
			return -1;
	} while (stream->avail_in > 0 || stream->avail_out == 0 ||
		 (last && stream->internal_state.state != ZSTATE_END));
	return 0;
}

#else

#include <zlib.h>

#define GZIP_WINDOW_BITS (15 + 16)	/* with gzip's header and trailer */
#define MEMORY_LEVEL 8

static void *gzip_new(int level)
{
	z_stream *stream = xcalloc(1, sizeof(*stream));

	if (deflateInit2(stream, level ? level : Z_DEFAULT_COMPRESSION, Z_DEFLATED,
			 GZIP_WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	return stream;
}

static void gzip_free(void *state)
{
	deflateEnd(state);
	free(state);
}

static int gzip_write(void *state, struct compress_output *output, const void *data, size_t size,
		      bool last, struct error *err)
{
	z_stream *stream = state;

	stream->next_in = (unsigned char *)data;
	stream->avail_in = (unsigned int)size;
	do {
		size_t written;

		stream->next_out = output->data;
		stream->avail_out = COMPRESS_OUTPUT_SIZE;
		if (deflate(stream, last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_ERROR)
			return error_set(err, ERROR_OTHER, "cannot compress");
		written = COMPRESS_OUTPUT_SIZE - stream->avail_out;
		if (written > 0 && output->write(output->argument, output->data, written, err) < 0)
			return -1;
	} while (stream->avail_out == 0);
	return 0;
}

#endif

const struct compress_codec compress_gzip = {
	.new = gzip_new, .write = gzip_write, .free = gzip_free, .level_max = LEVEL_MAX,
};
