/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and ages as docker reads and writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/units.h"

static void sizes_are_read(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} cases[] = {
		{ "0", 0 }, { "512", 512 }, { "5b", 5 }, { "5B", 5 }, { "1k", 1024 },
		{ "1K", 1024 },
		{ "1kb", 1024 }, { "1KiB", 1024 }, { "64m", 64 << 20 },
		{ "1.5 GiB", 1536ULL << 20 },
		{ "2 t", 2ULL << 40 }, { "3p", 3ULL << 50 }, { "0.3k", 307 }, { "1.1", 1 },
		{ "0.1m", 104857 }, { "18446744073709551615", UINT64_MAX },
		{ "0.5g", 512 << 20 },
	};
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t bytes = 1;

		if (size_parse(cases[i].text, &bytes, &err) < 0 || bytes != cases[i].bytes)
			fail_msg("'%s' gives %llu", cases[i].text, (unsigned long long)bytes);
	}
}

static void wrong_sizes_are_refused(void **state)
{
	static const char *const cases[] = {
		"", "-1", "+1", "m", "1x", "1kk", "1 kb ", " 1", "1  k", "0x10", "1e3", "1.m", ".5",
		"1,5", "5bb", "1ib", "5bi", "18446744073709551616", "99999999999999p", "16384p",
		"1.2.3",
		"1i", "1ki",
	};
	struct error err = { 0 };
	uint64_t bytes;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (size_parse(cases[i], &bytes, &err) == 0)
			fail_msg("'%s' passes", cases[i]);
		assert_int_equal(err.kind, ERROR_INVALID);
	}
	error_release(&err);
}

static void sizes_are_written(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0B" }, { 1, "1B" }, { 999, "999B" }, { 1000, "1kB" }, { 1024, "1.02kB" },
		{ 12345678, "12.3MB" }, { 999499, "999kB" }, { 999500, "1MB" },
		{ 1500000000, "1.5GB" },
		{ 123456789012, "123GB" }, { 2746000000000, "2.75TB" }, { UINT64_MAX, "18.4EB" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[UNITS_TEXT_SIZE];

		size_format(cases[i].bytes, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void ages_are_written(void **state)
{
	enum { MINUTE = 60, HOUR = 3600, DAY = 24 * HOUR, YEAR = 365 * DAY };
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {
		{ -5, "Less than a second" }, { 0, "Less than a second" }, { 1, "1 second" },
		{ 59, "59 seconds" }, { 60, "About a minute" }, { 119, "About a minute" },
		{ 120, "2 minutes" }, { 59 * MINUTE + 59, "59 minutes" }, { HOUR, "About an hour" },
		{ HOUR + 29 * MINUTE, "About an hour" }, { HOUR + 30 * MINUTE, "2 hours" },
		{ 47 * HOUR, "47 hours" }, { 48 * HOUR, "2 days" }, { 13 * DAY, "13 days" },
		{ 14 * DAY, "2 weeks" }, { 59 * DAY, "8 weeks" }, { 60 * DAY, "2 months" },
		{ YEAR, "12 months" }, { 2 * YEAR, "2 years" }, { 56LL * YEAR, "56 years" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[UNITS_TEXT_SIZE];

		age_format(cases[i].seconds, text);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_read),
		cmocka_unit_test(wrong_sizes_are_refused),
		cmocka_unit_test(sizes_are_written),
		cmocka_unit_test(ages_are_written),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
