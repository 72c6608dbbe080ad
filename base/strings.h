/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing list of strings, and the few string functions that libc lacks.
 *
 * `items` is always NULL-terminated once something was added, so that it
 * serves as an argv or environ. A zeroed struct is an empty list.
 */
#ifndef BASE_STRINGS_H
#define BASE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

struct strings {
	char **items;		/* owned, each owned; NULL while empty */
	size_t count;
};

void strings_add(struct strings *list, const char *text);	/* copies */
void strings_take(struct strings *list, char *text);		/* owns `text` from now on */
void strings_addf(struct strings *list, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void strings_copy(struct strings *to, const struct strings *from);	/* replaces *to */
bool strings_contain(const struct strings *list, const char *text);
void strings_remove(struct strings *list, size_t index);
void strings_sort(struct strings *list);
/* Appends the parts of `text` between single `separator` bytes; empty parts are kept, and ""
 * adds one. */
void strings_split(struct strings *list, const char *text, char separator);
char *strings_join(const struct strings *list, const char *separator);	/* new string, never NULL */
void strings_release(struct strings *list);

/* KEY=VALUE lists (environments, labels): the value of `key`, or NULL. Borrowed. */
const char *strings_get_value(const struct strings *list, const char *key);
/* Sets KEY=VALUE, replacing an entry of the same key. */
void strings_set_value(struct strings *list, const char *key, const char *value);
void strings_unset_value(struct strings *list, const char *key);

bool has_prefix(const char *text, const char *prefix);
bool has_suffix(const char *text, const char *suffix);
/* The text after `prefix`, or NULL when `text` does not begin with it. */
const char *skip_prefix(const char *text, const char *prefix);
bool is_empty(const char *text);	/* NULL or "" */

/* Strict decimal numbers (R9): digits only, no sign, blank, or trailing byte; 0, or -1 and *err. */
int parse_u32(const char *text, uint32_t *ret_value, struct error *err);
int parse_u64(const char *text, uint64_t *ret_value, struct error *err);
/* As above with an optional leading '-'. */
int parse_i64(const char *text, int64_t *ret_value, struct error *err);

/* Whether `text` is well-formed UTF-8. */
bool is_utf8(const char *text, size_t length);

/* `text` fit for one terminal line: control characters (escape sequences, newlines), marks of
 * reading direction, and what is no UTF-8 as \xNN. New string. */
char *printable(const char *text);

#endif
