/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What --format means for a list: table, table TEMPLATE, json, raw, or a
 * TEMPLATE; and for inspect.
 */
#ifndef CLI_FORMAT_H
#define CLI_FORMAT_H

#include <jansson.h>
#include <stdbool.h>

struct error;

/* One placeholder of a list command: its name in templates and its heading. */
struct list_field {
	const char *name;	/* "ID" */
	const char *heading;	/* "CONTAINER ID" */
};

/* Prints `rows` (an array of objects whose members are strings, one for each field that docker
 * has). `format` NULL means `default_table` ("{{.ID}}\t{{.Image}}..."). Table headings come from
 * `fields` (NULL-terminated by name). */
int format_list(const char *format, const char *default_table, const struct list_field *fields,
		const json_t *rows, struct error *err);
/* The same; `no_heading` leaves out the first line of a table. */
int format_list_without(bool no_heading, const char *format, const char *default_table,
			const struct list_field *fields, const json_t *rows, struct error *err);
/* inspect: `objects` as an indented array (4), or the template for each. */
int format_objects(const char *format, const json_t *objects, struct error *err);

#endif
