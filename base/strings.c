/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of strings. The room behind `items` is not stored: it is always the
 * power of two that holds the strings and the closing NULL, so that adding one
 * by one stays linear.
 */
#include "base/strings.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"

static size_t room_for(size_t count)
{
	size_t room = 4;

	while (room < count + 1)
		room *= 2;
	return room;
}

void strings_take(struct strings *list, char *text)
{
	size_t room = room_for(list->count + 1);

	if (!list->items || room > room_for(list->count))
		list->items = xrealloc_array(list->items, room, sizeof(*list->items));
	list->items[list->count++] = text;
	list->items[list->count] = NULL;
}

void strings_add(struct strings *list, const char *text)
{
	strings_take(list, xstrdup(text));
}

void strings_addf(struct strings *list, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strings_take(list, xvasprintf(format, args));
	va_end(args);
}

void strings_copy(struct strings *to, const struct strings *from)
{
	struct strings copy = { 0 };

	for (size_t i = 0; i < from->count; i++)
		strings_add(&copy, from->items[i]);
	strings_release(to);
	*to = copy;
}

bool strings_contain(const struct strings *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], text) == 0)
			return true;
	return false;
}

void strings_remove(struct strings *list, size_t index)
{
	free(list->items[index]);
	memmove(&list->items[index], &list->items[index + 1],
		(list->count - index) * sizeof(*list->items)); /* with the closing NULL */
	list->count--;
}

static int compare_items(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

void strings_sort(struct strings *list)
{
	if (list->count > 1)
		qsort(list->items, list->count, sizeof(*list->items), compare_items);
}

void strings_split(struct strings *list, const char *text, char separator)
{
	const char *end;

	while ((end = strchr(text, separator)) && *end) {
		strings_take(list, xstrndup(text, (size_t)(end - text)));
		text = end + 1;
	}
	strings_add(list, text);
}

char *strings_join(const struct strings *list, const char *separator)
{
	size_t between = strlen(separator);
	size_t size = 1;
	char *joined;
	char *at;

	for (size_t i = 0; i < list->count; i++)
		size += strlen(list->items[i]) + between;
	joined = xmalloc(size);
	at = joined;
	for (size_t i = 0; i < list->count; i++) {
		if (i > 0)
			at = mempcpy(at, separator, between);
		at = mempcpy(at, list->items[i], strlen(list->items[i]));
	}
	*at = '\0';
	return joined;
}

void strings_release(struct strings *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct strings){ 0 };
}

/* The value in `entry` ("KEY=VALUE") if its key is `key`, else NULL. */
static const char *value_of(const char *entry, const char *key)
{
	const char *rest = skip_prefix(entry, key);

	return rest && *rest == '=' ? rest + 1 : NULL;
}

const char *strings_get_value(const struct strings *list, const char *key)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *value = value_of(list->items[i], key);

		if (value)
			return value;
	}
	return NULL;
}

void strings_set_value(struct strings *list, const char *key, const char *value)
{
	char *entry = xasprintf("%s=%s", key, value);
	size_t at = 0;

	while (at < list->count && !value_of(list->items[at], key))
		at++;
	if (at == list->count) {
		strings_take(list, entry);
		return;
	}
	free(list->items[at]);
	list->items[at] = entry;
	/* A list from outside may hold the key twice, and readers differ in which one counts. */
	for (size_t i = list->count; --i > at;)
		if (value_of(list->items[i], key))
			strings_remove(list, i);
}

void strings_unset_value(struct strings *list, const char *key)
{
	for (size_t i = list->count; i-- > 0;)
		if (value_of(list->items[i], key))
			strings_remove(list, i);
}

bool has_prefix(const char *text, const char *prefix)
{
	return skip_prefix(text, prefix) != NULL;
}

bool has_suffix(const char *text, const char *suffix)
{
	size_t length = strlen(text);
	size_t suffix_length = strlen(suffix);

	return length >= suffix_length && strcmp(text + length - suffix_length, suffix) == 0;
}

const char *skip_prefix(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

bool is_empty(const char *text)
{
	return !text || !*text;
}
