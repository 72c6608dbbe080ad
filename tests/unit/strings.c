/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of strings, strict numbers, UTF-8, and text made fit for a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"

static void list_grows_and_shrinks(void **state)
{
	auto_release(strings) struct strings list = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		strings_addf(&list, "%d", i);
		assert_null(list.items[list.count]);
	}
	assert_int_equal(list.count, 1000);
	assert_string_equal(list.items[999], "999");
	while (list.count > 1)
		strings_remove(&list, list.count / 2);
	assert_string_equal(list.items[0], "0");
	assert_null(list.items[1]);
	for (int i = 0; i < 100; i++)
		strings_add(&list, "again");
	assert_string_equal(list.items[100], "again");
	assert_null(list.items[101]);
	assert_true(strings_contain(&list, "0"));
	assert_false(strings_contain(&list, "1"));
}

static void list_is_copied_and_sorted(void **state)
{
	auto_release(strings) struct strings list = { 0 };
	auto_release(strings) struct strings copy = { 0 };
	auto_free char *joined = NULL;

	(void)state;
	strings_split(&list, "b,a,,c", ',');
	strings_add(&copy, "goes away");
	strings_copy(&copy, &list);
	strings_copy(&copy, &copy);
	strings_sort(&copy);
	joined = strings_join(&copy, "--");
	assert_string_equal(joined, "--a--b--c");
	assert_string_equal(list.items[0], "b");
}

static void text_is_split(void **state)
{
	static const struct {
		const char *text;
		size_t count;
		const char *joined;
	} cases[] = {
		{ "", 1, "" }, { "a", 1, "a" }, { ":", 2, "|" }, { "a:", 2, "a|" },
		{ "a::b", 3, "a||b" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(strings) struct strings list = { 0 };
		auto_free char *joined = NULL;

		strings_split(&list, cases[i].text, ':');
		joined = strings_join(&list, "|");
		assert_int_equal(list.count, cases[i].count);
		assert_string_equal(joined, cases[i].joined);
	}
}

static void empty_list_joins_to_nothing(void **state)
{
	struct strings list = { 0 };
	auto_free char *joined = strings_join(&list, ", ");

	(void)state;
	assert_string_equal(joined, "");
	strings_sort(&list);
	strings_release(&list);
}

static void values_are_set_by_key(void **state)
{
	auto_release(strings) struct strings list = { 0 };

	(void)state;
	strings_set_value(&list, "A", "1");
	strings_set_value(&list, "AB", "2");
	strings_set_value(&list, "A", "3=4");
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[0], "A=3=4");
	assert_string_equal(strings_get_value(&list, "AB"), "2");
	assert_null(strings_get_value(&list, "B"));
	assert_null(strings_get_value(&list, ""));
	strings_add(&list, "A=twice");
	strings_add(&list, "C=5");
	strings_set_value(&list, "A", "6");
	assert_int_equal(list.count, 3);
	assert_string_equal(strings_get_value(&list, "A"), "6");
	assert_string_equal(list.items[2], "C=5");
	strings_add(&list, "A=again");
	strings_unset_value(&list, "A");
	assert_int_equal(list.count, 2);
	assert_null(strings_get_value(&list, "A"));
}

static void prefix_and_suffix(void **state)
{
	(void)state;
	assert_true(has_prefix("sha256:a", "sha256:"));
	assert_false(has_prefix("sha", "sha256:"));
	assert_true(has_prefix("a", ""));
	assert_true(has_suffix("a.json", ".json"));
	assert_false(has_suffix("json", ".json"));
	assert_string_equal(skip_prefix("--flag", "--"), "flag");
	assert_null(skip_prefix("-flag", "--"));
	assert_true(is_empty(NULL));
	assert_true(is_empty(""));
	assert_false(is_empty(" "));
}

static void numbers_are_strict(void **state)
{
	static const char *const wrong[] = {
		"", " 1", "1 ", "+1", "-1", "0x10", "1e3", "1.0", "18446744073709551616",
		"\xd9\xa1",
		"99999999999999999999999",
	};
	struct error err = { 0 };
	uint64_t big = 0;
	uint32_t small = 0;
	int64_t number = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(parse_u64(wrong[i], &big, &err), -1);
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_int_equal(parse_u32(wrong[i], &small, &err), -1);
		if (strcmp(wrong[i], "-1") != 0)
			assert_int_equal(parse_i64(wrong[i], &number, &err), -1);
	}
	assert_int_equal(parse_u64("18446744073709551615", &big, &err), 0);
	assert_true(big == UINT64_MAX);
	assert_int_equal(parse_u32("4294967295", &small, &err), 0);
	assert_int_equal(small, UINT32_MAX);
	assert_int_equal(parse_u32("4294967296", &small, &err), -1);
	assert_int_equal(parse_u32("007", &small, &err), 0);
	assert_int_equal(small, 7);
	assert_int_equal(parse_i64("-9223372036854775808", &number, &err), 0);
	assert_true(number == INT64_MIN);
	assert_int_equal(parse_i64("9223372036854775807", &number, &err), 0);
	assert_true(number == INT64_MAX);
	assert_int_equal(parse_i64("9223372036854775808", &number, &err), -1);
	assert_int_equal(parse_i64("-9223372036854775809", &number, &err), -1);
	assert_int_equal(parse_i64("--1", &number, &err), -1);
	assert_int_equal(parse_i64("-", &number, &err), -1);
	error_release(&err);
}

static void utf8_is_told_from_other_bytes(void **state)
{
	static const char *const right[] = {
		"", "plain", "\u00e9", "\u20ac", "\U0001f600", "\xc2\x80", "\uffff", "\U0010ffff",
		"\xed\x9f\xbf", "\xee\x80\x80",
	};
	static const char *const wrong[] = {
		"\x80", "\xc3", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
		"a\xe2\x82", "\xe2\x28\xa1",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(right); i++)
		assert_true(is_utf8(right[i], strlen(right[i])));
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		if (is_utf8(wrong[i], strlen(wrong[i])))
			fail_msg("wrong[%zu] passes", i);
	assert_true(is_utf8("a\0b", 3));
	assert_false(is_utf8("\u20ac", 2));
}

static void terminal_text_is_harmless(void **state)
{
	static const struct {
		const char *text;
		const char *shown;
	} cases[] = {
		{ "", "" },
		{ "caf\u00e9 \\ %s", "caf\u00e9 \\ %s" },
		{ "a\nb\tc\r", "a\\x0ab\\x09c\\x0d" },
		{ "\x1b]0;title\x07", "\\x1b]0;title\\x07" },
		{ "\x7f", "\\x7f" },
		{ "\xc2\x9b" "2J", "\\xc2\\x9b2J" },	/* CSI in one character */
		{ "\x9b", "\\x9b" },
		{ "\xe2\x80\xae" "x", "\\xe2\\x80\\xaex" },	/* right-to-left override */
		{ "\xe2\x82", "\\xe2\\x82" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *shown = printable(cases[i].text);

		assert_string_equal(shown, cases[i].shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_grows_and_shrinks),
		cmocka_unit_test(list_is_copied_and_sorted),
		cmocka_unit_test(text_is_split),
		cmocka_unit_test(empty_list_joins_to_nothing),
		cmocka_unit_test(values_are_set_by_key),
		cmocka_unit_test(prefix_and_suffix),
		cmocka_unit_test(numbers_are_strict),
		cmocka_unit_test(utf8_is_told_from_other_bytes),
		cmocka_unit_test(terminal_text_is_harmless),
	};

	return cmocka_run_group_tests_name("strings", tests, NULL, NULL);
}
