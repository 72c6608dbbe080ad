/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and ages in docker's spelling: see units.h. */
#include "base/units.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"

/* Reads "", "b", "k", "kb", "kib", ... in any case; the power of 1024, or -1. */
static int read_unit(const char *text)
{
	static const char units[] = "kmgtp";
	const char *found = *text ? strchr(units, tolower((unsigned char)*text)) : NULL;
	int power = 0;

	if (found) {
		power = (int)(found - units) + 1;
		text++;
		if (tolower((unsigned char)text[0]) == 'i' && text[1])
			text++;
	}
	if (tolower((unsigned char)*text) == 'b')
		text++;
	return *text ? -1 : power;
}

/* The digits at *text as a fraction of `whole`, cut to an integer. */
static uint64_t read_fraction(const char **text, uint64_t whole)
{
	long double fraction = 0;
	long double weight = 0.1L;

	for (; isdigit((unsigned char)**text); (*text)++, weight /= 10)
		fraction += weight * (**text - '0');
	return (uint64_t)(fraction * (long double)whole);
}

static const char *skip_digits(const char *text)
{
	return text + strspn(text, "0123456789");
}

static bool read_size(const char *text, uint64_t *ret_bytes)
{
	const char *unit = skip_digits(text);
	const char *fraction = NULL;
	uint64_t bytes = 0;
	uint64_t factor = 1;
	int power;

	if (unit == text)
		return false;
	if (*unit == '.') {
		fraction = unit + 1;
		unit = skip_digits(fraction);
		if (unit == fraction)
			return false;
	}
	power = read_unit(*unit == ' ' ? unit + 1 : unit);
	if (power < 0)
		return false;
	for (; *text >= '0' && *text <= '9'; text++)
		if (__builtin_mul_overflow(bytes, 10, &bytes) ||
		    __builtin_add_overflow(bytes, (uint64_t)(*text - '0'), &bytes))
			return false;
	factor <<= 10 * power;
	if (__builtin_mul_overflow(bytes, factor, &bytes))
		return false;
	if (fraction && __builtin_add_overflow(bytes, read_fraction(&fraction, factor), &bytes))
		return false;
	*ret_bytes = bytes;
	return true;
}

int size_parse(const char *text, uint64_t *ret_bytes, struct error *err)
{
	if (read_size(text, ret_bytes))
		return 0;
	return error_set(err, ERROR_INVALID,
			 "invalid size '%s'; give a number with a unit of b, k, m, g, t, or p",
			 text);
}

void size_format(uint64_t bytes, char ret_text[UNITS_TEXT_SIZE])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	double size = (double)bytes;
	size_t unit = 0;

	/* 999.5 has no three digits below 1000: it is 1 of the next unit. */
	while (unit + 1 < ARRAY_SIZE(units) && size >= (unit ? 999.5 : 1000)) {
		size /= 1000;
		unit++;
	}
	snprintf(ret_text, UNITS_TEXT_SIZE, "%.3g%s", size, units[unit]);
}

/* "3 weeks", or the words alone where there is nothing to count. */
static void put_age(char *text, int64_t count, const char *words)
{
	if (count == 0)
		snprintf(text, UNITS_TEXT_SIZE, "%s", words);
	else
		snprintf(text, UNITS_TEXT_SIZE, "%" PRId64 " %s", count, words);
}

void age_format(int64_t seconds, char ret_text[UNITS_TEXT_SIZE])
{
	int64_t minutes = seconds / 60;
	int64_t hours = seconds / 3600 + (seconds % 3600 >= 1800); /* rounded, all else is cut */

	if (seconds < 1)
		put_age(ret_text, 0, "Less than a second");
	else if (seconds < 60)
		put_age(ret_text, seconds, seconds == 1 ? "second" : "seconds");
	else if (minutes == 1)
		put_age(ret_text, 0, "About a minute");
	else if (minutes < 60)
		put_age(ret_text, minutes, "minutes");
	else if (hours == 1)
		put_age(ret_text, 0, "About an hour");
	else if (hours < 48)
		put_age(ret_text, hours, "hours");
	else if (hours < 24 * 14)
		put_age(ret_text, hours / 24, "days");
	else if (hours < 24 * 60)
		put_age(ret_text, hours / 24 / 7, "weeks");
	else if (hours < 24 * 365 * 2)
		put_age(ret_text, hours / 24 / 30, "months");
	else
		put_age(ret_text, seconds / 3600 / 24 / 365, "years");
}
