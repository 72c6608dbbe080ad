/* SPDX-License-Identifier: Apache-2.0 */
/* What is compressed comes back, whatever the pieces; the same bytes give the same stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "image/compress.h"
#include "image/decompress.h"

static int keep(void *argument, const void *data, size_t size, struct error *err)
{
	return buffer_append(argument, data, size, err);
}

/* Text that repeats, and noise between. */
static void fill(struct buffer *plain, size_t size)
{
	uint32_t noise = 1;

	while (plain->size < size) {
		noise = noise * 1664525 + 1013904223;
		if (noise >> 29)
			buffer_printf(plain, "line %u of the same text over and over\n", noise >> 24);
		else
			buffer_add(plain, &noise, sizeof(noise));
	}
}

static void compress(enum layer_compression compression, int level, const struct buffer *plain,
		     size_t piece, struct buffer *ret_packed)
{
	struct compressor *compressor = compressor_new(compression, level, keep, ret_packed);
	auto_error err = { 0 };

	for (size_t at = 0; at < plain->size; at += piece) {
		size_t size = plain->size - at < piece ? plain->size - at : piece;

		if (compressor_write(compressor, plain->data + at, size, &err) < 0)
			fail_msg("%s", err.message);
	}
	if (compressor_finish(compressor, &err) < 0)
		fail_msg("%s", err.message);
	compressor_free(compressor);
}

struct source {
	const struct buffer *packed;
	size_t at;
};

static ssize_t give(void *argument, void *data, size_t size, struct error *err)
{
	struct source *source = argument;
	size_t left = source->packed->size - source->at;

	(void)err;
	if (size > left)
		size = left;
	memcpy(data, source->packed->data + source->at, size);
	source->at += size;
	return (ssize_t)size;
}

static void decompress(const struct buffer *packed, struct buffer *ret_plain)
{
	struct source source = { .packed = packed };
	struct decompressor *decompressor = decompressor_new(give, &source);
	auto_error err = { 0 };
	char data[4096];
	ssize_t got;

	while ((got = decompressor_read(decompressor, data, sizeof(data), &err)) > 0)
		buffer_add(ret_plain, data, (size_t)got);
	if (got < 0)
		fail_msg("%s", err.message);
	decompressor_free(decompressor);
}

static void what_is_compressed_comes_back(void **state)
{
	static const struct {
		enum layer_compression compression;
		int level;
		size_t size, piece;
	} cases[] = {
		{ LAYER_GZIP, 0, 0, 1 }, { LAYER_GZIP, 0, 1, 1 }, { LAYER_GZIP, 0, 3000000, 262144 },
		{ LAYER_GZIP, 1, 3000000, 7 }, { LAYER_GZIP, 5, 3000000, 300001 },
		{ LAYER_GZIP, 9, 3000000, 3000000 }, { LAYER_ZSTD, 0, 0, 1 },
		{ LAYER_ZSTD, 0, 1, 1 }, { LAYER_ZSTD, 0, 3000000, 262144 },
		{ LAYER_ZSTD, 19, 300000, 100 }, { LAYER_PLAIN, 0, 3000000, 262144 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(buffer) struct buffer plain = { 0 }, packed = { 0 }, again = { 0 };

		fill(&plain, cases[i].size);
		compress(cases[i].compression, cases[i].level, &plain, cases[i].piece, &packed);
		if (cases[i].compression == LAYER_PLAIN)
			buffer_add(&again, packed.data, packed.size);
		else
			decompress(&packed, &again);
		if (again.size != plain.size ||
		    (plain.size > 0 && memcmp(again.data, plain.data, plain.size) != 0))
			fail_msg("case %zu: %zu bytes came back of %zu", i, again.size, plain.size);
		if (cases[i].size > 1000 && cases[i].compression != LAYER_PLAIN)
			assert_true(packed.size < plain.size / 2);
	}
}

static void the_same_gives_the_same(void **state)
{
	static const enum layer_compression formats[] = { LAYER_GZIP, LAYER_ZSTD };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		auto_release(buffer) struct buffer plain = { 0 }, first = { 0 }, second = { 0 };

		fill(&plain, 2000000);
		compress(formats[i], 0, &plain, 262144, &first);
		compress(formats[i], 0, &plain, 262144, &second);
		assert_int_equal(first.size, second.size);
		assert_memory_equal(first.data, second.data, first.size);
	}
}

static void a_gzip_stream_tells_no_time(void **state)
{
	auto_release(buffer) struct buffer plain = { 0 }, packed = { 0 };

	(void)state;
	fill(&plain, 100);
	compress(LAYER_GZIP, 0, &plain, 100, &packed);
	/* RFC 1952: magic, deflate, no flags, no time */
	assert_memory_equal(packed.data, "\x1f\x8b\x08\0\0\0\0\0", 8);
}

static int refuse(void *argument, const void *data, size_t size, struct error *err)
{
	(void)argument;
	(void)data;
	(void)size;
	return error_set(err, ERROR_OTHER, "full");
}

static void a_writer_that_fails_ends_it(void **state)
{
	auto_release(buffer) struct buffer plain = { 0 };
	struct compressor *compressor = compressor_new(LAYER_GZIP, 0, refuse, NULL);
	auto_error err = { 0 };
	int result;

	(void)state;
	fill(&plain, 3000000);
	result = compressor_write(compressor, plain.data, plain.size, &err);
	assert_int_equal(result, -1);
	assert_string_equal(err.message, "full");
	compressor_free(compressor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_compressed_comes_back),
		cmocka_unit_test(the_same_gives_the_same),
		cmocka_unit_test(a_gzip_stream_tells_no_time),
		cmocka_unit_test(a_writer_that_fails_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
