/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The .xz format, concatenated streams among it. Saved images are compressed with it, and it is
 * slow: files that hold several blocks (xz -T) are decoded by several threads.
 */
#include <lzma.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "image/decompress-codec.h"

#define MEMORY_MAX ((uint64_t)128 << 20)	/* xz -9 takes 65 MiB */
#define THREADS_MAX 4

struct xz_codec {
	lzma_stream stream;
	bool done;
};

#if LZMA_VERSION >= 50040002U	/* 5.4.0 */
static lzma_ret start(lzma_stream *stream)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	const lzma_mt options = {
		.flags = LZMA_CONCATENATED,
		.threads = processors < 1 ? 1 : processors > THREADS_MAX ? THREADS_MAX :
									   (uint32_t)processors,
		.memlimit_threading = MEMORY_MAX,
		.memlimit_stop = MEMORY_MAX,
	};

	return lzma_stream_decoder_mt(stream, &options);
}
#else
static lzma_ret start(lzma_stream *stream)
{
	return lzma_stream_decoder(stream, MEMORY_MAX, LZMA_CONCATENATED);
}
#endif

static void *xz_new(void)
{
	struct xz_codec *codec = xcalloc(1, sizeof(*codec));

	codec->stream = (lzma_stream)LZMA_STREAM_INIT;
	if (start(&codec->stream) != LZMA_OK)
		abort();
	return codec;
}

static void xz_free(void *state)
{
	struct xz_codec *codec = state;

	lzma_end(&codec->stream);
	free(codec);
}

static int xz_fail(lzma_ret code, struct error *err)
{
	switch (code) {
	case LZMA_MEM_ERROR:
		return error_set(err, ERROR_OTHER, "xz: out of memory");
	case LZMA_MEMLIMIT_ERROR:
		return error_set(err, ERROR_INVALID, "xz: needs more than %u MiB of memory",
				 (unsigned int)(MEMORY_MAX >> 20));
	case LZMA_OPTIONS_ERROR:
		return error_set(err, ERROR_INVALID, "xz: options that are not supported");
	case LZMA_BUF_ERROR:
		return error_set(err, ERROR_INVALID, "xz: compressed data is truncated");
	default:
		return error_set(err, ERROR_INVALID, "xz: compressed data is damaged");
	}
}

static ssize_t xz_read(void *state, struct decompress_input *input, void *data, size_t size,
		       struct error *err)
{
	struct xz_codec *codec = state;
	lzma_stream *stream = &codec->stream;

	stream->next_out = data;
	stream->avail_out = size;
	while (!codec->done && stream->avail_out == size) {
		lzma_ret code;

		if (input->start == input->end && decompress_input_fill(input, err) < 0)
			return -1;
		stream->next_in = input->data + input->start;
		stream->avail_in = input->end - input->start;
		code = lzma_code(stream, input->ended ? LZMA_FINISH : LZMA_RUN);
		input->start = input->end - stream->avail_in;
		if (code == LZMA_STREAM_END)
			codec->done = true;
		else if (code != LZMA_OK)
			return xz_fail(code, err);
	}
	return (ssize_t)(size - stream->avail_out);
}

const struct decompress_codec decompress_xz = {
	.new = xz_new,
	.read = xz_read,
	.free = xz_free,
};
