/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --filter KEY=VALUE of lists: different keys must all match; of several values of one key one
 * must, but of labels all.
 */
#ifndef CLI_FILTER_H
#define CLI_FILTER_H

#include <stdbool.h>

#include "base/strings.h"

struct error;

struct filters {
	struct strings keys, values;	/* side by side; keys in lower case */
};

/* `keys` are the known ones, NULL-terminated. */
int filters_parse(const struct strings *texts, const char *const *keys,
		  struct filters *ret_filters, struct error *err);
void filters_release(struct filters *filters);

/* Whether one of `key`'s values is accepted, or there are none. */
typedef bool (*filter_match)(const char *value, const void *object);
bool filters_match(const struct filters *filters, const char *key, filter_match match,
		   const void *object);
/* Whether all values of `key` are. */
bool filters_match_all(const struct filters *filters, const char *key, filter_match match,
		       const void *object);
bool filters_have(const struct filters *filters, const char *key);
/* The last value of `key`, or NULL. Borrowed. */
const char *filters_value(const struct filters *filters, const char *key);

/* A filter_match for KEY or KEY=VALUE; `object` is a struct strings of KEY=VALUE. */
bool filter_match_label(const char *value, const void *labels);
/* Whether `pattern` is a part of `text`, or a regular expression that matches it. */
bool filter_match_text(const char *pattern, const char *text);
/* "1", "true", "0", "false"; other words are an error. */
int filter_parse_bool(const char *key, const char *value, bool *ret_value, struct error *err);

#endif
