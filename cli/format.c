/* SPDX-License-Identifier: Apache-2.0 */
/* --format for lists and for inspect. */
#include "cli/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "cli/table.h"
#include "cli/template.h"

#define INSPECT_INDENT 4

DEFINE_AUTO(template, template_free);
DEFINE_AUTO(table, table_free);

/* In a list's template the two characters \t and \n stand for a tab and a newline. */
static char *unescape(const char *text)
{
	struct buffer plain = { 0 };

	for (; *text; text++) {
		if (text[0] == '\\' && (text[1] == 't' || text[1] == 'n')) {
			buffer_putc(&plain, text[1] == 't' ? '\t' : '\n');
			text++;
		} else {
			buffer_putc(&plain, *text);
		}
	}
	return buffer_take(&plain);
}

static json_t *headings(const struct list_field *fields)
{
	json_t *row = json_object();

	for (; fields->name; fields++)
		json_object_set_new(row, fields->name, json_string(fields->heading));
	/* {{.Label "k"}} and the like are calls on the row; their heading is the label's name. */
	json_object_set_new(row, "__heading", json_true());
	return row;
}

static int execute_row(const struct template *template, const json_t *row, struct buffer *line,
		       struct error *err)
{
	buffer_clear(line);
	return template_execute(template, row, line, err);
}

/* `fields` NULL: no headings. */
static int print_table(const struct template *template, const struct list_field *fields,
		       const json_t *rows, struct error *err)
{
	auto_of(table) struct table *table = table_new();
	auto_json json_t *heading = fields ? headings(fields) : NULL;
	auto_release(buffer) struct buffer line = { 0 };
	const json_t *row;
	size_t i;

	if (heading && execute_row(template, heading, &line, err) < 0)
		return -1;
	if (heading)
		table_add(table, line.data);
	json_array_foreach(rows, i, row) {
		if (execute_row(template, row, &line, err) < 0)
			return -1;
		table_add(table, line.data);
	}
	table_print(table, stdout);
	return 0;
}

static int print_lines(const struct template *template, const json_t *rows, struct error *err)
{
	auto_release(buffer) struct buffer line = { 0 };
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (execute_row(template, row, &line, err) < 0)
			return -1;
		fwrite(line.data, 1, line.size, stdout);
		putchar('\n');
	}
	return 0;
}

/* docker's form: one object a line, keys sorted. */
static int print_json(const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		auto_free char *text = json_dumps(row, JSON_COMPACT | JSON_SORT_KEYS);

		puts(text ? text : "{}");
	}
	return 0;
}

int format_list(const char *format, const char *default_table, const struct list_field *fields,
		const json_t *rows, struct error *err)
{
	return format_list_without(false, format, default_table, fields, rows, err);
}

int format_list_without(bool no_heading, const char *format, const char *default_table,
			const struct list_field *fields, const json_t *rows, struct error *err)
{
	auto_of(template) struct template *template = NULL;
	auto_free char *text = NULL;
	const char *columns;
	bool table = false;

	if (is_empty(format) || strcmp(format, "table") == 0) {
		columns = default_table;
		table = true;
	} else if (strcmp(format, "json") == 0) {
		return print_json(rows);
	} else if ((columns = skip_prefix(format, "table "))) {
		columns += strspn(columns, " ");
		table = true;
	} else {
		columns = format;
	}
	text = unescape(columns);
	template = template_parse(text, err);
	if (!template)
		return -1;
	if (!table)
		return print_lines(template, rows, err);
	return print_table(template, no_heading ? NULL : fields, rows, err);
}

int format_objects(const char *format, const json_t *objects, struct error *err)
{
	auto_of(template) struct template *template = NULL;

	if (is_empty(format) || strcmp(format, "json") == 0) {
		auto_free char *text = json_dumps(
			objects, is_empty(format) ? JSON_INDENT(INSPECT_INDENT) : JSON_COMPACT);

		puts(text ? text : "[]");
		return 0;
	}
	template = template_parse(format, err);
	if (!template)
		return -1;
	return print_lines(template, objects, err);
}
