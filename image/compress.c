/* SPDX-License-Identifier: Apache-2.0 */
/* See image/compress.h. */
#include "image/compress.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "image/compress-codec.h"

struct compressor {
	const struct compress_codec *codec;	/* NULL: plain */
	void *state;
	struct compress_output output;
};

static const struct compress_codec *codec_of(enum layer_compression compression)
{
	switch (compression) {
	case LAYER_GZIP:
		return &compress_gzip;
	case LAYER_ZSTD:
		return &compress_zstd;
	default:
		return NULL;
	}
}

int compress_level_max(enum layer_compression compression)
{
	const struct compress_codec *codec = codec_of(compression);

	return codec ? codec->level_max : 0;
}

struct compressor *compressor_new(enum layer_compression compression, int level,
				  write_function write, void *argument)
{
	struct compressor *compressor = xcalloc(1, sizeof(*compressor));

	compressor->codec = codec_of(compression);
	compressor->output = (struct compress_output){ .write = write, .argument = argument };
	if (compressor->codec) {
		compressor->output.data = xmalloc(COMPRESS_OUTPUT_SIZE);
		compressor->state = compressor->codec->new(level);
	}
	return compressor;
}

int compressor_write(struct compressor *compressor, const void *data, size_t size,
		     struct error *err)
{
	struct compress_output *output = &compressor->output;

	if (!compressor->codec)
		return output->write(output->argument, data, size, err);
	return compressor->codec->write(compressor->state, output, data, size, false, err);
}

int compressor_finish(struct compressor *compressor, struct error *err)
{
	if (!compressor->codec)
		return 0;
	return compressor->codec->write(compressor->state, &compressor->output, NULL, 0, true, err);
}

void compressor_free(struct compressor *compressor)
{
	if (!compressor)
		return;
	if (compressor->codec)
		compressor->codec->free(compressor->state);
	free(compressor->output.data);
	free(compressor);
}
