/* SPDX-License-Identifier: Apache-2.0 */
/* TOML: what a document means, and which line is wrong in one that means nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/toml.h"

/* Takes the lines out again, so that documents can be compared. */
static void strip_lines(json_t *value)
{
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_object(value)) {
		json_object_del(value, TOML_LINES);
		json_object_foreach(value, key, member)
			strip_lines(member);
	}
	json_array_foreach(value, i, member)
		strip_lines(member);
}

static json_t *parse_exact(const char *text, struct error *err)
{
	size_t size = strlen(text);
	auto_free char *exact = xmalloc(size); /* a sanitizer sees reads beyond it */

	memcpy(exact, text, size);
	return toml_parse(exact, size, "file", err);
}

static void documents_mean_what_they_say(void **state)
{
	static const struct {
		const char *toml, *json;
	} cases[] = {
		{ "", "{}" },
		{ "# nothing\r\n\n \t# more", "{}" },
		{ "a = 1", "{\"a\":1}" },
		{ "a=\"x\"# comment\nb='y'", "{\"a\":\"x\",\"b\":\"y\"}" },
		{ "a-b_1 = true\n1 = false", "{\"a-b_1\":true,\"1\":false}" },
		{ "\"a b\" = 1\n'c\"d' = 2\n\"\" = 3", "{\"a b\":1,\"c\\\"d\":2,\"\":3}" },
		{ "a.b . c = 1\na.d = 2", "{\"a\":{\"b\":{\"c\":1},\"d\":2}}" },
		{ "[a]\nb=1\n[c.d]\ne=2\n[c]\nf=3", "{\"a\":{\"b\":1},\"c\":{\"d\":{\"e\":2},\"f\":3}}" },
		{ "[[r]]\na=1\n[[r.m]]\nb=2\n[[r.m]]\nb=3\n[[r]]\na=4\n[r.t]\nc=5",
		  "{\"r\":[{\"a\":1,\"m\":[{\"b\":2},{\"b\":3}]},{\"a\":4,\"t\":{\"c\":5}}]}" },
		{ "a = [ 1, # one\n\n [\"x\", 'y'],\n]", "{\"a\":[1,[\"x\",\"y\"]]}" },
		{ "a = []\nb = {}\nc = { d = 1, e.f = [ {g=2} ] }",
		  "{\"a\":[],\"b\":{},\"c\":{\"d\":1,\"e\":{\"f\":[{\"g\":2}]}}}" },
		{ "a = \"\\b\\t\\n\\f\\r\\\"\\\\\\u00e9\\U0001F600\"",
		  "{\"a\":\"\\b\\t\\n\\f\\r\\\"\\\\\u00e9\U0001F600\"}" },
		{ "a = \"\"\"\nx\r\n \\\n\n  y\"\" z\"\"\"\"\"", "{\"a\":\"x\\n y\\\"\\\" z\\\"\\\"\"}" },
		{ "a = '''\nC:\\n'x''y'''", "{\"a\":\"C:\\\\n'x''y\"}" },
		{ "a = \"\"\nb = ''\nc = \"\"\"\"\"\"", "{\"a\":\"\",\"b\":\"\",\"c\":\"\"}" },
		{ "a = +99\nb = -17\nc = 1_000\nd = 0", "{\"a\":99,\"b\":-17,\"c\":1000,\"d\":0}" },
		{ "a = 0xDEAD_beef\nb = 0o755\nc = 0b1101",
		  "{\"a\":3735928559,\"b\":493,\"c\":13}" },
		{ "a = 1.5\nb = -2e3\nc = 6.5E-1\nd = -inf\ne = nan",
		  "{\"a\":1.5,\"b\":-2000.0,\"c\":0.65,\"d\":\"-inf\",\"e\":\"nan\"}" },
		{ "a = 1979-05-27T07:32:00.5-07:00\nb = 1979-05-27 07:32:00Z # x\nc = 1979-05-27\nd = 07:32:00",
		  "{\"a\":\"1979-05-27T07:32:00.5-07:00\",\"b\":\"1979-05-27 07:32:00Z\","
		  "\"c\":\"1979-05-27\",\"d\":\"07:32:00\"}" },
		{ "\xef\xbb\xbf" "a = 1", "{\"a\":1}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_error err = { 0 };
		auto_json json_t *json = parse_exact(cases[i].toml, &err);
		auto_json json_t *wanted = json_parse(cases[i].json, strlen(cases[i].json), "test", &err);
		auto_free char *text = NULL;

		if (!json || !wanted)
			fail_msg("case %zu: %s", i, err.message);
		strip_lines(json);
		text = json_text(json);
		if (!json_equal(json, wanted))
			fail_msg("case %zu: %s", i, text);
	}
}

static void what_means_nothing_is_refused_by_line(void **state)
{
	static const struct {
		const char *toml, *message;
	} cases[] = {
		{ "a", "file:1: '='" },
		{ "a =", "file:1: a value" },
		{ "a = 1\nb = x", "file:2: 'x' is no value" },
		{ "a = 1 b = 2", "file:1: unexpected text" },
		{ "a = 1\n\na = 2", "file:3: 'a' is defined twice" },
		{ "[a]\n[a]", "file:2: 'a' is defined twice" },
		{ "[a]\nb=1\n[a.b]", "file:3: 'b' is defined twice" },
		{ "[a]\nb=1\n[a.b.c]", "file:3: 'b' is defined twice" },
		{ "a.b=1\n[a]", "file:2: 'a' is defined twice" },
		{ "[a.b]\n[a]\nb.c=1", "file:3: 'b' is defined twice" },
		{ "a = {b=1}\na.c=2", "file:2: 'a' is defined twice" },
		{ "a = {b=1}\n[a.c]", "file:2: 'a' is defined twice" },
		{ "a = []\n[[a]]", "file:2: 'a' is defined twice" },
		{ "[[a]]\n[a]", "file:2: 'a' is defined twice" },
		{ "[a]\n[[a]]", "file:2: 'a' is defined twice" },
		{ "a = {b=1,}", "file:1: a key" },
		{ "a = {b=1\n}", "file:1: an inline table is not closed" },
		{ "a = [1 2]", "file:1: an array is not closed" },
		{ "a = [1,\n", "file:2: an array is not closed" },
		{ "a = \"x\ny\"", "file:1: a string is not closed" },
		{ "a = \"x", "file:1: a string is not closed" },
		{ "a = 'x", "file:1: a string is not closed" },
		{ "\na = '''\nx\n", "file:2: a string is not closed" },
		{ "a = \"\\x41\"", "file:1: an unknown escape" },
		{ "a = \"\\u00\"", "file:1: an escape needs 4" },
		{ "a = \"\\ud800\"", "file:1: an escape that is no character" },
		{ "a = \"\\u0000\"", "file:1: an escape that is no character" },
		{ "a = \"\x01\"", "file:1: a control character" },
		{ "# \x02", "file:1: a control character" },
		{ "a = 01", "no value" },
		{ "a = 1__0", "no value" },
		{ "a = _1", "no value" },
		{ "a = 1.", "no value" },
		{ "a = .5", "no value" },
		{ "a = +0x1", "no value" },
		{ "a = 0x", "no value" },
		{ "a = --1", "no value" },
		{ "a = 99999999999999999999", "no value" },
		{ "a = 0xffffffffffffffff", "no value" },
		{ "[a", "file:1: ']' is missing" },
		{ "[[a]", "file:1: ']' is missing" },
		{ "[]", "file:1: a key" },
		{ "a. = 1", "file:1: a key" },
		{ "= 1", "file:1: a key" },
		{ "\"#lines\" = 1", "file:1: the key" },
		{ "a = \"\xff\"", "file: it is not UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_error err = { 0 };
		auto_json json_t *json = parse_exact(cases[i].toml, &err);

		if (json || !strstr(err.message, cases[i].message))
			fail_msg("case %zu: %s", i, json ? "it was taken" : err.message);
		assert_int_equal(err.kind, ERROR_INVALID);
	}
}

static void nesting_and_size_are_bounded(void **state)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_error err = { 0 };

	(void)state;
	buffer_puts(&text, "a = ");
	for (int i = 0; i < 100000; i++)
		buffer_putc(&text, '[');
	assert_null(toml_parse(text.data, text.size, "deep", &err));
	assert_non_null(strstr(err.message, "nested more than"));
	buffer_clear(&text);
	buffer_puts(&text, "a = [");
	for (int i = 0; i <= TOML_VALUES_MAX; i++)
		buffer_puts(&text, "1,");
	assert_null(toml_parse(text.data, text.size, "wide", &err));
	assert_non_null(strstr(err.message, "more than"));
	buffer_clear(&text);
	for (int i = 0; i <= TOML_DEPTH_MAX; i++)
		buffer_puts(&text, "a.");
	assert_null(toml_parse(text.data, text.size, "key", &err));
}

static void lines_are_remembered(void **state)
{
	static const char text[] = "# first\nx = [\n1]\n[[r]]\n\nlocation = \"a\"\n[[r]]\ny = 2\n";
	auto_error err = { 0 };
	auto_json json_t *json = toml_parse(text, strlen(text), "file", &err);
	const json_t *list;

	(void)state;
	assert_non_null(json);
	list = json_object_get(json, "r");
	assert_int_equal(toml_line(json, "x"), 2);
	assert_int_equal(toml_line(json, "r"), 4);
	assert_int_equal(toml_line(json_array_get(list, 0), "location"), 6);
	assert_int_equal(toml_line(json_array_get(list, 0), ""), 4);
	assert_int_equal(toml_line(json_array_get(list, 1), ""), 7);
	assert_int_equal(toml_line(json, "none"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_mean_what_they_say),
		cmocka_unit_test(what_means_nothing_is_refused_by_line),
		cmocka_unit_test(nesting_and_size_are_bounded),
		cmocka_unit_test(lines_are_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
