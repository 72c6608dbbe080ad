/* SPDX-License-Identifier: Apache-2.0 */
/* Errors and warnings: what a message looks like after its way up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static void message_gets_context_and_remedy(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(error_set(&err, ERROR_INVALID, "manifest %d", 7), -1);
	assert_int_equal(error_context(&err, "image '%s'", "a"), -1);
	assert_int_equal(error_remedy(&err, "pull it again"), -1);
	error_remedy(&err, "a second remedy is not added");
	assert_string_equal(err.message, "image 'a': manifest 7; pull it again");
	assert_int_equal(err.kind, ERROR_INVALID);
	error_release(&err);
	assert_null(err.message);
	assert_int_equal(err.kind, ERROR_NONE);
}

static void errno_is_kept_and_told(void **state)
{
	struct error err = { 0 };

	(void)state;
	errno = ENOENT;
	error_errno(&err, "cannot open '%s'", "x");
	assert_int_equal(errno, ENOENT);
	assert_string_equal(err.message, "cannot open 'x': No such file or directory");
	assert_true(error_is_errno(&err, ENOENT));
	assert_false(error_is_errno(&err, EPERM));
	error_errnum(&err, EPERM, "cannot open '%s'", "x");
	assert_true(error_is_errno(&err, EPERM));
	assert_int_equal(errno, ENOENT);
	error_release(&err);
	assert_false(error_is_errno(&err, 0));
}

static void message_may_be_made_from_the_old_one(void **state)
{
	struct error err = { 0 };

	(void)state;
	error_set(&err, ERROR_OTHER, "inner");
	error_set(&err, ERROR_USAGE, "outer (%s)", err.message);
	assert_string_equal(err.message, "outer (inner)");
	error_release(&err);
}

static void long_message_loses_its_middle(void **state)
{
	size_t size = 100000;
	char *text = malloc(size + 1);
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < size; i++)
		text[i] = i % 2 ? '\xa9' : '\xc3'; /* e with acute */
	text[size] = '\0';
	errno = EIO;
	error_errno(&err, "cannot read '%s'", text);
	assert_true(strlen(err.message) <= 4096);
	assert_true(strlen(err.message) > 4000);
	assert_non_null(strstr(err.message, "\xc3\xa9 ... \xc3\xa9"));
	assert_memory_equal(err.message, "cannot read '", 13);
	assert_string_equal(strrchr(err.message, '\''), "': Input/output error");
	for (int i = 0; i < 10; i++)
		error_context(&err, "%s", text);
	assert_true(strlen(err.message) <= 4096);
	assert_string_equal(strrchr(err.message, '\''), "': Input/output error");
	error_release(&err);
	free(text);
}

static void error_moves(void **state)
{
	struct error from = { 0 };
	struct error to = { 0 };

	(void)state;
	error_set(&to, ERROR_OTHER, "old");
	error_set(&from, ERROR_BUSY, "new");
	error_move(&to, &from);
	assert_string_equal(to.message, "new");
	assert_int_equal(to.kind, ERROR_BUSY);
	assert_null(from.message);
	error_move(&to, &to);
	assert_string_equal(to.message, "new");
	error_release(&to);
}

static int warned;
static char last_warning[64];

static void note_warning(const char *message)
{
	warned++;
	strncpy(last_warning, message, sizeof(last_warning) - 1);
}

static void warning_is_given_once(void **state)
{
	(void)state;
	warning("dropped: nobody listens");
	warnings_to(note_warning);
	warning("no limits on %s", "this host");
	warning("no limits on %s", "this host");
	assert_int_equal(warned, 1);
	assert_string_equal(last_warning, "no limits on this host");
	for (int i = 0; i < 1000; i++)
		warning("number %d", i);
	assert_int_equal(warned, 1001);
	warnings_to(NULL);
	warning("dropped again");
	assert_int_equal(warned, 1001);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_gets_context_and_remedy),
		cmocka_unit_test(errno_is_kept_and_told),
		cmocka_unit_test(message_may_be_made_from_the_old_one),
		cmocka_unit_test(long_message_loses_its_middle),
		cmocka_unit_test(error_moves),
		cmocka_unit_test(warning_is_given_once),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
