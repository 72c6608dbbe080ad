/* SPDX-License-Identifier: Apache-2.0 */
/* Go's durations, read as time.ParseDuration() reads them. */
#include <stdbool.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/strings.h"

static const struct {
	const char *name;
	int64_t nanoseconds;
} duration_units[] = {
	/* A name that begins with another one stands before it. */
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\u00b5s", 1000 },	/* micro sign */
	{ "\u03bcs", 1000 },	/* Greek mu */
	{ "ms", 1000000 },
	{ "s", NS_PER_SECOND },
	{ "m", 60 * NS_PER_SECOND },
	{ "h", 3600 * NS_PER_SECOND },
};

static int64_t read_duration_unit(const char **text)
{
	for (size_t i = 0; i < ARRAY_SIZE(duration_units); i++) {
		const char *rest = skip_prefix(*text, duration_units[i].name);

		if (rest) {
			*text = rest;
			return duration_units[i].nanoseconds;
		}
	}
	return 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One "1.5h"; its nanoseconds are added to *sum. */
static bool read_part(const char **text, int64_t *sum)
{
	long double fraction = 0;
	long double weight = 0.1L;
	const char *start = *text;
	int64_t whole = 0;
	bool point;
	int64_t unit;

	for (; is_digit(**text); (*text)++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, **text - '0', &whole))
			return false;
	point = **text == '.';
	if (point)
		(*text)++;
	for (; point && is_digit(**text); (*text)++, weight /= 10)
		fraction += weight * (**text - '0');
	if (*text - start == (point ? 1 : 0))
		return false; /* no digit at all */
	unit = read_duration_unit(text);
	if (unit == 0 || __builtin_mul_overflow(whole, unit, &whole))
		return false;
	return !__builtin_add_overflow(*sum, whole, sum) &&
	       !__builtin_add_overflow(*sum, (int64_t)(fraction * (long double)unit), sum);
}

static bool read_duration(const char *text, int64_t *ret_duration)
{
	bool negative = *text == '-';
	int64_t sum = 0;

	if (*text == '-' || *text == '+')
		text++;
	if (!*text)
		return false;
	if (strcmp(text, "0") != 0)
		while (*text)
			if (!read_part(&text, &sum))
				return false;
	*ret_duration = negative ? -sum : sum;
	return true;
}

int duration_parse(const char *text, int64_t *ret_duration, struct error *err)
{
	if (read_duration(text, ret_duration))
		return 0;
	return error_set(err, ERROR_INVALID, "invalid duration '%s'; give one as 1h30m or 1.5s",
			 text);
}
