/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON with bounds. jansson recurses up to 2048 levels while it parses, so the
 * depth is counted beforehand. Text of ours that is not UTF-8 (arguments, names of
 * files) is written as Go writes it: U+FFFD in place of each bad byte.
 */
#include "base/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/strings.h"

#define JSON_FILE_MODE 0600

struct shape {
	size_t depth;	/* the deepest nesting of brackets outside of strings */
	size_t values;	/* at most this many values */
};

static struct shape shape_of(const char *data, size_t size)
{
	struct shape shape = { .values = 1 };
	size_t depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < size; i++) {
		char c = data[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '{' || c == '['))
			depth++;
		else if (!in_string && (c == '}' || c == ']') && depth > 0)
			depth--;
		if (!in_string && strchr("{[,", c) && c)
			shape.values++;
		shape.depth = depth > shape.depth ? depth : shape.depth;
	}
	return shape;
}

static int check_shape(const char *data, size_t size, const char *name, struct error *err)
{
	struct shape shape = shape_of(data, size);

	if (shape.depth > JSON_DEPTH_MAX)
		return error_set(err, ERROR_INVALID, "%s: nested more than %d levels deep", name,
				 JSON_DEPTH_MAX);
	if (shape.values > JSON_VALUES_MAX)
		return error_set(err, ERROR_INVALID, "%s: more than %d values", name,
				 JSON_VALUES_MAX);
	return 0;
}

/* Writes the number `text` of `length` bytes so that jansson can hold it, if it is such a case. */
static void add_number(struct buffer *copy, const char *text, size_t length)
{
	auto_free char *number = xstrndup(text, length);
	struct error ignored = { 0 };
	uint64_t value = 0;

	if (parse_u64(number, &value, &ignored) == 0 && value > INT64_MAX)
		buffer_printf(copy, "%" PRId64, (int64_t)value);
	else
		buffer_add(copy, text, length);
	error_release(&ignored);
}

/* A copy of the document with its integers above INT64_MAX written as add_number() does. */
static void wrap_big_integers(const char *data, size_t size, struct buffer *copy)
{
	bool in_string = false;

	for (size_t i = 0; i < size; i++) {
		size_t length = 0;

		if (data[i] == '"')
			in_string = !in_string;
		if (in_string && data[i] == '\\' && i + 1 < size)
			buffer_putc(copy, data[i++]);
		while (!in_string && i + length < size && data[i + length] &&
		       strchr("+-.0123456789eE", data[i + length]))
			length++;
		if (length > 0 && (data[i] == '-' || (data[i] >= '0' && data[i] <= '9'))) {
			add_number(copy, data + i, length);
			i += length - 1;
		} else {
			buffer_putc(copy, data[i]);
		}
	}
}

static json_t *load(const char *data, size_t size, json_error_t *at)
{
	const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;
	json_t *value = json_loadb(data, size, flags, at);
	auto_release(buffer) struct buffer copy = { .max = SIZE_MAX - 1 };

	if (value || json_error_code(at) != json_error_numeric_overflow)
		return value;
	wrap_big_integers(data, size, &copy);
	return json_loadb(copy.data, copy.size, flags, at);
}

json_t *json_parse(const char *data, size_t size, const char *name, struct error *err)
{
	json_error_t at;
	json_t *value;

	if (check_shape(data, size, name, err) < 0)
		return NULL;
	value = load(data, size, &at);
	if (!value)
		error_set(err, ERROR_INVALID, "%s: line %d: %s", name, at.line, at.text);
	return value;
}

json_t *json_read_file(int dir, const char *path, size_t max, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };

	if (file_read(dir, path, max, &text, err) < 0)
		return NULL;
	return json_parse(text.data ? text.data : "", text.size, path, err);
}

char *json_text(const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	if (!text)
		abort(); /* a value of ours that JSON cannot hold */
	return text;
}

int json_write_file(int dir, const char *name, const json_t *value, enum file_sync sync,
		    struct error *err)
{
	auto_free char *text = json_text(value);
	auto_free char *line = xasprintf("%s\n", text);

	return file_write(dir, name, line, strlen(line), JSON_FILE_MODE, sync, err);
}

/* The longest well-formed beginning of `text`, at most `length` bytes. */
static size_t well_formed(const char *text, size_t length)
{
	size_t good = 0;

	while (good < length) {
		size_t size = 1;

		while (size <= 4 && size <= length - good && !is_utf8(text + good, size))
			size++;
		if (size > 4 || size > length - good)
			break;
		good += size;
	}
	return good;
}

static json_t *make_string(const char *text)
{
	size_t length = strlen(text);
	auto_release(buffer) struct buffer fixed = { .max = SIZE_MAX - 1 };

	if (is_utf8(text, length))
		return json_stringn(text, length);
	while (length > 0) {
		size_t good = well_formed(text, length);

		buffer_add(&fixed, text, good);
		if (good < length) {
			buffer_puts(&fixed, "\xef\xbf\xbd");
			good++;
		}
		text += good;
		length -= good;
	}
	return json_stringn(fixed.data, fixed.size);
}

int json_to_strings(const json_t *array, const char *name, struct strings *ret_list,
		    struct error *err)
{
	auto_release(strings) struct strings list = { 0 };
	json_t *item;
	size_t i;

	if (array && !json_is_null(array) && !json_is_array(array))
		return error_set(err, ERROR_INVALID, "%s: not a list of strings", name);
	json_array_foreach(array, i, item) {
		if (!json_is_string(item))
			return error_set(err, ERROR_INVALID, "%s: not a list of strings", name);
		strings_add(&list, json_string_value(item));
	}
	strings_release(ret_list);
	*ret_list = list;
	list = (struct strings){ 0 };
	return 0;
}

json_t *json_from_strings(const struct strings *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array, make_string(list->items[i]));
	return array;
}

int json_to_map(const json_t *object, const char *name, struct strings *ret_list,
		struct error *err)
{
	auto_release(strings) struct strings list = { 0 };
	const char *key;
	json_t *value;

	if (object && !json_is_null(object) && !json_is_object(object))
		return error_set(err, ERROR_INVALID, "%s: not an object of strings", name);
	json_object_foreach((json_t *)object, key, value) {
		if (!json_is_string(value) && !json_is_null(value))
			return error_set(err, ERROR_INVALID, "%s: not an object of strings", name);
		strings_addf(&list, "%s=%s", key,
			     json_is_null(value) ? "" : json_string_value(value));
	}
	strings_release(ret_list);
	*ret_list = list;
	list = (struct strings){ 0 };
	return 0;
}

json_t *json_from_map(const struct strings *list)
{
	json_t *object = json_object();

	for (size_t i = 0; i < list->count; i++) {
		const char *entry = list->items[i];
		const char *equals = strchrnul(entry, '=');
		auto_free char *key = xstrndup(entry, (size_t)(equals - entry));
		auto_json json_t *fixed = make_string(key);

		json_object_set_new(object, json_string_value(fixed),
				    make_string(*equals ? equals + 1 : ""));
	}
	return object;
}

char *json_copy_string(const json_t *object, const char *key)
{
	return xstrdup(json_string_value(json_object_get(object, key)));
}

void json_auto_decref(json_t **json)
{
	json_decref(*json);
}
