/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that templates may call: those of text/template and docker's own. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/strings.h"
#include "cli/template-tree.h"

#define PADDING_MAX 4096
#define SPLIT_MAX 100000

bool template_is_true(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_TRUE: return true;
	case JSON_INTEGER: return json_integer_value(value) != 0;
	case JSON_REAL: return json_real_value(value) != 0;
	case JSON_STRING: return json_string_length(value) > 0;
	case JSON_ARRAY: return json_array_size(value) > 0;
	case JSON_OBJECT: return json_object_size(value) > 0;
	default: return false;
	}
}

/* Whether a text is longer than a function may make it: stop, text_value() refuses it. */
static bool is_too_long(const struct buffer *text)
{
	return text->size > TEMPLATE_VALUE_MAX;
}

/* What a function made, as its value. Takes the buffer's content. */
static json_t *text_value(struct buffer *text, struct error *err)
{
	json_t *value = NULL;

	if (is_too_long(text))
		error_set(err, ERROR_INVALID, "template: executing: a text of more than %zu bytes",
			  TEMPLATE_VALUE_MAX);
	else
		value = json_stringn_nocheck(text->data ? text->data : "", text->size);
	buffer_release(text);
	return value;
}

static json_t *wrong(struct error *err, const char *function)
{
	error_set(err, ERROR_INVALID, "template: executing: wrong type of argument for %s", function);
	return NULL;
}

/* Go compares values of one kind only; here whole and other numbers are one. Null is equal to
 * itself alone. */
static bool are_comparable(const json_t *a, const json_t *b)
{
	if (json_is_array(a) || json_is_object(a) || json_is_array(b) || json_is_object(b))
		return false;
	if (json_is_null(a) || json_is_null(b))
		return true;
	return json_typeof(a) == json_typeof(b) || (json_is_number(a) && json_is_number(b)) ||
	       (json_is_boolean(a) && json_is_boolean(b));
}

/* Of two that are comparable: below, at or above 0. */
static int compare(const json_t *a, const json_t *b)
{
	double x = json_number_value(a);
	double y = json_number_value(b);

	if (json_is_string(a) && json_is_string(b))
		return strcmp(json_string_value(a), json_string_value(b));
	if (json_is_integer(a) && json_is_integer(b))
		return (json_integer_value(a) > json_integer_value(b)) -
		       (json_integer_value(a) < json_integer_value(b));
	if (json_is_number(a) && json_is_number(b))
		return (x > y) - (x < y);
	return (int)json_typeof(a) - (int)json_typeof(b);	/* true, false and null differ */
}

static json_t *not_comparable(struct error *err, const char *function)
{
	error_set(err, ERROR_INVALID, "template: executing: error calling %s: "
		  "incompatible types for comparison", function);
	return NULL;
}

static json_t *call_eq(json_t **arguments, size_t count, struct error *err)
{
	for (size_t i = 1; i < count; i++) {
		if (!are_comparable(arguments[0], arguments[i]))
			return not_comparable(err, "eq");
		if (compare(arguments[0], arguments[i]) == 0)
			return json_true();
	}
	return json_false();
}

static json_t *call_ne(json_t **arguments, size_t count, struct error *err)
{
	(void)count;
	if (!are_comparable(arguments[0], arguments[1]))
		return not_comparable(err, "ne");
	return json_boolean(compare(arguments[0], arguments[1]) != 0);
}

static json_t *ordered(json_t **arguments, const char *name, bool less, bool equal,
		       struct error *err)
{
	const json_t *a = arguments[0];
	const json_t *b = arguments[1];
	int order;

	if (!(json_is_string(a) && json_is_string(b)) && !(json_is_number(a) && json_is_number(b)))
		return not_comparable(err, name);
	order = compare(a, b);
	return json_boolean(order == 0 ? equal : (order < 0) == less);
}

static json_t *call_lt(json_t **arguments, size_t count, struct error *err)
{
	(void)count;
	return ordered(arguments, "lt", true, false, err);
}

static json_t *call_le(json_t **arguments, size_t count, struct error *err)
{
	(void)count;
	return ordered(arguments, "le", true, true, err);
}

static json_t *call_gt(json_t **arguments, size_t count, struct error *err)
{
	(void)count;
	return ordered(arguments, "gt", false, false, err);
}

static json_t *call_ge(json_t **arguments, size_t count, struct error *err)
{
	(void)count;
	return ordered(arguments, "ge", false, true, err);
}

static json_t *call_not(json_t **arguments, size_t count, struct error *err)
{
	(void)count;
	(void)err;
	return json_boolean(!template_is_true(arguments[0]));
}

static json_t *call_len(json_t **arguments, size_t count, struct error *err)
{
	const json_t *value = arguments[0];

	(void)count;
	if (json_is_string(value))
		return json_integer((json_int_t)json_string_length(value));
	if (json_is_array(value))
		return json_integer((json_int_t)json_array_size(value));
	if (json_is_object(value))
		return json_integer((json_int_t)json_object_size(value));
	return json_is_null(value) ? json_integer(0) : wrong(err, "len");
}

/* What a map gives for a key that it has not: "" in one of strings, as all of labels are. */
static json_t *missing_member(json_t *map)
{
	const char *key;
	json_t *item;

	json_object_foreach(map, key, item)
		if (!json_is_string(item))
			return json_null();
	return json_string("");
}

/* One step of index; a new reference. */
static json_t *member(json_t *value, const json_t *at, struct error *err)
{
	json_t *found = NULL;

	if (json_is_string(at) && (json_is_object(value) || json_is_null(value))) {
		found = json_object_get(value, json_string_value(at));
		return found ? json_incref(found) : missing_member(value);
	}
	if (!json_is_integer(at) || !json_is_array(value))
		return wrong(err, "index");
	if (json_integer_value(at) >= 0)
		found = json_array_get(value, (size_t)json_integer_value(at));
	if (!found)
		error_set(err, ERROR_INVALID, "template: executing: error calling index: index out of "
			  "range: %" JSON_INTEGER_FORMAT, json_integer_value(at));
	return json_incref(found);
}

static json_t *call_index(json_t **arguments, size_t count, struct error *err)
{
	json_t *value = json_incref(arguments[0]);

	for (size_t i = 1; i < count && value; i++) {
		json_t *next = member(value, arguments[i], err);

		json_decref(value);
		value = next;
	}
	return value;
}

/* A bound that slice was given, held against the length. */
static bool get_bound(const json_t *argument, size_t length, size_t *ret_bound)
{
	json_int_t bound = json_integer_value(argument);

	if (!json_is_integer(argument) || bound < 0 || (unsigned long long)bound > length)
		return false;
	*ret_bound = (size_t)bound;
	return true;
}

static json_t *call_slice(json_t **arguments, size_t count, struct error *err)
{
	bool string = json_is_string(arguments[0]);
	size_t length = string ? json_string_length(arguments[0]) : json_array_size(arguments[0]);
	size_t from = 0;
	size_t to = length;
	json_t *part;

	if (!string && !json_is_array(arguments[0]))
		return wrong(err, "slice");
	if ((count > 1 && !get_bound(arguments[1], length, &from)) ||
	    (count > 2 && !get_bound(arguments[2], length, &to)) || from > to) {
		error_set(err, ERROR_INVALID, "template: executing: error calling slice: index out of range");
		return NULL;
	}
	if (string)
		return json_stringn_nocheck(json_string_value(arguments[0]) + from, to - from);
	part = json_array();
	for (; from < to; from++)
		json_array_append(part, json_array_get(arguments[0], from));
	return part;
}

/* Go's Sprint and Sprintln: the one puts blanks where neither side is text. */
static json_t *print_all(json_t **arguments, size_t count, bool line, struct error *err)
{
	struct buffer text = { 0 };

	for (size_t i = 0; i < count && !is_too_long(&text); i++) {
		bool blank = line || (i > 0 && !json_is_string(arguments[i]) &&
				      !json_is_string(arguments[i - 1]));

		if (i > 0 && blank)
			buffer_putc(&text, ' ');
		template_print(arguments[i], &text);
	}
	if (line)
		buffer_putc(&text, '\n');
	return text_value(&text, err);
}

static json_t *call_print(json_t **arguments, size_t count, struct error *err)
{
	return print_all(arguments, count, false, err);
}

static json_t *call_println(json_t **arguments, size_t count, struct error *err)
{
	return print_all(arguments, count, true, err);
}

static json_t *call_printf(json_t **arguments, size_t count, struct error *err)
{
	struct buffer text = { 0 };

	if (!json_is_string(arguments[0]))
		return wrong(err, "printf");
	if (template_printf(arguments, count, &text, err) < 0) {
		buffer_release(&text);
		return NULL;
	}
	return text_value(&text, err);
}

static json_t *call_json(json_t **arguments, size_t count, struct error *err)
{
	auto_free char *text = json_dumps(arguments[0], JSON_ENCODE_ANY | JSON_COMPACT);

	(void)count;
	return text ? json_string_nocheck(text) : wrong(err, "json");
}

static json_t *call_join(json_t **arguments, size_t count, struct error *err)
{
	const char *separator = json_string_value(arguments[1]);
	struct buffer text = { 0 };
	json_t *item;
	size_t i;

	(void)count;
	if (!separator || (!json_is_array(arguments[0]) && !json_is_null(arguments[0])))
		return wrong(err, "join");
	json_array_foreach(arguments[0], i, item) {
		if (is_too_long(&text))
			break;
		buffer_puts(&text, i ? separator : "");
		template_print(item, &text);
	}
	return text_value(&text, err);
}

/* Where the first part of `text` ends: before the separator, or behind one character when that is
 * empty. NULL: nowhere. */
static const char *part_end(const char *text, const char *separator)
{
	if (*separator)
		return strstr(text, separator);
	if (*text)
		text++;
	while (((unsigned char)*text & 0xc0) == 0x80)
		text++;
	return *text ? text : NULL;
}

static json_t *call_split(json_t **arguments, size_t count, struct error *err)
{
	const char *at = json_string_value(arguments[0]);
	const char *separator = json_string_value(arguments[1]);
	json_t *parts;

	(void)count;
	if (!at || !separator)
		return wrong(err, "split");
	parts = json_array();
	if (!*at && !*separator)
		return parts;
	while (json_array_size(parts) < SPLIT_MAX) {
		const char *end = part_end(at, separator);

		json_array_append_new(parts, end ? json_stringn_nocheck(at, (size_t)(end - at))
						 : json_string_nocheck(at));
		if (!end)
			return parts;
		at = end + strlen(separator);
	}
	json_decref(parts);
	error_set(err, ERROR_INVALID, "template: executing: split makes more than %d parts", SPLIT_MAX);
	return NULL;
}

/* As strings.Title has it. */
static bool ends_word(char c)
{
	return (unsigned char)c < 0x80 && !isalnum((unsigned char)c) && c != '_';
}

static json_t *change_case(json_t *value, int (*change)(int), bool first_only, const char *name,
			   struct error *err)
{
	auto_free char *text = xstrdup(json_string_value(value));

	if (!text)
		return wrong(err, name);
	for (char *at = text; *at; at++)
		if (!first_only || at == text || ends_word(at[-1]))
			*at = (char)change((unsigned char)*at);
	return json_string_nocheck(text);
}

static json_t *call_lower(json_t **arguments, size_t count, struct error *err)
{
	(void)count;
	return change_case(arguments[0], tolower, false, "lower", err);
}

static json_t *call_upper(json_t **arguments, size_t count, struct error *err)
{
	(void)count;
	return change_case(arguments[0], toupper, false, "upper", err);
}

static json_t *call_title(json_t **arguments, size_t count, struct error *err)
{
	(void)count;
	return change_case(arguments[0], toupper, true, "title", err);
}

/* pad TEXT BEFORE AFTER: blanks on both sides of what is not empty. */
static json_t *call_pad(json_t **arguments, size_t count, struct error *err)
{
	const char *text = json_string_value(arguments[0]);
	json_int_t before = json_integer_value(arguments[1]);
	json_int_t after = json_integer_value(arguments[2]);
	struct buffer padded = { 0 };

	(void)count;
	if (!text || !json_is_integer(arguments[1]) || !json_is_integer(arguments[2]) ||
	    before < 0 || after < 0 || before > PADDING_MAX || after > PADDING_MAX)
		return wrong(err, "pad");
	if (*text)
		buffer_printf(&padded, "%*s%s%*s", (int)before, "", text, (int)after, "");
	return text_value(&padded, err);
}

static json_t *call_truncate(json_t **arguments, size_t count, struct error *err)
{
	const char *text = json_string_value(arguments[0]);
	json_int_t length = json_integer_value(arguments[1]);

	(void)count;
	if (!text || !json_is_integer(arguments[1]) || length < 0)
		return wrong(err, "truncate");
	if ((size_t)length < strlen(text))
		return json_stringn_nocheck(text, (size_t)length);
	return json_incref(arguments[0]);
}

/* All arguments in one text, where null is "<no value>". */
static void join_arguments(json_t **arguments, size_t count, struct buffer *plain)
{
	for (size_t i = 0; i < count && !is_too_long(plain); i++) {
		if (i > 0 && !json_is_string(arguments[i]) && !json_is_string(arguments[i - 1]))
			buffer_putc(plain, ' ');
		if (json_is_null(arguments[i]))
			buffer_puts(plain, "<no value>");
		else
			template_print(arguments[i], plain);
	}
}

static json_t *call_html(json_t **arguments, size_t count, struct error *err)
{
	auto_release(buffer) struct buffer plain = { 0 };
	struct buffer text = { 0 };

	join_arguments(arguments, count, &plain);
	for (size_t i = 0; i < plain.size && !is_too_long(&text); i++) {
		switch (plain.data[i]) {
		case '<': buffer_puts(&text, "&lt;"); break;
		case '>': buffer_puts(&text, "&gt;"); break;
		case '&': buffer_puts(&text, "&amp;"); break;
		case '"': buffer_puts(&text, "&#34;"); break;
		case '\'': buffer_puts(&text, "&#39;"); break;
		case '\0': buffer_puts(&text, "\ufffd"); break;
		default: buffer_putc(&text, plain.data[i]);
		}
	}
	return text_value(&text, err);
}

static json_t *call_js(json_t **arguments, size_t count, struct error *err)
{
	auto_release(buffer) struct buffer plain = { 0 };
	struct buffer text = { 0 };

	join_arguments(arguments, count, &plain);
	for (size_t i = 0; i < plain.size && !is_too_long(&text); i++) {
		char c = plain.data[i];

		if (c == '\\' || c == '\'' || c == '"')
			buffer_add(&text, (const char[]){ '\\', c }, 2);
		else if ((unsigned char)c < ' ' || strchr("<>&=", c))
			buffer_printf(&text, "\\u%04X", (unsigned char)c);
		else
			buffer_putc(&text, c);
	}
	return text_value(&text, err);
}

static json_t *call_urlquery(json_t **arguments, size_t count, struct error *err)
{
	auto_release(buffer) struct buffer plain = { 0 };
	struct buffer text = { 0 };

	join_arguments(arguments, count, &plain);
	for (size_t i = 0; i < plain.size && !is_too_long(&text); i++) {
		unsigned char c = (unsigned char)plain.data[i];

		if (isalnum(c) || (c && strchr("-_.~", c)))
			buffer_putc(&text, (char)c);
		else if (c == ' ')
			buffer_putc(&text, '+');
		else
			buffer_printf(&text, "%%%02X", c);
	}
	return text_value(&text, err);
}

static const struct template_function_entry functions[] = {
	{ "eq", 2, -1, call_eq },	{ "ne", 2, 2, call_ne },
	{ "lt", 2, 2, call_lt },	{ "le", 2, 2, call_le },
	{ "gt", 2, 2, call_gt },	{ "ge", 2, 2, call_ge },
	{ "not", 1, 1, call_not },	{ "len", 1, 1, call_len },
	{ "index", 1, -1, call_index },	{ "slice", 1, 3, call_slice },
	{ "print", 0, -1, call_print },	{ "println", 0, -1, call_println },
	{ "printf", 1, -1, call_printf }, { "json", 1, 1, call_json },
	{ "join", 2, 2, call_join },	{ "split", 2, 2, call_split },
	{ "lower", 1, 1, call_lower },	{ "upper", 1, 1, call_upper },
	{ "title", 1, 1, call_title },	{ "pad", 3, 3, call_pad },
	{ "truncate", 2, 2, call_truncate }, { "html", 0, -1, call_html },
	{ "js", 0, -1, call_js },	{ "urlquery", 0, -1, call_urlquery },
};

const struct template_function_entry *template_find_function(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (strcmp(functions[i].name, name) == 0)
			return &functions[i];
	return NULL;
}
