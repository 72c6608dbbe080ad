/* SPDX-License-Identifier: Apache-2.0 */
/* Modules are looked for where the program is installed; a missing one is told by its path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/module.h"

static void installed_path_moves_with_the_binary(void **state)
{
	static const struct {
		const char *self;	/* PROA_SELF; this test's own path is no help */
		const char *path;
	} cases[] = {
		{ NULL, "/etc/x" },
		{ PROA_BINDIR "/proa", "/etc/x" },
		{ "/stage" PROA_BINDIR "/proa", "/stage/etc/x" },
		{ "/stage" PROA_BINDIR "/proa-oci", "/stage/etc/x" },
		{ "/elsewhere/proa", "/etc/x" },
		{ "proa", "/etc/x" },
		{ "", "/etc/x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *path = NULL;

		unsetenv("PROA_SELF");
		if (cases[i].self)
			setenv("PROA_SELF", cases[i].self, 1);
		path = installed_path("/etc/x");
		assert_string_equal(path, cases[i].path);
	}
}

static void missing_module_is_named(void **state)
{
	struct error err = { 0 };

	(void)state;
	setenv("PROA_SELF", "/stage" PROA_BINDIR "/proa", 1);
	assert_null(module_symbol("nothing", "symbol", &err));
	assert_int_equal(err.kind, ERROR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "'/stage" PROA_PKGLIBDIR "/nothing.so'"));
	error_release(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(installed_path_moves_with_the_binary),
		cmocka_unit_test(missing_module_is_named),
	};

	return cmocka_run_group_tests_name("module", tests, NULL, NULL);
}
