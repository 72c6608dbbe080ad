/* SPDX-License-Identifier: Apache-2.0 */
/* The compressed forms of a layer that push remembers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "image/layer-blobs.h"
#include "tests/unit/scratch.h"

/* A form whose digest is `digit` 64 times. */
static void add(int folder, char digit, const char *source)
{
	auto_release(layer_blob) struct layer_blob blob = { .size = 7 };
	auto_error err = { 0 };

	memset(blob.digest.hex, digit, 64);
	blob.media_type = xstrdup("application/x");
	strings_add(&blob.sources, source);
	assert_int_equal(layer_blobs_add(folder, &blob, &err), 0);
}

static void forms_and_sources_are_merged(void **state)
{
	int folder = scratch_dir(state);
	auto_release(layer_blobs) struct layer_blobs blobs = { 0 };
	auto_error err = { 0 };

	assert_int_equal(layer_blobs_read(folder, &blobs, &err), 0);
	assert_int_equal(blobs.count, 0);
	add(folder, 'a', "host/one");
	add(folder, 'b', "host/two");
	add(folder, 'a', "host/three");
	add(folder, 'a', "host/one");
	assert_int_equal(layer_blobs_read(folder, &blobs, &err), 0);
	assert_int_equal(blobs.count, 2);
	assert_int_equal(blobs.items[0].digest.hex[0], 'a');
	assert_int_equal(blobs.items[0].size, 7);
	assert_string_equal(blobs.items[0].media_type, "application/x");
	assert_int_equal(blobs.items[0].sources.count, 2);
	assert_string_equal(blobs.items[0].sources.items[0], "host/one");
	assert_string_equal(blobs.items[0].sources.items[1], "host/three");
	assert_non_null(layer_blobs_find(&blobs, &blobs.items[1].digest));
}

static void what_is_kept_is_bounded(void **state)
{
	static const char digits[] = "0123456789abcdef";
	int folder = scratch_dir(state);
	auto_release(layer_blobs) struct layer_blobs blobs = { 0 };
	auto_error err = { 0 };

	for (size_t i = 0; i < strlen(digits); i++) {
		auto_free char *source = xasprintf("host/%zu", i);

		add(folder, digits[i], "host/same");
		add(folder, '0', source);
	}
	assert_int_equal(layer_blobs_read(folder, &blobs, &err), 0);
	assert_int_equal(blobs.count, LAYER_BLOBS_MAX);
	assert_int_equal(blobs.items[0].sources.count, LAYER_SOURCES_MAX);
	assert_string_equal(blobs.items[0].sources.items[0], "host/15");
}

static void damage_is_told_and_mended_by_the_next_write(void **state)
{
	static const char *const broken[] = { "{}", "[1]", "[{\"digest\":\"x\"}]", "[" };
	int folder = scratch_dir(state);

	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		auto_release(layer_blobs) struct layer_blobs blobs = { 0 };
		auto_error err = { 0 };

		assert_int_equal(file_write(folder, "blobs.json", broken[i], strlen(broken[i]),
					    0600, FILE_VOLATILE, &err), 0);
		assert_int_equal(layer_blobs_read(folder, &blobs, &err), -1);
		add(folder, 'a', "host/one");
		error_release(&err);
		assert_int_equal(layer_blobs_read(folder, &blobs, &err), 0);
		assert_int_equal(blobs.count, 1);
	}
}

#define scratch_test(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(forms_and_sources_are_merged),
		scratch_test(what_is_kept_is_bounded),
		scratch_test(damage_is_told_and_mended_by_the_next_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
