/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers keep to their maximum and always end in a NUL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"

static void bytes_are_appended(void **state)
{
	auto_release(buffer) struct buffer buffer = { 0 };
	auto_free char *text = NULL;

	(void)state;
	buffer_puts(&buffer, "one");
	buffer_putc(&buffer, ' ');
	buffer_printf(&buffer, "%d-%s", 2, "two");
	buffer_add(&buffer, "\0x", 2);
	assert_int_equal(buffer.size, 11);
	assert_memory_equal(buffer.data, "one 2-two\0x", 12);
	buffer_consume(&buffer, 4);
	assert_string_equal(buffer.data, "2-two");
	assert_int_equal(buffer.size, 7);
	buffer_consume(&buffer, 7);
	assert_string_equal(buffer.data, "");
	buffer_consume(&buffer, 0);
	buffer_puts(&buffer, "kept");
	text = buffer_take(&buffer);
	assert_string_equal(text, "kept");
	assert_int_equal(buffer.size, 0);
	assert_null(buffer.data);
}

static void empty_buffer_is_taken_as_text(void **state)
{
	struct buffer buffer = { 0 };
	auto_free char *text = buffer_take(&buffer);

	(void)state;
	assert_string_equal(text, "");
	buffer_clear(&buffer);
	buffer_release(&buffer);
}

static void maximum_holds(void **state)
{
	auto_release(buffer) struct buffer buffer = { .max = 5 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(buffer_append(&buffer, "abc", 3, &err), 0);
	assert_int_equal(buffer_append(&buffer, "def", 3, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_string_equal(err.message, "larger than 5 bytes");
	assert_string_equal(buffer.data, "abc");
	assert_int_equal(buffer_append(&buffer, "de", 2, &err), 0);
	assert_int_equal(buffer_append(&buffer, "", 0, &err), 0);
	assert_int_equal(buffer_append(&buffer, "x", SIZE_MAX, &err), -1);
	assert_string_equal(buffer.data, "abcde");
	buffer_clear(&buffer);
	assert_int_equal(buffer_append(&buffer, "12345", 5, &err), 0);
	error_release(&err);
}

static void buffer_grows(void **state)
{
	auto_release(buffer) struct buffer buffer = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		buffer_putc(&buffer, (char)('a' + i % 26));
	assert_int_equal(buffer.size, 100000);
	assert_int_equal(strlen(buffer.data), 100000);
	assert_int_equal(buffer.data[99999], 'a' + 99999 % 26);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_appended),
		cmocka_unit_test(empty_buffer_is_taken_as_text),
		cmocka_unit_test(maximum_holds),
		cmocka_unit_test(buffer_grows),
	};

	return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
