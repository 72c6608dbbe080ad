/* SPDX-License-Identifier: Apache-2.0 */
/* What --format means: tables, JSON lines, templates, and inspect's array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/format.h"

#define DEFAULT_TABLE "{{.ID}}\t{{.Names}}"

static const struct list_field fields[] = {
	{ "ID", "CONTAINER ID" }, { "Names", "NAMES" }, { "Labels", "LABELS" }, { NULL, NULL },
};

/* Runs `print` with standard output in a file, and gives what is in there. */
struct call {
	const char *format;
	const json_t *json;
	bool list;
};

static int print(const struct call *call, struct error *err)
{
	if (call->list)
		return format_list(call->format, DEFAULT_TABLE, fields, call->json, err);
	return format_objects(call->format, call->json, err);
}

static int capture(const struct call *call, struct buffer *output, struct error *err)
{
	auto_file FILE *file = tmpfile();
	auto_fd int saved = dup(STDOUT_FILENO);
	char block[4096];
	ssize_t count;
	int result;

	assert_true(file && saved >= 0);
	fflush(stdout);
	assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
	result = print(call, err);
	fflush(stdout);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
	buffer_puts(output, "");
	while ((count = read(fileno(file), block, sizeof(block))) > 0)
		buffer_add(output, block, (size_t)count);
	return result;
}

struct format_case {
	const char *format;
	const char *printed;	/* NULL: an error */
};

static void check_cases(const char *json, bool list, const struct format_case *cases, size_t count)
{
	auto_json json_t *value = json_loads(json, 0, NULL);

	assert_non_null(value);
	for (size_t i = 0; i < count; i++) {
		const struct call call = { .format = cases[i].format, .json = value, .list = list };
		auto_release(buffer) struct buffer output = { 0 };
		auto_error err = { 0 };
		int result = capture(&call, &output, &err);

		if ((result < 0) != !cases[i].printed)
			fail_msg("%s: %s", cases[i].format, result < 0 ? err.message : "no error");
		if (cases[i].printed && strcmp(output.data, cases[i].printed) != 0)
			fail_msg("%s:\n   got %s\nwanted %s", cases[i].format, output.data,
				 cases[i].printed);
	}
}

static const char rows[] = "[{\"Names\": \"web\", \"ID\": \"abc\", \"Labels\": \"a=1\"},"
			   "{\"Names\": \"a-longer-name\", \"ID\": \"def\", \"Labels\": \"\"}]";

static void lists_take_all_forms(void **state)
{
	static const struct format_case cases[] = {
		{ NULL, "CONTAINER ID   NAMES\nabc            web\ndef            a-longer-name\n" },
		{ "", "CONTAINER ID   NAMES\nabc            web\ndef            a-longer-name\n" },
		{ "table", "CONTAINER ID   NAMES\nabc            web\ndef            a-longer-name\n" },
		{ "table {{.Names}}\\t{{.ID}}", "NAMES           CONTAINER ID\nweb             abc\n"
						"a-longer-name   def\n" },
		{ "table  {{upper .Names}}", "NAMES\nWEB\nA-LONGER-NAME\n" },
		{ "table {{.Label \"a\"}}\t{{.ID}}", "a         CONTAINER ID\n1         abc\n          def\n" },
		{ "json", "{\"ID\":\"abc\",\"Labels\":\"a=1\",\"Names\":\"web\"}\n"
			  "{\"ID\":\"def\",\"Labels\":\"\",\"Names\":\"a-longer-name\"}\n" },
		{ "{{.ID}}", "abc\ndef\n" },
		{ "{{.ID}}\\t{{.Names}}\\n", "abc\tweb\n\ndef\ta-longer-name\n\n" },
		{ "x\\\\{{.ID}}\\r", "x\\\\abc\\r\nx\\\\def\\r\n" },
		{ "{{json .}}", "{\"Names\":\"web\",\"ID\":\"abc\",\"Labels\":\"a=1\"}\n"
				"{\"Names\":\"a-longer-name\",\"ID\":\"def\",\"Labels\":\"\"}\n" },
		{ "tables", "tables\ntables\n" },
		{ "{{.Nope}}", NULL }, { "table {{.Nope}}", NULL }, { "{{.ID", NULL }, { "table {{", NULL },
	};

	(void)state;
	check_cases(rows, true, cases, ARRAY_SIZE(cases));
}

static void an_empty_list_has_headings_in_a_table_only(void **state)
{
	static const struct format_case cases[] = {
		{ NULL, "CONTAINER ID   NAMES\n" }, { "json", "" }, { "{{.ID}}", "" }, { "{{", NULL },
	};

	(void)state;
	check_cases("[]", true, cases, ARRAY_SIZE(cases));
}

static void objects_are_an_indented_array(void **state)
{
	static const struct format_case cases[] = {
		{ NULL, "[\n    {\n        \"Id\": \"abc\",\n        \"L\": [\n            1\n        ]\n    }\n]\n" },
		{ "json", "[{\"Id\":\"abc\",\"L\":[1]}]\n" },
		{ "{{.Id}} {{json .L}}", "abc [1]\n" },
		{ "{{.Id}}\\t", "abc\\t\n" },
		{ "{{.Nope}}", NULL }, { "{{nope}}", NULL },
	};
	static const struct format_case none[] = {
		{ NULL, "[]\n" }, { "json", "[]\n" }, { "{{.Id}}", "" },
	};

	(void)state;
	check_cases("[{\"Id\": \"abc\", \"L\": [1]}]", false, cases, ARRAY_SIZE(cases));
	check_cases("[]", false, none, ARRAY_SIZE(none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_take_all_forms),
		cmocka_unit_test(an_empty_list_has_headings_in_a_table_only),
		cmocka_unit_test(objects_are_an_indented_array),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
