/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells the format of a stream by its first bytes and hands it to that format's
 * codec; bounds how much may come out of how little (R9).
 */
#include "image/decompress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "image/decompress-codec.h"

/* Deflate comes to 1032:1, zstd to over 10000:1, on long runs of zeros only: an honest layer
 * holds at most a few of these, which the allowance covers. */
#define RATIO_MAX 500
#define RATIO_ALLOWANCE ((uint64_t)1 << 30)

struct decompressor {
	struct decompress_input input;
	const struct decompress_codec *codec;	/* NULL: plain bytes */
	void *state;
	bool started;
	uint64_t plain;		/* bytes given so far */
};

struct decompressor *decompressor_new(read_function read, void *argument)
{
	struct decompressor *decompressor = xcalloc(1, sizeof(*decompressor));

	decompressor->input.read = read;
	decompressor->input.argument = argument;
	decompressor->input.data = xmalloc(DECOMPRESS_INPUT_SIZE);
	return decompressor;
}

void decompressor_free(struct decompressor *decompressor)
{
	if (!decompressor)
		return;
	if (decompressor->codec)
		decompressor->codec->free(decompressor->state);
	free(decompressor->input.data);
	free(decompressor);
}

int decompress_input_fill(struct decompress_input *input, struct error *err)
{
	ssize_t got;

	if (input->start == input->end)
		input->start = input->end = 0;
	if (input->end == DECOMPRESS_INPUT_SIZE) {
		memmove(input->data, input->data + input->start, input->end - input->start);
		input->end -= input->start;
		input->start = 0;
	}
	if (input->ended)
		return 0;
	got = input->read(input->argument, input->data + input->end,
			  DECOMPRESS_INPUT_SIZE - input->end, err);
	if (got < 0)
		return -1;
	if (got == 0) {
		input->ended = true;
		return 0;
	}
	input->end += (size_t)got;
	input->total += (uint64_t)got;
	return 1;
}

static const unsigned char xz_magic[DECOMPRESS_MAGIC_SIZE] = { 0xfd, '7', 'z', 'X', 'Z', 0 };

static const struct decompress_codec *choose_codec(const unsigned char *data, size_t size)
{
	uint32_t magic;

	if (size >= 2 && data[0] == 0x1f && data[1] == 0x8b)
		return &decompress_gzip;
	if (size < 4)
		return NULL;
	magic = data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
		(uint32_t)data[3] << 24;
	/* A frame, or a skippable one in front of it (RFC 8878, 3.1). */
	if (magic == 0xfd2fb528 || (magic & 0xfffffff0) == 0x184d2a50)
		return &decompress_zstd;
	if (size >= sizeof(xz_magic) && memcmp(data, xz_magic, sizeof(xz_magic)) == 0)
		return &decompress_xz;
	return NULL;
}

bool decompress_is_plain(const unsigned char *data, size_t size)
{
	return !choose_codec(data, size);
}

static int start(struct decompressor *decompressor, struct error *err)
{
	struct decompress_input *input = &decompressor->input;
	int more = 1;

	while (more == 1 && input->end - input->start < DECOMPRESS_MAGIC_SIZE) {
		more = decompress_input_fill(input, err);
		if (more < 0)
			return -1;
	}
	decompressor->codec = choose_codec(input->data + input->start, input->end - input->start);
	if (decompressor->codec)
		decompressor->state = decompressor->codec->new();
	decompressor->started = true;
	return 0;
}

static ssize_t read_plain(struct decompress_input *input, void *data, size_t size,
			  struct error *err)
{
	size_t waiting = input->end - input->start;
	ssize_t got;

	if (waiting) {
		if (size > waiting)
			size = waiting;
		memcpy(data, input->data + input->start, size);
		input->start += size;
		return (ssize_t)size;
	}
	if (input->ended)
		return 0;
	got = input->read(input->argument, data, size, err);
	if (got == 0)
		input->ended = true;
	return got;
}

ssize_t decompressor_read(struct decompressor *decompressor, void *data, size_t size,
			  struct error *err)
{
	ssize_t got;

	if (size == 0)
		return 0;
	if (!decompressor->started && start(decompressor, err) < 0)
		return -1;
	if (!decompressor->codec)
		return read_plain(&decompressor->input, data, size, err);

	got = decompressor->codec->read(decompressor->state, &decompressor->input, data, size,
					err);
	if (got < 0)
		return -1;
	decompressor->plain += (uint64_t)got;
	if (decompressor->plain > RATIO_ALLOWANCE &&
	    (decompressor->plain - RATIO_ALLOWANCE) / RATIO_MAX > decompressor->input.total)
		return error_set(err, ERROR_INVALID,
				 "compressed data expands from %" PRIu64 " to over %" PRIu64
				 " bytes, more than %d times", decompressor->input.total,
				 decompressor->plain, RATIO_MAX);
	return got;
}
