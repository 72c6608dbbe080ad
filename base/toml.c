/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables, keys and what may be defined where; values are read in toml-value.c.
 *
 * How a key came to be decides what may be added to it. That is kept beside its line: the
 * integers of TOML_LINES are line * STATE_COUNT + state.
 */
#include "base/toml.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/toml-reader.h"

enum state {
	STATE_VALUE,		/* complete: nothing may be added */
	STATE_IMPLIED,		/* a table on the way to one that a header names */
	STATE_DEFINED,		/* a table with a header of its own */
	STATE_DOTTED,		/* a table made by a dotted key */
	STATE_ARRAY,		/* an array of tables */
	STATE_COUNT,
};

int toml_fail(struct toml *toml, const char *format, ...)
{
	va_list args;
	auto_free char *text = NULL;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	return error_set(toml->err, ERROR_INVALID, "%s:%u: %s", toml->name, toml->line, text);
}

json_t *toml_new_table(void)
{
	json_t *table = json_object();

	json_object_set_new(table, TOML_LINES, json_object());
	return table;
}

static json_int_t note_of(const json_t *table, const char *key)
{
	return json_integer_value(json_object_get(json_object_get(table, TOML_LINES), key));
}

static enum state state_of(const json_t *table, const char *key)
{
	return (enum state)(note_of(table, key) % STATE_COUNT);
}

static void note(const struct toml *toml, json_t *table, const char *key, enum state state)
{
	json_object_set_new(json_object_get(table, TOML_LINES), key,
			    json_integer((json_int_t)toml->line * STATE_COUNT + state));
}

/* Puts `value` (owned) at `key`, which is new. Borrowed. */
static json_t *put(struct toml *toml, json_t *table, const char *key, json_t *value,
		   enum state state)
{
	json_object_set_new(table, key, value);
	note(toml, table, key, state);
	return value;
}

static int fail_twice(struct toml *toml, const char *key)
{
	auto_free char *shown = printable(key);

	return toml_fail(toml, "'%.100s' is defined twice", shown);
}

void toml_skip_blanks(struct toml *toml)
{
	while (toml->at < toml->end && (*toml->at == ' ' || *toml->at == '\t'))
		toml->at++;
}

bool toml_at(const struct toml *toml, char c)
{
	return toml->at < toml->end && *toml->at == c;
}

bool toml_take(struct toml *toml, char c)
{
	if (!toml_at(toml, c))
		return false;
	toml->at++;
	return true;
}

bool toml_take_newline(struct toml *toml)
{
	if (toml->end - toml->at >= 2 && toml->at[0] == '\r' && toml->at[1] == '\n')
		toml->at++;
	if (!toml_take(toml, '\n'))
		return false;
	toml->line++;
	return true;
}

int toml_skip_comment(struct toml *toml)
{
	if (!toml_at(toml, '#'))
		return 0;
	while (toml->at < toml->end && *toml->at != '\n') {
		unsigned char c = (unsigned char)*toml->at;

		if ((c < 0x20 && c != '\t' && c != '\r') || c == 0x7f)
			return toml_fail(toml, "a control character in a comment");
		toml->at++;
	}
	return 0;
}

static int end_line(struct toml *toml)
{
	toml_skip_blanks(toml);
	if (toml_skip_comment(toml) < 0)
		return -1;
	if (toml->at == toml->end || toml_take_newline(toml))
		return 0;
	return toml_fail(toml, "unexpected text at the end of the line");
}

static bool is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

static int read_key_part(struct toml *toml, struct strings *key)
{
	auto_release(buffer) struct buffer text = { 0 };
	const char *start = toml->at;

	if (toml_at(toml, '"') || toml_at(toml, '\'')) {
		if (toml_read_string(toml, false, &text) < 0)
			return -1;
		strings_take(key, text.size ? buffer_take(&text) : xstrdup(""));
	} else {
		while (toml->at < toml->end && is_bare(*toml->at))
			toml->at++;
		if (toml->at == start)
			return toml_fail(toml, "a key is expected here");
		strings_take(key, xstrndup(start, (size_t)(toml->at - start)));
	}
	if (!strcmp(key->items[key->count - 1], TOML_LINES))
		return toml_fail(toml, "the key '" TOML_LINES "' is not supported");
	return 0;
}

/* One or several parts with dots between them. */
static int read_key(struct toml *toml, struct strings *key)
{
	do {
		toml_skip_blanks(toml);
		if (key->count == TOML_DEPTH_MAX)
			return toml_fail(toml, "a key of more than %d parts", TOML_DEPTH_MAX);
		if (read_key_part(toml, key) < 0)
			return -1;
		toml_skip_blanks(toml);
	} while (toml_take(toml, '.'));
	return 0;
}

int toml_read_pair(struct toml *toml, json_t *table)
{
	auto_release(strings) struct strings key = { 0 };
	const char *last;
	json_t *value;

	if (read_key(toml, &key) < 0)
		return -1;
	for (size_t i = 0; i + 1 < key.count; i++) {
		json_t *next = json_object_get(table, key.items[i]);

		if (!next)
			next = put(toml, table, key.items[i], toml_new_table(), STATE_DOTTED);
		else if (state_of(table, key.items[i]) != STATE_DOTTED)
			return fail_twice(toml, key.items[i]);
		table = next;
	}
	last = key.items[key.count - 1];
	if (json_object_get(table, last))
		return fail_twice(toml, last);
	if (!toml_take(toml, '='))
		return toml_fail(toml, "'=' is expected after a key");
	note(toml, table, last, STATE_VALUE);	/* the line where it begins */
	toml_skip_blanks(toml);
	value = toml_read_value(toml);
	if (!value)
		return -1;
	json_object_set_new(table, last, value);
	return 0;
}

/* The table that `key`, a part of a header before its last one, leads to. */
static json_t *enter(struct toml *toml, json_t *table, const char *key)
{
	json_t *next = json_object_get(table, key);

	if (!next)
		return put(toml, table, key, toml_new_table(), STATE_IMPLIED);
	if (state_of(table, key) == STATE_ARRAY)
		return json_array_get(next, json_array_size(next) - 1);
	if (state_of(table, key) != STATE_VALUE)
		return next;
	fail_twice(toml, key);
	return NULL;
}

static json_t *open_table(struct toml *toml, json_t *table, const char *key)
{
	json_t *next = json_object_get(table, key);

	if (!next)
		return put(toml, table, key, toml_new_table(), STATE_DEFINED);
	if (state_of(table, key) != STATE_IMPLIED) {
		fail_twice(toml, key);
		return NULL;
	}
	note(toml, table, key, STATE_DEFINED);
	return next;
}

static json_t *open_array(struct toml *toml, json_t *table, const char *key)
{
	json_t *array = json_object_get(table, key);
	json_t *item;

	if (!array)
		array = put(toml, table, key, json_array(), STATE_ARRAY);
	if (state_of(table, key) != STATE_ARRAY) {
		fail_twice(toml, key);
		return NULL;
	}
	item = toml_new_table();
	note(toml, item, "", STATE_VALUE);	/* where this one begins */
	json_array_append_new(array, item);
	return item;
}

/* "[a.b]" or "[[a.b]]": what the next keys belong to. */
static json_t *read_header(struct toml *toml)
{
	auto_release(strings) struct strings key = { 0 };
	json_t *table = toml->root;
	bool is_array;

	toml->at++;
	is_array = toml_take(toml, '[');
	if (read_key(toml, &key) < 0)
		return NULL;
	if (!toml_take(toml, ']') || (is_array && !toml_take(toml, ']'))) {
		toml_fail(toml, "']' is missing");
		return NULL;
	}
	if (++toml->values > TOML_VALUES_MAX) {
		toml_fail(toml, "more than %d values", TOML_VALUES_MAX);
		return NULL;
	}
	for (size_t i = 0; table && i + 1 < key.count; i++)
		table = enter(toml, table, key.items[i]);
	if (!table)
		return NULL;
	return is_array ? open_array(toml, table, key.items[key.count - 1]) :
			  open_table(toml, table, key.items[key.count - 1]);
}

static int read_document(struct toml *toml)
{
	json_t *table = toml->root;

	while (toml->at < toml->end) {
		toml_skip_blanks(toml);
		if (toml_at(toml, '['))
			table = read_header(toml);
		else if (toml->at < toml->end && !strchr("#\r\n", *toml->at) &&
			 toml_read_pair(toml, table) < 0)
			return -1;
		if (!table || end_line(toml) < 0)
			return -1;
	}
	return 0;
}

json_t *toml_parse(const char *data, size_t size, const char *name, struct error *err)
{
	auto_json json_t *root = toml_new_table();
	struct toml toml = { .at = data, .end = data + size, .line = 1, .name = name,
			     .root = root, .err = err };

	if (size >= 3 && !memcmp(data, "\xef\xbb\xbf", 3))
		toml.at += 3;
	if (memchr(data, '\0', size) || !is_utf8(data, size)) {
		error_set(err, ERROR_INVALID, "%s: it is not UTF-8 text", name);
		return NULL;
	}
	return read_document(&toml) < 0 ? NULL : take_ptr(&root);
}

json_t *toml_read_file(int dir, const char *path, size_t max, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };

	if (file_read(dir, path, max, &text, err) < 0)
		return NULL;
	return toml_parse(text.data ? text.data : "", text.size, path, err);
}

unsigned int toml_line(const json_t *table, const char *key)
{
	return (unsigned int)(note_of(table, key) / STATE_COUNT);
}
