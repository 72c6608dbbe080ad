/* SPDX-License-Identifier: Apache-2.0 */
/* A line of the live display fits any width, and leaves out what matters least. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "cli/transfer-line.h"

static const struct transfer_view download = {
	.name = "a3ed95caeb02", .label = "Downloading", .flowing = true,
	.done = 25000000, .total = 100000000, .rate = 1500000,
};
static const struct transfer_view unknown = {
	.name = "a3ed95caeb02", .label = "Pushing", .flowing = true, .done = 25000000,
};
static const struct transfer_view complete = {
	.name = "a3ed95caeb02", .label = "Pull complete", .quiet = true,
};
static const struct transfer_view odd = {
	.name = "a name that is too long", .label = "Downloading", .flowing = true,
	.done = UINT64_MAX, .total = 1, .rate = UINT64_MAX,
};

static char *line(const struct transfer_view *view, unsigned int columns, bool colours, bool utf8,
		  unsigned int *ret_width)
{
	const struct transfer_style style = { columns, colours, utf8 };
	struct buffer out = { 0 };

	*ret_width = transfer_line(view, &style, &out);
	return buffer_take(&out);
}

/* Columns that a text takes: no escape sequence, no continuation byte. */
static unsigned int width_of(const char *text)
{
	unsigned int width = 0;

	for (; *text; text++) {
		if (*text == '\033')
			text += strcspn(text, "m");
		else
			width += ((unsigned char)*text & 0xc0) != 0x80;
	}
	return width;
}

static void what_matters_least_goes_first(void **state)
{
	static const struct {
		const struct transfer_view *view;
		unsigned int columns;
		const char *text;
	} cases[] = {
		{ &download, 90, "a3ed95caeb02: Downloading  [======>                 ]  25%    25MB/100MB"
				 "   1.5MB/s    50s" },
		{ &download, 61, "a3ed95caeb02: [==>     ]  25%    25MB/100MB   1.5MB/s    50s" },
		{ &download, 60, "a3ed95caeb02: [===>          ]  25%    25MB/100MB   1.5MB/s" },
		{ &download, 40, "a3ed95caeb02:  25%    25MB/100MB    50s" },
		{ &download, 20, "a3ed95caeb02:  25%" },
		{ &download, 10, "a3ed95cae" },
		{ &download, 1, "a" },
		{ &unknown, 60, "a3ed95caeb02: Pushing               25MB          " },
		{ &complete, 60, "a3ed95caeb02: Pull complete" },
		{ &complete, 20, "a3ed95caeb02: Pull " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned int width;
		auto_free char *text = line(cases[i].view, cases[i].columns, false, false, &width);

		assert_string_equal(text, cases[i].text);
		assert_int_equal(width, strlen(text));
	}
}

static void no_width_is_passed(void **state)
{
	static const struct transfer_view *const views[] = { &download, &unknown, &complete, &odd };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(views); i++)
		for (unsigned int columns = 1; columns < 300; columns++)
			for (unsigned int style = 0; style < 4; style++) {
				unsigned int width;
				auto_free char *text = line(views[i], columns, style & 1,
							    style & 2, &width);

				if (width_of(text) != width || (width >= columns && columns > 1))
					fail_msg("%u columns: told %u, took %u: %s", columns, width,
						 width_of(text), text);
			}
}

static void colours_come_only_when_wanted(void **state)
{
	unsigned int width;
	auto_free char *plain = line(&download, 100, false, true, &width);
	auto_free char *coloured = line(&download, 100, true, true, &width);

	(void)state;
	assert_null(strchr(plain, '\033'));
	assert_non_null(strchr(coloured, '\033'));
	assert_non_null(strstr(plain, "━"));
}

static void times_are_short(void **state)
{
	static const struct {
		uint64_t seconds;
		const char *text;
	} cases[] = {
		{ 0, "0s" }, { 59, "59s" }, { 60, "1m00s" }, { 3599, "59m59s" },
		{ 3600, "1h00m" }, { 359999, "99h59m" }, { 360000, "days" }, { UINT64_MAX, "days" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[TRANSFER_TIME_SIZE];

		transfer_time(cases[i].seconds, text);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_matters_least_goes_first),
		cmocka_unit_test(no_width_is_passed),
		cmocka_unit_test(colours_come_only_when_wanted),
		cmocka_unit_test(times_are_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
