/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gzip members (RFC 1952), one after the other, as pigz and eStargz write them.
 * ISA-L inflates about three times as fast as zlib, and inflating is what a pull
 * spends most of its time on. Both check each member's CRC and length.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/error.h"
#include "image/decompress-codec.h"

#define IDLE_STEPS_MAX 4

#ifdef HAVE_ISAL

#include <isa-l/igzip_lib.h>

/* The header is read by a call of its own: isal_inflate() forgets how far it came in one that
 * is spread over two inputs (ISA-L 2.30). */
struct gzip_codec {
	struct inflate_state state;
	struct isal_gzip_header header;
	bool in_header;
	bool inside;	/* of a member: the input may not end here */
};

static void gzip_begin(struct gzip_codec *codec)
{
	isal_gzip_header_init(&codec->header);
	codec->state.crc_flag = ISAL_GZIP_NO_HDR_VER;
	codec->in_header = true;
	codec->inside = true;
}

static void *gzip_new(void)
{
	struct gzip_codec *codec = xmalloc(sizeof(*codec));

	isal_inflate_init(&codec->state);
	gzip_begin(codec);
	return codec;
}

static void gzip_free(void *state)
{
	free(state);
}

static const char *gzip_reason(int code)
{
	switch (code) {
	case ISAL_INCORRECT_CHECKSUM:
		return "wrong checksum or length";
	case ISAL_INVALID_WRAPPER:
	case ISAL_UNSUPPORTED_METHOD:
		return "no gzip header where one must be";
	default:
		return "corrupted compressed data";
	}
}

/* Takes from the input, gives to data; *ret_size is what came out. */
static int gzip_step(struct gzip_codec *codec, struct decompress_input *input, void *data,
		     size_t size, size_t *ret_size, struct error *err)
{
	struct inflate_state *state = &codec->state;
	int code;

	if (!codec->inside) {
		isal_inflate_reset(state);
		gzip_begin(codec);
	}
	state->next_in = input->data + input->start;
	state->avail_in = (uint32_t)(input->end - input->start);
	state->next_out = data;
	state->avail_out = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
	code = codec->in_header ? isal_read_gzip_header(state, &codec->header) :
				  isal_inflate(state);
	if (code != ISAL_DECOMP_OK && code != ISAL_END_INPUT)
		return error_set(err, ERROR_INVALID, "gzip: %s", gzip_reason(code));
	codec->in_header = codec->in_header && code == ISAL_END_INPUT;
	input->start = input->end - state->avail_in;
	*ret_size = (size_t)(state->next_out - (uint8_t *)data);
	codec->inside = state->block_state != ISAL_BLOCK_FINISH;
	return 0;
}

#else /* zlib */

#include <zlib.h>

struct gzip_codec {
	z_stream stream;
	bool inside;	/* of a member: the input may not end here */
};

static void *gzip_new(void)
{
	struct gzip_codec *codec = xcalloc(1, sizeof(*codec));

	if (inflateInit2(&codec->stream, 15 + 16) != Z_OK)
		abort();
	codec->inside = true;
	return codec;
}

static void gzip_free(void *state)
{
	struct gzip_codec *codec = state;

	inflateEnd(&codec->stream);
	free(codec);
}

/* Takes from the input, gives to data; *ret_size is what came out. */
static int gzip_step(struct gzip_codec *codec, struct decompress_input *input, void *data,
		     size_t size, size_t *ret_size, struct error *err)
{
	z_stream *stream = &codec->stream;
	uInt room = size > (1U << 30) ? 1U << 30 : (uInt)size;
	int code;

	if (!codec->inside) {
		inflateReset(stream);
		codec->inside = true;
	}
	stream->next_in = input->data + input->start;
	stream->avail_in = (uInt)(input->end - input->start);
	stream->next_out = data;
	stream->avail_out = room;
	code = inflate(stream, Z_NO_FLUSH);
	if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
		return error_set(err, ERROR_INVALID, "gzip: %s",
				 stream->msg ? stream->msg : "corrupted compressed data");
	input->start = input->end - stream->avail_in;
	*ret_size = room - stream->avail_out;
	codec->inside = code != Z_STREAM_END;
	return 0;
}

#endif

static ssize_t gzip_read(void *state, struct decompress_input *input, void *data, size_t size,
			 struct error *err)
{
	struct gzip_codec *codec = state;
	unsigned int idle = 0;
	size_t got = 0;

	for (;;) {
		size_t before = input->start;

		/* Inside a member there may be output waiting although all input is used up. */
		if ((codec->inside || input->start < input->end) &&
		    gzip_step(codec, input, data, size, &got, err) < 0)
			return -1;
		if (got > 0)
			return (ssize_t)got;
		if (input->start < input->end) {
			/* A decoder that takes and gives nothing would loop for ever. */
			idle = input->start == before ? idle + 1 : 0;
			if (idle > IDLE_STEPS_MAX)
				return error_set(err, ERROR_INVALID,
						 "gzip: corrupted compressed data");
			continue;
		}

		int more = decompress_input_fill(input, err);
		if (more < 0)
			return -1;
		if (more == 0 && codec->inside)
			return error_set(err, ERROR_INVALID, "gzip: compressed data is truncated");
		if (more == 0)
			return 0;
	}
}

const struct decompress_codec decompress_gzip = {
	.new = gzip_new,
	.read = gzip_read,
	.free = gzip_free,
};
