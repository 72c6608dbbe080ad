/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Go templates for --format: fields, pipelines, if/else, range, with, variables,
 * define-less; the functions eq ne lt le gt ge and or not index slice len print printf println json join split
 * lower upper title pad truncate html js urlquery. Evaluated over JSON values.
 */
#ifndef CLI_TEMPLATE_H
#define CLI_TEMPLATE_H

#include <jansson.h>

struct buffer;
struct error;
struct template;

#define TEMPLATE_SIZE_MAX 65536

/* ERROR_INVALID: "template parsing error: ..." with docker's words where scripts look at them. */
struct template *template_parse(const char *text, struct error *err);
/* Appends the output for `value`. A missing object key prints "<no value>". */
int template_execute(const struct template *template, const json_t *value, struct buffer *output,
		     struct error *err);
void template_free(struct template *template);	/* NULL is fine */

#endif
