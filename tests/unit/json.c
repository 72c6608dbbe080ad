/* SPDX-License-Identifier: Apache-2.0 */
/* JSON from outside is refused where it is ambiguous or too deep; ours always parses again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/json.h"
#include "base/strings.h"
#include "scratch.h"

static void documents_are_judged(void **state)
{
	static const struct {
		const char *text;
		size_t size;	/* 0: strlen() */
		bool good;
	} cases[] = {
		{ "{}", 0, true },
		{ " [1, 2.5, \"x\", null, true] \n", 0, true },
		{ "\"alone\"", 0, true },
		{ "{\"a\": \"[[[[{{{{\\\"[\"}", 0, true },
		{ "", 0, false },
		{ " ", 0, false },
		{ "{} {}", 0, false },
		{ "{\"a\":1,\"a\":2}", 0, false },
		{ "{\"a\":1,}", 0, false },
		{ "{'a':1}", 0, false },
		{ "\"a\\u0000b\"", 0, false },
		{ "{\"a\\u0000\":1}", 0, false },
		{ "\"a\0b\"", 5, false },
		{ "{}\0", 3, false },
		{ "\"\xff\"", 0, false },
		{ "123456789012345678901234567890", 0, false },
		{ "1e999", 0, false },
		{ "\"open", 0, false },
		{ "\"open\\", 0, false },
	};
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t size = cases[i].size ? cases[i].size : strlen(cases[i].text);
		auto_free char *exact = xmalloc(size); /* a sanitizer sees reads beyond it */
		auto_json json_t *json = NULL;

		memcpy(exact, cases[i].text, size);
		json = json_parse(exact, size, "doc", &err);
		if (!json == cases[i].good)
			fail_msg("case %zu: '%s'", i, cases[i].text);
		if (!json)
			assert_int_equal(err.kind, ERROR_INVALID);
	}
	error_release(&err);
}

static char *nested(size_t depth)
{
	char *text = xcalloc(1, 2 * depth + 1);

	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	return text;
}

static void depth_is_bounded(void **state)
{
	auto_free char *most = nested(JSON_DEPTH_MAX);
	auto_free char *more = nested(JSON_DEPTH_MAX + 1);
	auto_free char *much = nested(1000000);
	auto_json json_t *json = NULL;
	struct error err = { 0 };

	(void)state;
	json = json_parse(most, strlen(most), "doc", &err);
	assert_non_null(json);
	assert_null(json_parse(more, strlen(more), "doc", &err));
	assert_string_equal(err.message, "doc: nested more than 64 levels deep");
	assert_null(json_parse(much, strlen(much), "doc", &err));
	error_release(&err);
}

static void number_of_values_is_bounded(void **state)
{
	size_t size = 2 * (size_t)JSON_VALUES_MAX + 3;
	auto_free char *many = xcalloc(1, size + 1);
	struct error err = { 0 };

	(void)state;
	memset(many, '0', size);
	for (size_t i = 2; i < size; i += 2)
		many[i] = ',';
	many[0] = '[';
	many[size - 1] = ']';
	assert_null(json_parse(many, size, "doc", &err));
	assert_string_equal(err.message, "doc: more than 500000 values");
	error_release(&err);
}

static void integers_of_64_bits_are_kept(void **state)
{
	static const char text[] = "{\"18446744073709551615\\\\\": [18446744073709551615,"
				   "9223372036854775808 ,9223372036854775807,-1,1e3,0.25,true]}";
	auto_json json_t *json = NULL;
	auto_free char *back = NULL;
	struct error err = { 0 };

	(void)state;
	json = json_parse(text, strlen(text), "doc", &err);
	assert_non_null(json);
	back = json_text(json);
	assert_string_equal(back, "{\"18446744073709551615\\\\\":[-1,-9223372036854775808,"
				  "9223372036854775807,-1,1000.0,0.25,true]}");
	assert_null(json_parse("18446744073709551616", 20, "doc", &err));
	assert_null(json_parse("-9223372036854775809", 20, "doc", &err));
	error_release(&err);
}

static void brackets_in_strings_do_not_count(void **state)
{
	auto_free char *brackets = nested(JSON_DEPTH_MAX + 1);
	auto_free char *quoted = xasprintf("\"\\\"%s\"", brackets);
	auto_free char *after = xasprintf("[\"\\\\\", %s]", brackets);
	auto_json json_t *json = NULL;
	struct error err = { 0 };

	(void)state;
	json = json_parse(quoted, strlen(quoted), "doc", &err);
	assert_non_null(json);
	assert_null(json_parse(after, strlen(after), "doc", &err));
	assert_string_equal(err.message, "doc: nested more than 64 levels deep");
	error_release(&err);
}

static void file_is_written_and_read(void **state)
{
	int dir = scratch_dir(state);
	auto_json json_t *json = json_pack("{s:s, s:[i]}", "z", "1", "a", 2);
	auto_json json_t *back = NULL;
	auto_free char *line = NULL;
	struct error err = { 0 };

	assert_int_equal(json_write_file(dir, "j", json, FILE_VOLATILE, &err), 0);
	line = file_read_line(dir, "j", 100, &err);
	assert_string_equal(line, "{\"z\":\"1\",\"a\":[2]}");
	back = json_read_file(dir, "j", 100, &err);
	assert_true(json_equal(json, back));
	assert_null(json_read_file(dir, "j", 10, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_null(json_read_file(dir, "none", 10, &err));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	error_release(&err);
}

static void lists_go_both_ways(void **state)
{
	static const char *const wrong[] = { "{}", "\"a\"", "[1]", "[\"a\", null]" };
	auto_release(strings) struct strings list = { 0 };
	auto_json json_t *json = NULL;
	auto_free char *text = NULL;
	struct error err = { 0 };

	(void)state;
	strings_add(&list, "old");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		auto_json json_t *bad = json_parse(wrong[i], strlen(wrong[i]), "doc", &err);

		assert_int_equal(json_to_strings(bad, "Cmd", &list, &err), -1);
		assert_string_equal(err.message, "Cmd: not a list of strings");
		assert_int_equal(list.count, 1);
	}
	json = json_pack("[s, s]", "a", "");
	assert_int_equal(json_to_strings(json, "Cmd", &list, &err), 0);
	assert_int_equal(list.count, 2);
	strings_add(&list, "caf\xe9 \u20ac\xe2\x82");
	json_decref(json);
	json = json_from_strings(&list);
	text = json_text(json);
	assert_string_equal(text, "[\"a\",\"\",\"caf\ufffd \u20ac\ufffd\ufffd\"]");
	assert_int_equal(json_to_strings(NULL, "Cmd", &list, &err), 0);
	assert_int_equal(list.count, 0);
	json_decref(json);
	json = json_from_strings(&list);
	assert_int_equal(json_array_size(json), 0);
	assert_true(json_is_array(json));
	error_release(&err);
}

static void maps_go_both_ways(void **state)
{
	auto_release(strings) struct strings list = { 0 };
	auto_json json_t *json = json_pack("{s:s, s:n, s:s}", "b", "x=y", "a", "c", "");
	auto_json json_t *bad = json_pack("{s:i}", "b", 1);
	auto_json json_t *back = NULL;
	auto_free char *text = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(json_to_map(bad, "Labels", &list, &err), -1);
	assert_int_equal(json_to_map(json, "Labels", &list, &err), 0);
	assert_int_equal(list.count, 3);
	assert_string_equal(list.items[0], "b=x=y");
	assert_string_equal(list.items[1], "a=");
	strings_add(&list, "bare");
	strings_add(&list, "bad\xff=\xfe");
	back = json_from_map(&list);
	text = json_text(back);
	assert_string_equal(text, "{\"b\":\"x=y\",\"a\":\"\",\"c\":\"\",\"bare\":\"\","
				  "\"bad\ufffd\":\"\ufffd\"}");
	error_release(&err);
}

static void string_member_is_copied(void **state)
{
	auto_json json_t *json = json_pack("{s:s, s:n, s:i}", "s", "text", "n", "i", 1);
	auto_free char *text = json_copy_string(json, "s");

	(void)state;
	assert_string_equal(text, "text");
	assert_null(json_copy_string(json, "n"));
	assert_null(json_copy_string(json, "i"));
	assert_null(json_copy_string(json, "none"));
	assert_null(json_copy_string(NULL, "s"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_are_judged),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(number_of_values_is_bounded),
		cmocka_unit_test(integers_of_64_bits_are_kept),
		cmocka_unit_test(brackets_in_strings_do_not_count),
		cmocka_unit_test_setup_teardown(file_is_written_and_read, scratch_make,
						scratch_remove),
		cmocka_unit_test(lists_go_both_ways),
		cmocka_unit_test(maps_go_both_ways),
		cmocka_unit_test(string_member_is_copied),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
