/* SPDX-License-Identifier: Apache-2.0 */
/* See registry/headers.h. */
#include "registry/headers.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"

#define ETAG_LENGTH_MAX 256

/* Reads the digits of `*text` up to `end`, which is stepped over. */
static bool read_number(const char **text, char end, uint64_t *ret_value)
{
	const char *stop = strchr(*text, end);
	auto_free char *digits = stop ? xstrndup(*text, (size_t)(stop - *text)) : NULL;
	auto_error ignored = { 0 };

	if (!digits || parse_u64(digits, ret_value, &ignored) < 0)
		return false;
	*text = end ? stop + 1 : stop;
	return true;
}

bool content_range_parse(const char *value, uint64_t *ret_first, uint64_t *ret_total)
{
	uint64_t first, last, total = RANGE_TOTAL_UNKNOWN;

	if (strncasecmp(value, "bytes ", 6) != 0)
		return false;
	value += 6;
	if (!read_number(&value, '-', &first) || !read_number(&value, '/', &last) || last < first)
		return false;
	if (strcmp(value, "*") != 0 && (!read_number(&value, '\0', &total) || last >= total))
		return false;
	*ret_first = first;
	*ret_total = total;
	return true;
}

uint64_t retry_after_parse(const char *value, int64_t now)
{
	auto_error ignored = { 0 };
	uint64_t seconds;
	time_t then;

	if (parse_u64(value, &seconds, &ignored) == 0)
		return seconds;
	then = curl_getdate(value, NULL);
	return then > now ? (uint64_t)(then - now) : 0;
}

bool etag_is_strong(const char *value)
{
	size_t length = strlen(value);

	if (length < 2 || length > ETAG_LENGTH_MAX || value[0] != '"' || value[length - 1] != '"')
		return false;
	for (size_t i = 1; i < length - 1; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c <= ' ' || c == '"' || c >= 0x7f)
			return false;
	}
	return true;
}

/* Steps over one parameter of a link; whether it says rel=next. */
static bool take_parameter(const char **text)
{
	const char *name = *text + strspn(*text, "; \t");
	size_t name_length = strcspn(name, "=;, \t");
	const char *value = name + name_length;
	size_t length;

	if (*value != '=') {
		*text = value;
		return false;
	}
	if (*++value == '"') {
		length = strcspn(++value, "\"");
		*text = value + length + (value[length] ? 1 : 0);
	} else {
		length = strcspn(value, ";, \t");
		*text = value + length;
	}
	return name_length == 3 && !strncasecmp(name, "rel", 3) && length == 4 &&
	       !strncasecmp(value, "next", 4);
}

char *link_find_next(const char *value)
{
	for (;;) {
		const char *target = value + strspn(value, " \t,");
		size_t length = *target == '<' ? strcspn(++target, ">") : 0;

		if (length == 0 || target[length] != '>')
			return NULL;
		value = target + length + 1;
		while (*value && *value != ',') {
			if (take_parameter(&value))
				return xstrndup(target, length);
		}
	}
}
