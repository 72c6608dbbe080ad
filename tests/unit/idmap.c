/* SPDX-License-Identifier: Apache-2.0 */
/* From /etc/subuid to an id map, and the map's text back and forth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "rootless/idmap.h"
#include "rootless/subids.h"

static const struct {
	const char *text, *map;
} compose_cases[] = {
	{ "", "0 1000 1\n" },
	{ "ann:100000:65536\n", "0 1000 1\n1 100000 65536\n" },
	{ "ann:100000:65536", "0 1000 1\n1 100000 65536\n" },
	{ "1000:200000:10\n", "0 1000 1\n1 200000 10\n" },
	{ "bob:100000:65536\nann:300000:5\nanna:1:1\n", "0 1000 1\n1 300000 5\n" },
	{ "ann:100000:10\nann:200000:20\n", "0 1000 1\n1 100000 10\n11 200000 20\n" },
	/* Overlaps are cut: with one another, and with the user himself. */
	{ "ann:100000:10\nann:100005:10\n", "0 1000 1\n1 100000 10\n11 100010 5\n" },
	{ "ann:100000:10\nann:100000:10\n", "0 1000 1\n1 100000 10\n" },
	{ "ann:100005:2\nann:100000:10\n", "0 1000 1\n1 100005 2\n3 100000 5\n8 100007 3\n" },
	{ "ann:999:3\n", "0 1000 1\n1 999 1\n2 1001 1\n" },
	/* Lines that are none are skipped. */
	{ "ann\nann:\nann:1\nann:x:1\nann:1:x\n:1:1\n\n#\nann:5:1\n", "0 1000 1\n1 5 1\n" },
	{ "ann:-5:1\nann:1:99999999999\nann:1:1:1\nann:+1:1\n", "0 1000 1\n" },
	{ "ann:100000:0\n", "0 1000 1\n" },
	/* The last id means "none" and is not given out. */
	{ "ann:4294967290:100\n", "0 1000 1\n1 4294967290 5\n" },
	{ "ann:4294967295:1\n", "0 1000 1\n" },
};

static void subordinate_ids_follow_the_user(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(compose_cases); i++) {
		auto_free char *text = NULL;
		struct id_map map;

		idmap_compose(compose_cases[i].text, "ann", 1000, 1000, &map);
		text = idmap_format(&map);
		if (strcmp(text, compose_cases[i].map) != 0)
			print_error("for '%s'\n", compose_cases[i].text);
		assert_string_equal(text, compose_cases[i].map);
	}
}

static void more_ranges_than_the_kernel_takes_are_left_out(void **state)
{
	auto_release(buffer) struct buffer text = { 0 };
	struct id_map map;

	(void)state;
	for (unsigned int i = 0; i < 2 * ID_RANGES_MAX; i++)
		buffer_printf(&text, "ann:%u:1\n", 100000 + 2 * i);
	idmap_compose(text.data, "ann", 1000, 1000, &map);
	assert_int_equal(map.count, ID_RANGES_MAX);
	assert_int_equal(idmap_size(&map), ID_RANGES_MAX);
}

static void a_map_never_passes_the_last_id(void **state)
{
	struct id_map map;

	(void)state;
	idmap_compose("ann:0:4294967295\n", "ann", 1000, 1000, &map);
	assert_int_equal(idmap_size(&map), 0xffffffffU);
}

static void what_the_kernel_prints_is_read(void **state)
{
	static const char kernel[] = "         0       1000          1\n"
				     "         1     100000      65536\n";
	auto_error err = { 0 };
	auto_free char *text = NULL;
	struct id_map map;

	(void)state;
	assert_int_equal(idmap_parse(kernel, &map, &err), 0);
	text = idmap_format(&map);
	assert_string_equal(text, "0 1000 1\n1 100000 65536\n");
	assert_int_equal(idmap_parse("", &map, &err), 0);
	assert_int_equal(map.count, 0);
}

static void other_text_is_no_map(void **state)
{
	static const char *const bad[] = {
		"0", "0 1", "0 1 2 3", "a b c", "0 1 -1", "0 1 4294967296", "\n", "0 1 2x",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_error err = { 0 };
		struct id_map map;

		if (idmap_parse(bad[i], &map, &err) == 0)
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(err.kind, ERROR_INVALID);
	}
}

static void the_remedy_names_a_free_range(void **state)
{
	(void)state;
	assert_int_equal(subids_free_start("", "", 65536), 100000);
	assert_int_equal(subids_free_start("a:100000:65536\n", "", 65536), 165536);
	assert_int_equal(subids_free_start("a:100000:65536\n", "b:165536:65536\n", 65536), 231072);
	assert_int_equal(subids_free_start("a:200000:10\n", "", 65536), 100000);
	assert_int_equal(subids_free_start("a:1:600100000\n", "", 65536), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(subordinate_ids_follow_the_user),
		cmocka_unit_test(more_ranges_than_the_kernel_takes_are_left_out),
		cmocka_unit_test(a_map_never_passes_the_last_id),
		cmocka_unit_test(what_the_kernel_prints_is_read),
		cmocka_unit_test(other_text_is_no_map),
		cmocka_unit_test(the_remedy_names_a_free_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
