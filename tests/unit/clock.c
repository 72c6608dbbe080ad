/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time and durations, as docker and Go spell them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"

#define SECOND 1000000000LL
#define T0 (1700000000LL * SECOND) /* 2023-11-14T22:13:20Z */

static void times_are_written(void **state)
{
	static const struct {
		int64_t time;
		const char *text;
		const char *fixed;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000000Z" },
		{ T0, "2023-11-14T22:13:20Z", "2023-11-14T22:13:20.000000000Z" },
		{ T0 + 123456789, "2023-11-14T22:13:20.123456789Z",
		  "2023-11-14T22:13:20.123456789Z" },
		{ T0 + 120000000, "2023-11-14T22:13:20.12Z", "2023-11-14T22:13:20.120000000Z" },
		{ -1, "1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999999Z" },
	};
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		clock_format(cases[i].time, text);
		assert_string_equal(text, cases[i].text);
		clock_format_fixed(cases[i].time, text);
		assert_string_equal(text, cases[i].fixed);
	}
	clock_format(CLOCK_ZERO, text);
	assert_string_equal(text, "0001-01-01T00:00:00Z");
	clock_format(INT64_MAX, text);
	assert_string_equal(text, "2262-04-11T23:47:16.854775807Z");
}

static void local_times_have_their_zone(void **state)
{
	static const struct {
		const char *zone, *text;
	} cases[] = {
		{ "UTC", "2023-11-14T22:13:20.000000000Z" },
		{ "XYZ-1", "2023-11-14T23:13:20.000000000+01:00" },
		{ "XYZ+3:30", "2023-11-14T18:43:20.000000000-03:30" },
	};
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		setenv("TZ", cases[i].zone, 1);
		tzset();
		clock_format_local(T0, text);
		assert_string_equal(text, cases[i].text);
	}
	unsetenv("TZ");
	tzset();
}

static void rfc3339_is_read(void **state)
{
	static const struct {
		const char *text;
		int64_t time;
	} cases[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2023-11-14T22:13:20Z", T0 },
		{ "2023-11-14T22:13:20.5Z", T0 + SECOND / 2 },
		{ "2023-11-14T22:13:20.1234567899Z", T0 + 123456789 },
		{ "2023-11-15T00:13:20+02:00", T0 },
		{ "2023-11-14T16:43:20.000-05:30", T0 },
		{ "2024-02-29T00:00:00Z", 1709164800 * SECOND },
		{ "0001-01-01T00:00:00Z", CLOCK_ZERO },
	};
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t time = 1;

		if (clock_parse(cases[i].text, &time, &err) < 0 || time != cases[i].time)
			fail_msg("'%s' gives %" PRId64, cases[i].text, time);
	}
}

static void wrong_times_are_refused(void **state)
{
	static const char *const cases[] = {
		"", "now", "2023-11-14", "2023-11-14T22:13Z", "2023-11-14T22:13:20",
		"2023-11-14 22:13:20Z", "2023-13-01T00:00:00Z", "2023-02-29T00:00:00Z",
		"2023-00-10T00:00:00Z", "2023-11-14T24:00:00Z", "2023-11-14T22:60:00Z",
		"2023-11-14T22:13:20.Z", "2023-11-14T22:13:20+2:00", "2023-11-14T22:13:20+24:00",
		"2023-11-14T22:13:20Zx", "+023-11-14T22:13:20Z", "1500-01-01T00:00:00Z",
		"9999-12-31T23:59:59Z", "2023-11-14T22:13:20Z ",
	};
	struct error err = { 0 };
	int64_t time;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (clock_parse(cases[i], &time, &err) == 0)
			fail_msg("'%s' passes", cases[i]);
		assert_int_equal(err.kind, ERROR_INVALID);
	}
	error_release(&err);
}

static void points_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t time;
	} cases[] = {
		{ "10m", T0 - 600 * SECOND },
		{ "1h30m", T0 - 5400 * SECOND },
		{ "-1s", T0 + SECOND },
		{ "0", 0 },
		{ "1700000000", T0 },
		{ "1700000000.25", T0 + SECOND / 4 },
		{ "1700000000.000000001", T0 + 1 },
		{ "2023-11-14T22:13:20Z", T0 },
		{ "2023-11-14T22:13Z", T0 - 20 * SECOND },
		{ "2023-11-14T22Z", T0 - 800 * SECOND },
		{ "2023-11-15Z", T0 + 6400 * SECOND },
		{ "2023-11-15+02:00", T0 - 800 * SECOND },
		/* Without a zone they are local; this test runs at UTC+1. */
		{ "2023-11-14T23:13:20", T0 },
		{ "2023-11-14T23:13:20.5", T0 + SECOND / 2 },
		{ "2023-11-14T23:13", T0 - 20 * SECOND },
		{ "2023-11-14T23", T0 - 800 * SECOND },
		{ "2023-11-15", T0 + 2800 * SECOND },
	};
	static const char *const wrong[] = { "", "yesterday", "-5", "1.x", "2023-11", "10 m",
					     "99999999999999999999", "2023-11-14T" };
	struct error err = { 0 };

	(void)state;
	setenv("TZ", "XXX-1", 1);
	tzset();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t time = 1;

		if (clock_parse_point(cases[i].text, T0, &time, &err) < 0 || time != cases[i].time)
			fail_msg("'%s' gives %" PRId64, cases[i].text, time);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		int64_t time;

		if (clock_parse_point(wrong[i], T0, &time, &err) == 0)
			fail_msg("'%s' passes", wrong[i]);
	}
	error_release(&err);
}

static void durations_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t duration;
	} cases[] = {
		{ "0", 0 }, { "1ns", 1 }, { "1us", 1000 }, { "1\u00b5s", 1000 },
		{ "1\u03bcs", 1000 },
		{ "1.5s", 1500000000 }, { "-3ms", -3000000 }, { "+2m", 120 * SECOND },
		{ "1h30m", 5400 * SECOND }, { "1h1m1s1ms1us1ns", 3661001001001 },
		{ ".5s", SECOND / 2 },
		{ "1.s", SECOND }, { "2562047h", 2562047 * (3600 * SECOND) }, { "0.3s", 300000000 },
		{ "-0", 0 },
	};
	static const char *const wrong[] = { "", "-", "1", "s", ".s", "1x", "1.2.3s", "1 s", "1s ",
					     "--1s", "2562048h", "99999999999999999999s", "1h-1m" };
	struct error err = { 0 };
	int64_t duration;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		duration = 7;
		if (duration_parse(cases[i].text, &duration, &err) < 0 ||
		    duration != cases[i].duration)
			fail_msg("'%s' gives %" PRId64, cases[i].text, duration);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (duration_parse(wrong[i], &duration, &err) == 0)
			fail_msg("'%s' passes", wrong[i]);
		assert_int_equal(err.kind, ERROR_INVALID);
	}
	error_release(&err);
}

static void clocks_advance(void **state)
{
	int64_t before = clock_monotonic();

	(void)state;
	assert_true(clock_now() > T0);
	assert_true(clock_monotonic() >= before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_written),
		cmocka_unit_test(local_times_have_their_zone),
		cmocka_unit_test(rfc3339_is_read),
		cmocka_unit_test(wrong_times_are_refused),
		cmocka_unit_test(points_are_read),
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(clocks_advance),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
