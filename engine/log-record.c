/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines are our own output (or docker's), of a fixed shape, and may hold NUL
 * bytes, which a JSON library refuses: read by hand.
 */
#include "engine/log-record.h"

#include <string.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"

#define TIME_SIZE_MAX 64

struct cursor {
	const char *at, *end;
};

static bool skip_text(struct cursor *cursor, const char *text)
{
	size_t length = strlen(text);

	if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, text, length) != 0)
		return false;
	cursor->at += length;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_unit(struct cursor *cursor, uint32_t *ret_unit)
{
	uint32_t unit = 0;

	if (cursor->end - cursor->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(*cursor->at++);

		if (digit < 0)
			return false;
		unit = unit << 4 | (uint32_t)digit;
	}
	*ret_unit = unit;
	return true;
}

/* After "\u": one unit, or two that make a character beyond U+FFFF. */
static bool read_character(struct cursor *cursor, struct buffer *text)
{
	uint32_t high, low;

	if (!read_unit(cursor, &high))
		return false;
	if (high < 0xd800 || high > 0xdfff) {
		buffer_put_utf8(text, high);
		return true;
	}
	if (high > 0xdbff || !skip_text(cursor, "\\u") || !read_unit(cursor, &low) ||
	    low < 0xdc00 || low > 0xdfff)
		return false;
	buffer_put_utf8(text, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
	return true;
}

static bool read_escape(struct cursor *cursor, struct buffer *text)
{
	static const char escaped[] = "\"\\/bfnrt";
	static const char meant[] = "\"\\/\b\f\n\r\t";
	const char *found;
	char c;

	if (cursor->at == cursor->end)
		return false;
	c = *cursor->at++;
	if (c == 'u')
		return read_character(cursor, text);
	found = c ? strchr(escaped, c) : NULL;
	if (!found)
		return false;
	buffer_putc(text, meant[found - escaped]);
	return true;
}

/* Up to and with the closing quote. */
static bool read_string(struct cursor *cursor, struct buffer *text)
{
	while (cursor->at < cursor->end) {
		const char *from = cursor->at;

		while (cursor->at < cursor->end && *cursor->at != '"' && *cursor->at != '\\')
			cursor->at++;
		buffer_add(text, from, (size_t)(cursor->at - from));
		if (cursor->at == cursor->end)
			return false;
		if (*cursor->at++ == '"')
			return true;
		if (!read_escape(cursor, text))
			return false;
	}
	return false;
}

static bool read_time(struct cursor *cursor, int64_t *ret_time)
{
	const char *quote = memchr(cursor->at, '"', (size_t)(cursor->end - cursor->at));
	char time[TIME_SIZE_MAX] = "";
	auto_error malformed = { 0 };

	if (!quote || (size_t)(quote - cursor->at) >= sizeof(time))
		return false;
	memcpy(time, cursor->at, (size_t)(quote - cursor->at));
	return clock_parse(time, ret_time, &malformed) == 0;
}

bool log_record_parse(const char *line, size_t size, struct buffer *text,
		      enum log_stream *ret_stream, int64_t *ret_time)
{
	struct cursor cursor = { line, line + size };

	buffer_clear(text);
	if (!skip_text(&cursor, "{\"log\":\"") || !read_string(&cursor, text) ||
	    !skip_text(&cursor, ",\"stream\":\"std"))
		return false;
	if (skip_text(&cursor, "out\","))
		*ret_stream = LOG_STDOUT;
	else if (skip_text(&cursor, "err\","))
		*ret_stream = LOG_STDERR;
	else
		return false;
	/* docker may put "attrs" between. */
	while (!skip_text(&cursor, "\"time\":\""))
		if (cursor.at++ >= cursor.end)
			return false;
	return read_time(&cursor, ret_time);
}
