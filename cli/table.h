/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns as docker prints them: padded to the widest cell plus three blanks, at
 * least ten wide, the last one unpadded. Width counts characters, not bytes.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdio.h>

struct table;

struct table *table_new(void);
/* Adds a row of tab-separated cells. */
void table_add(struct table *table, const char *cells);
/* Columns are at least this wide, without the gap, instead of docker's usual 7. */
void table_set_width(struct table *table, unsigned int width);
void table_print(struct table *table, FILE *out);
void table_free(struct table *table);	/* NULL is fine */

#endif
