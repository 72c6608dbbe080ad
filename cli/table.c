/* SPDX-License-Identifier: Apache-2.0 */
/* Columns padded to their widest cell, as docker prints them. */
#include "cli/table.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/strings.h"

#define COLUMN_WIDTH_MIN 10
#define COLUMN_GAP 3

struct table {
	struct strings *rows;	/* owned; each the cells of one row */
	size_t row_count;
	size_t width;		/* of columns, at least */
};

struct table *table_new(void)
{
	struct table *table = xcalloc(1, sizeof(*table));

	table->width = COLUMN_WIDTH_MIN - COLUMN_GAP;
	return table;
}

void table_set_width(struct table *table, unsigned int width)
{
	table->width = width;
}

void table_add(struct table *table, const char *cells)
{
	table->rows = xrealloc_array(table->rows, table->row_count + 1, sizeof(*table->rows));
	table->rows[table->row_count] = (struct strings){ 0 };
	strings_split(&table->rows[table->row_count], cells, '\t');
	table->row_count++;
}

/* Characters, not bytes: UTF-8 continuation bytes take no column of their own. */
static size_t cell_width(const char *cell)
{
	size_t width = 0;

	for (; *cell; cell++)
		width += ((unsigned char)*cell & 0xc0) != 0x80;
	return width;
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t width = table->width;

	for (size_t i = 0; i < table->row_count; i++) {
		/* The last cell of a row is not padded, so it widens no column either. */
		if (column + 1 < table->rows[i].count &&
		    cell_width(table->rows[i].items[column]) > width)
			width = cell_width(table->rows[i].items[column]);
	}
	return width + COLUMN_GAP;
}

static void print_row(const struct strings *row, const size_t *widths, FILE *out)
{
	for (size_t i = 0; i < row->count; i++) {
		fputs(row->items[i], out);
		if (i + 1 < row->count)
			fprintf(out, "%*s", (int)(widths[i] - cell_width(row->items[i])), "");
	}
	fputc('\n', out);
}

void table_print(struct table *table, FILE *out)
{
	size_t columns = 0;
	size_t *widths;

	for (size_t i = 0; i < table->row_count; i++)
		columns = table->rows[i].count > columns ? table->rows[i].count : columns;
	widths = xcalloc(columns + 1, sizeof(*widths));
	for (size_t i = 0; i < columns; i++)
		widths[i] = column_width(table, i);
	for (size_t i = 0; i < table->row_count; i++)
		print_row(&table->rows[i], widths, out);
	free(widths);
}

void table_free(struct table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->row_count; i++)
		strings_release(&table->rows[i]);
	free(table->rows);
	free(table);
}
