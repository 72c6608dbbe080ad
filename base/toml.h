/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TOML 1.0, as the files of containers(5) are written in it, read into jansson's
 * values: tables are objects, dates and times (and the floats inf and nan) are
 * strings with the text of the file. Bounded (R9), strict about what is defined twice.
 *
 * So that later errors can name a line, each table keeps a member TOML_LINES, an object of
 * integers: who walks over a table passes over it.
 */
#ifndef BASE_TOML_H
#define BASE_TOML_H

#include <jansson.h>
#include <stddef.h>

struct error;

#define TOML_DEPTH_MAX 32
#define TOML_VALUES_MAX 100000
#define TOML_LINES "#lines"

/* Parses a document; `name` is for messages ("NAME:LINE: ..."). A new reference, or NULL. */
json_t *toml_parse(const char *data, size_t size, const char *name, struct error *err);
/* Reads and parses a file of at most `max` bytes; a missing one is ERROR_NOT_FOUND. */
json_t *toml_read_file(int dir, const char *path, size_t max, struct error *err);
/* The line where `key` of `table` stands; 0: not known. */
unsigned int toml_line(const json_t *table, const char *key);

#endif
