/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jansson with our bounds and errors. Decoding of a document's shape is done by
 * json_unpack_ex() in the file that owns the document.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "base/file.h"

struct error;
struct strings;

#define JSON_DEPTH_MAX 64
#define JSON_VALUES_MAX 500000	/* each takes about a hundred bytes of memory */

/* Parses exactly one value; duplicate keys, NUL bytes, and depth over JSON_DEPTH_MAX are
 * ERROR_INVALID (R9, R10). An integer above INT64_MAX that a uint64_t holds (rlimits have it)
 * comes as the int64_t of the same bits. `name` is for messages. A new reference, or NULL. */
json_t *json_parse(const char *data, size_t size, const char *name, struct error *err);
/* Reads and parses a file of at most `max` bytes; a missing one is ERROR_NOT_FOUND. */
json_t *json_read_file(int dir, const char *path, size_t max, struct error *err);
/* Writes compact JSON and a newline by file_write(). */
int json_write_file(int dir, const char *name, const json_t *value, enum file_sync sync,
		    struct error *err);
/* Compact text, keys in insertion order; new string. */
char *json_text(const json_t *value);

/* An array of strings into `ret_list`; NULL or JSON null is an empty list; `name` for messages. */
int json_to_strings(const json_t *array, const char *name, struct strings *ret_list,
		    struct error *err);
json_t *json_from_strings(const struct strings *list);	/* new reference; [] when empty */
/* An object of string values from and to a KEY=VALUE list. */
int json_to_map(const json_t *object, const char *name, struct strings *ret_list,
		struct error *err);
json_t *json_from_map(const struct strings *list);
/* A copy of the string member `key`, or NULL where it is absent, null, or no string. */
char *json_copy_string(const json_t *object, const char *key);

void json_auto_decref(json_t **json);
#define auto_json __attribute__((cleanup(json_auto_decref)))

#endif
