/* SPDX-License-Identifier: Apache-2.0 */
/* What toml.c and toml-value.c share: a place in the text. */
#ifndef BASE_TOML_READER_H
#define BASE_TOML_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct buffer;
struct error;

struct toml {
	const char *at, *end;
	unsigned int line;
	const char *name;
	json_t *root;		/* borrowed */
	unsigned int depth;	/* of arrays and inline tables */
	size_t values;
	struct error *err;
};

/* toml.c */
int toml_fail(struct toml *toml, const char *format, ...) __attribute__((format(printf, 2, 3)));
void toml_skip_blanks(struct toml *toml);
int toml_skip_comment(struct toml *toml);
bool toml_at(const struct toml *toml, char c);
bool toml_take(struct toml *toml, char c);
bool toml_take_newline(struct toml *toml);
json_t *toml_new_table(void);
int toml_read_pair(struct toml *toml, json_t *table);	/* KEY = VALUE */

/* toml-value.c */
json_t *toml_read_value(struct toml *toml);	/* a new reference, or NULL */
/* A string in either quotes, `multiline` if three of them may stand there, appended to `text`. */
int toml_read_string(struct toml *toml, bool multiline, struct buffer *text);

#endif
