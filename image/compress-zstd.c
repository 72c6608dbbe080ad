/* SPDX-License-Identifier: Apache-2.0 */
/* One zstd frame (RFC 8878), with a checksum of its content. */
#include <stdlib.h>
#include <zstd.h>

#include "base/error.h"
#include "image/compress-codec.h"

#define LEVEL_DEFAULT 3
#define LEVEL_MAX 22
#define WINDOW_LOG_MAX 23	/* what every reader takes (RFC 8878, 3.1.1.1.2: 8 MiB) */

static void *zstd_new(int level)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();

	if (!context)
		abort();
	ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level ? level : LEVEL_DEFAULT);
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	if (level > 16)	/* the windows of lower levels are no larger */
		ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, WINDOW_LOG_MAX);
	return context;
}

static int zstd_write(void *codec, struct compress_output *output, const void *data, size_t size,
		      bool last, struct error *err)
{
	ZSTD_EndDirective end = last ? ZSTD_e_end : ZSTD_e_continue;
	ZSTD_inBuffer in = { .src = data, .size = size };
	size_t left;

	do {
		ZSTD_outBuffer out = { .dst = output->data, .size = COMPRESS_OUTPUT_SIZE };

		left = ZSTD_compressStream2(codec, &out, &in, end);
		if (ZSTD_isError(left))
			return error_set(err, ERROR_OTHER, "cannot compress: %s",
					 ZSTD_getErrorName(left));
		if (out.pos > 0 && output->write(output->argument, out.dst, out.pos, err) < 0)
			return -1;
	} while (in.pos < in.size || (last && left > 0));
	return 0;
}

static void zstd_free(void *codec)
{
	ZSTD_freeCCtx(codec);
}

const struct compress_codec compress_zstd = {
	.new = zstd_new, .write = zstd_write, .free = zstd_free, .level_max = LEVEL_MAX,
};
