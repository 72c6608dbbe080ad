/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict decimal numbers. strtoul() takes signs, blanks, and "4294967296" for a
 * uid of 0 after a cast: such readings have made root out of `--user`.
 */
#include <inttypes.h>

#include "base/error.h"
#include "base/strings.h"

/* Digits only, up to `max`; false is not a number or too large. */
static bool read_digits(const char *text, uint64_t max, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned int digit = (unsigned int)*text - '0';

		if (digit > 9 || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret_value = value;
	return true;
}

int parse_u64(const char *text, uint64_t *ret_value, struct error *err)
{
	if (!read_digits(text, UINT64_MAX, ret_value))
		return error_set(err, ERROR_INVALID,
				 "'%s' is not a whole number of at most %" PRIu64, text,
				 UINT64_MAX);
	return 0;
}

int parse_u32(const char *text, uint32_t *ret_value, struct error *err)
{
	uint64_t value;

	if (!read_digits(text, UINT32_MAX, &value))
		return error_set(err, ERROR_INVALID,
				 "'%s' is not a whole number of at most %" PRIu32, text,
				 UINT32_MAX);
	*ret_value = (uint32_t)value;
	return 0;
}

int parse_i64(const char *text, int64_t *ret_value, struct error *err)
{
	bool negative = text[0] == '-';
	uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
	uint64_t value;

	if (!read_digits(text + (negative ? 1 : 0), limit, &value))
		return error_set(err, ERROR_INVALID,
				 "'%s' is not a whole number from %" PRId64 " to %" PRId64, text,
				 INT64_MIN, INT64_MAX);
	/* By way of unsigned arithmetic, in which -INT64_MIN exists. */
	*ret_value = (int64_t)(negative ? 0 - value : value);
	return 0;
}
