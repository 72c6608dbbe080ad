/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zstandard frames (RFC 8878), one after the other, skippable ones among them:
 * zstd:chunked layers end in those.
 */
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/alloc.h"
#include "base/error.h"
#include "image/decompress-codec.h"

struct zstd_codec {
	ZSTD_DCtx *context;
	bool inside;	/* of a frame: the input may not end here */
};

static void *zstd_new(void)
{
	struct zstd_codec *codec = xcalloc(1, sizeof(*codec));

	codec->context = ZSTD_createDCtx();
	if (!codec->context)
		abort();
	ZSTD_DCtx_setParameter(codec->context, ZSTD_d_windowLogMax, DECOMPRESS_WINDOW_LOG_MAX);
	return codec;
}

static void zstd_free(void *state)
{
	struct zstd_codec *codec = state;

	ZSTD_freeDCtx(codec->context);
	free(codec);
}

static int zstd_fail(size_t code, struct error *err)
{
	if (ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge)
		return error_set(err, ERROR_INVALID, "zstd: needs a window of more than %d MiB",
				 1 << (DECOMPRESS_WINDOW_LOG_MAX - 20));
	return error_set(err, ERROR_INVALID, "zstd: %s", ZSTD_getErrorName(code));
}

static ssize_t zstd_read(void *state, struct decompress_input *input, void *data, size_t size,
			 struct error *err)
{
	struct zstd_codec *codec = state;
	ZSTD_outBuffer out = { .dst = data, .size = size };

	while (out.pos == 0) {
		ZSTD_inBuffer in = { .src = input->data + input->start,
				     .size = input->end - input->start };
		size_t hint = 1;

		/* Inside a frame there may be output waiting although all input is used up. */
		if (in.size || codec->inside)
			hint = ZSTD_decompressStream(codec->context, &out, &in);
		if (ZSTD_isError(hint))
			return zstd_fail(hint, err);
		if (in.size || codec->inside)
			codec->inside = hint != 0;
		input->start += in.pos;
		if (out.pos > 0 || input->start < input->end)
			continue;

		int more = decompress_input_fill(input, err);
		if (more < 0)
			return -1;
		if (more == 0 && codec->inside)
			return error_set(err, ERROR_INVALID, "zstd: compressed data is truncated");
		if (more == 0)
			return 0;
	}
	return (ssize_t)out.pos;
}

const struct decompress_codec decompress_zstd = {
	.new = zstd_new,
	.read = zstd_read,
	.free = zstd_free,
};
