/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a TOML document: strings in four forms, numbers, dates, arrays, inline tables. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/toml-reader.h"
#include "base/toml.h"

#define NUMBER_LENGTH_MAX 100

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* \uXXXX and \UXXXXXXXX. */
static int read_code(struct toml *toml, int digits, struct buffer *text)
{
	uint32_t code = 0;

	for (int i = 0; i < digits; i++) {
		int digit = toml->at < toml->end ? hex_digit(*toml->at) : -1;

		if (digit < 0)
			return toml_fail(toml, "an escape needs %d hexadecimal digits", digits);
		code = code << 4 | (uint32_t)digit;
		toml->at++;
	}
	if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return toml_fail(toml, "an escape that is no character");
	buffer_put_utf8(text, code);
	return 0;
}

/* A backslash at the end of a line takes the blanks and newlines behind it away. */
static bool skip_line_end(struct toml *toml)
{
	struct toml ahead = *toml;

	toml_skip_blanks(&ahead);
	if (!toml_take_newline(&ahead))
		return false;
	do {
		toml_skip_blanks(&ahead);
	} while (toml_take_newline(&ahead));
	*toml = ahead;
	return true;
}

static int read_escape(struct toml *toml, bool multiline, struct buffer *text)
{
	static const char from[] = "btnfr\"\\";
	static const char to[] = "\b\t\n\f\r\"\\";
	const char *found;
	char c;

	if (multiline && skip_line_end(toml))
		return 0;
	if (toml->at == toml->end)
		return toml_fail(toml, "a string is not closed");
	c = *toml->at++;
	if (c == 'u' || c == 'U')
		return read_code(toml, c == 'u' ? 4 : 8, text);
	found = strchr(from, c);
	if (!found)
		return toml_fail(toml, "an unknown escape in a string");
	buffer_putc(text, to[found - from]);
	return 0;
}

static bool take_quotes(struct toml *toml, char quote, size_t count)
{
	if ((size_t)(toml->end - toml->at) < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (toml->at[i] != quote)
			return false;
	}
	toml->at += count;
	return true;
}

/* Up to two quotes may stand right before the closing three. */
static bool close_string(struct toml *toml, char quote, bool multiline, struct buffer *text)
{
	if (!multiline)
		return take_quotes(toml, quote, 1);
	if (!take_quotes(toml, quote, 3))
		return false;
	for (int i = 0; i < 2 && toml_take(toml, quote); i++)
		buffer_putc(text, quote);
	return true;
}

static int read_string_byte(struct toml *toml, char quote, bool multiline, struct buffer *text)
{
	unsigned char c = (unsigned char)*toml->at;

	if (multiline && toml_take_newline(toml)) {
		buffer_putc(text, '\n');
		return 0;
	}
	if ((c < 0x20 && c != '\t') || c == 0x7f)
		return toml_fail(toml, c == '\n' ? "a string is not closed" :
						   "a control character in a string");
	toml->at++;
	if (c == '\\' && quote == '"')
		return read_escape(toml, multiline, text);
	buffer_putc(text, (char)c);
	return 0;
}

int toml_read_string(struct toml *toml, bool multiline, struct buffer *text)
{
	char quote = *toml->at;
	unsigned int line = toml->line;
	bool is_long = multiline && take_quotes(toml, quote, 3);

	if (is_long)
		toml_take_newline(toml);
	else
		toml->at++;
	while (!close_string(toml, quote, is_long, text)) {
		if (toml->at == toml->end) {
			toml->line = line;
			return toml_fail(toml, "a string is not closed");
		}
		if (read_string_byte(toml, quote, is_long, text) < 0)
			return -1;
	}
	return 0;
}

static json_t *read_string_value(struct toml *toml)
{
	auto_release(buffer) struct buffer text = { 0 };

	if (toml_read_string(toml, true, &text) < 0)
		return NULL;
	return json_stringn(text.data ? text.data : "", text.size);
}

/* Copies `text` without the underscores that stand between digits; false where one stands alone. */
static bool strip_underscores(const char *text, char *stripped)
{
	for (size_t i = 0; text[i]; i++) {
		if (text[i] != '_')
			*stripped++ = text[i];
		else if (i == 0 || hex_digit(text[i - 1]) < 0 || hex_digit(text[i + 1]) < 0)
			return false;
	}
	*stripped = '\0';
	return true;
}

static bool all_of(const char *text, const char *set)
{
	return *text && text[strspn(text, set)] == '\0';
}

/* 0x, 0o and 0b, which take no sign. */
static json_t *read_prefixed(const char *text)
{
	static const struct {
		const char *prefix, *digits;
		unsigned int bits;
	} forms[] = {
		{ "0x", "0123456789abcdefABCDEF", 4 }, { "0o", "01234567", 3 }, { "0b", "01", 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		const char *digits = skip_prefix(text, forms[i].prefix);
		uint64_t value = 0;

		if (!digits || !all_of(digits, forms[i].digits))
			continue;
		for (; *digits; digits++) {
			if (value >> (63 - forms[i].bits))
				return NULL;
			value = value << forms[i].bits | (uint64_t)hex_digit(*digits);
		}
		return json_integer((json_int_t)value);
	}
	return NULL;
}

static bool has_leading_zero(const char *digits)
{
	return digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
}

/* A dot and an exponent have digits on both sides. */
static bool is_float(const char *digits)
{
	static const char decimal[] = "0123456789";
	size_t length = strspn(digits, decimal);
	bool fraction = digits[length] == '.';

	if (length == 0 || has_leading_zero(digits))
		return false;
	digits += length;
	if (fraction) {
		length = strspn(++digits, decimal);
		if (length == 0)
			return false;
		digits += length;
	}
	if (*digits != 'e' && *digits != 'E')
		return fraction && *digits == '\0';
	digits++;
	return all_of(*digits == '+' || *digits == '-' ? digits + 1 : digits, decimal);
}

/* 1979-05-27, 07:32:00, or both with what may follow: only told from other words. */
static bool is_date(const char *text)
{
	return strlen(text) >= 8 && text[0] >= '0' && text[0] <= '9' &&
	       (text[2] == ':' || (text[4] == '-' && text[7] == '-'));
}

static json_t *read_number(const char *text)
{
	const char *digits = *text == '+' || *text == '-' ? text + 1 : text;
	char stripped[NUMBER_LENGTH_MAX + 1];
	auto_error ignored = { 0 };
	int64_t value;

	if (!strcmp(digits, "inf") || !strcmp(digits, "nan"))
		return json_string(text);
	if (!strip_underscores(text, stripped))
		return NULL;
	digits = *stripped == '+' || *stripped == '-' ? stripped + 1 : stripped;
	if (is_float(digits)) {
		double real = strtod(stripped, NULL);

		return isfinite(real) ? json_real(real) : json_string(text);
	}
	if (digits == stripped && digits[0] == '0' && digits[1])
		return read_prefixed(digits);
	if (has_leading_zero(digits) || *digits == '-' ||
	    parse_i64(*stripped == '+' ? digits : stripped, &value, &ignored) < 0)
		return NULL;
	return json_integer(value);
}

/* How long the word is that begins at `toml->at`, of which `length` bytes are known. */
static size_t word_length(const struct toml *toml, size_t length)
{
	static const char set[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-_.:";

	while (toml->at + length < toml->end && length < NUMBER_LENGTH_MAX &&
	       memchr(set, toml->at[length], sizeof(set) - 1))
		length++;
	return length;
}

/* true, false, a number, a date: what has no quotes or brackets. */
static json_t *read_word(struct toml *toml)
{
	char word[NUMBER_LENGTH_MAX + 1];
	size_t length = word_length(toml, 0);
	json_t *value;

	/* A date may have a blank before the time. */
	if (length == 10 && toml->end - toml->at > 11 && toml->at[4] == '-' &&
	    toml->at[10] == ' ' && toml->at[11] >= '0' && toml->at[11] <= '9')
		length = word_length(toml, 11);
	memcpy(word, toml->at, length);
	word[length] = '\0';
	if (!strcmp(word, "true") || !strcmp(word, "false"))
		value = json_boolean(word[0] == 't');
	else if (is_date(word))
		value = json_string(word);
	else
		value = length ? read_number(word) : NULL;
	if (value)
		toml->at += length;
	else
		toml_fail(toml, length ? "'%s' is no value" : "a value is expected here", word);
	return value;
}

/* Between the items of an array anything may stand that means nothing. */
static int skip_space(struct toml *toml)
{
	do {
		toml_skip_blanks(toml);
		if (toml_skip_comment(toml) < 0)
			return -1;
	} while (toml_take_newline(toml));
	return 0;
}

static json_t *read_array(struct toml *toml)
{
	auto_json json_t *array = json_array();
	bool more = true;

	toml->at++;
	for (;;) {
		json_t *item;

		if (skip_space(toml) < 0)
			return NULL;
		if (toml_take(toml, ']'))
			return take_ptr(&array);
		if (!more || toml->at == toml->end) {
			toml_fail(toml, "an array is not closed");
			return NULL;
		}
		item = toml_read_value(toml);
		if (!item || json_array_append_new(array, item) < 0 || skip_space(toml) < 0)
			return NULL;
		more = toml_take(toml, ',');
	}
}

static json_t *read_inline_table(struct toml *toml)
{
	auto_json json_t *table = toml_new_table();

	toml->at++;
	toml_skip_blanks(toml);
	if (toml_take(toml, '}'))
		return take_ptr(&table);
	do {
		toml_skip_blanks(toml);
		if (toml_read_pair(toml, table) < 0)
			return NULL;
		toml_skip_blanks(toml);
	} while (toml_take(toml, ','));
	if (toml_take(toml, '}'))
		return take_ptr(&table);
	toml_fail(toml, "an inline table is not closed");
	return NULL;
}

static json_t *read_nested(struct toml *toml)
{
	json_t *value;

	if (++toml->depth > TOML_DEPTH_MAX) {
		toml_fail(toml, "nested more than %d levels deep", TOML_DEPTH_MAX);
		return NULL;
	}
	value = toml_at(toml, '[') ? read_array(toml) : read_inline_table(toml);
	toml->depth--;
	return value;
}

json_t *toml_read_value(struct toml *toml)
{
	if (++toml->values > TOML_VALUES_MAX) {
		toml_fail(toml, "more than %d values", TOML_VALUES_MAX);
		return NULL;
	}
	if (toml_at(toml, '"') || toml_at(toml, '\''))
		return read_string_value(toml);
	if (toml_at(toml, '[') || toml_at(toml, '{'))
		return read_nested(toml);
	return read_word(toml);
}
