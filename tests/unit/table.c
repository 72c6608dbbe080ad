/* SPDX-License-Identifier: Apache-2.0 */
/* Columns stand where docker puts them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/auto.h"
#include "cli/table.h"

struct table_case {
	const char *rows[4];	/* ends at NULL */
	const char *printed;
};

static void check_table(const struct table_case *expected)
{
	struct table *table = table_new();
	auto_free char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	for (size_t i = 0; expected->rows[i]; i++)
		table_add(table, expected->rows[i]);
	table_print(table, out);
	table_free(table);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected->printed);
}

static void columns_are_padded(void **state)
{
	static const struct table_case cases[] = {
		{ { NULL }, "" },
		{ { "" }, "\n" },
		{ { "one" }, "one\n" },
		/* at least ten wide, the last as it is */
		{ { "A\tB\tC", "1\t2\t3" }, "A         B         C\n1         2         3\n" },
		/* three blanks behind the widest */
		{ { "ID\tNAME", "1234567\tx" }, "ID        NAME\n1234567   x\n" },
		{ { "ID\tNAME", "12345678\tx" }, "ID         NAME\n12345678   x\n" },
		/* the last cell widens nothing */
		{ { "A\tB", "1\ta long last cell", "2\tc" },
		  "A         B\n1         a long last cell\n2         c\n" },
		/* empty cells keep their place */
		{ { "A\tB\tC", "\t\tx" }, "A         B         C\n                    x\n" },
		/* characters are counted, not bytes */
		{ { "NAME\tB", "caf\u00e9-\u00e9\u00e9\u00e9\tx" },
		  "NAME       B\ncaf\u00e9-\u00e9\u00e9\u00e9   x\n" },
		/* rows of different lengths */
		{ { "A\tB\tC", "1" }, "A         B         C\n1\n" },
		{ { "A\tB\tC", "1\ta-long-last-cell" }, "A         B         C\n1         a-long-last-cell\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_table(&cases[i]);
}

static void nothing_can_be_freed(void **state)
{
	(void)state;
	table_free(NULL);
	table_free(table_new());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_padded),
		cmocka_unit_test(nothing_can_be_freed),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
