/* SPDX-License-Identifier: Apache-2.0 */
/* Signals in every spelling that docker takes. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/error.h"
#include "engine/lifecycle.h"

static void every_spelling_is_understood(void **state)
{
	static const struct {
		const char *text;
		int expected;
	} cases[] = {
		{ "TERM", SIGTERM },	{ "SIGTERM", SIGTERM }, { "sigterm", SIGTERM },
		{ "15", SIGTERM },	{ "9", SIGKILL },	{ "SigKill", SIGKILL },
		{ "HUP", SIGHUP },	{ "WINCH", SIGWINCH },	{ "RTMIN", 34 },
		{ "RTMIN+3", 37 },	{ "SIGRTMIN+0", 34 },	{ "rtmax-1", 63 },
		{ "SIGRTMAX", 64 },	{ "64", 64 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_error err = { 0 };
		int signal = 0;

		print_message("%s\n", cases[i].text);
		assert_int_equal(signal_parse(cases[i].text, &signal, &err), 0);
		assert_int_equal(signal, cases[i].expected);
	}
}

static void others_are_refused(void **state)
{
	static const char *const cases[] = { "",	"0",	   "65",      "-1",	 "+9",
					     " 9",	"9 ",	   "SIG",     "NOPE",	 "RTMIN+31",
					     "RTMIN-1", "RTMAX+1", "RTMIN+x", "TERMINATE" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_error err = { 0 };
		int signal = 0;

		print_message("'%s'\n", cases[i]);
		assert_int_equal(signal_parse(cases[i], &signal, &err), -1);
		assert_int_equal(err.kind, ERROR_USAGE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling_is_understood),
		cmocka_unit_test(others_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
