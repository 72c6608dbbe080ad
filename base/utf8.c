/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8 as RFC 3629 has it (no overlong forms, no surrogates), and text made
 * harmless for a terminal: names and messages from outside may hold escape
 * sequences that rewrite the screen or type commands.
 */
#include <string.h>

#include "base/buffer.h"
#include "base/strings.h"

/* How many bytes a character has that begins with `first`; 0: none begins so. */
static size_t character_size(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first >= 0xf5)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* The length of the character at `text`, and its code point; 0 where there is none. */
static size_t read_character(const unsigned char *text, size_t length, uint32_t *ret_point)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t size = character_size(text[0]);
	uint32_t point = size == 1 ? text[0] : text[0] & (0x7fU >> size);

	if (size == 0 || size > length)
		return 0;
	for (size_t i = 1; i < size; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text[i] & 0x3fU);
	}
	if (point < smallest[size] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		return 0;
	*ret_point = point;
	return size;
}

void buffer_put_utf8(struct buffer *buffer, uint32_t code)
{
	if (code < 0x80) {
		buffer_putc(buffer, (char)code);
	} else if (code < 0x800) {
		buffer_putc(buffer, (char)(0xc0 | code >> 6));
		buffer_putc(buffer, (char)(0x80 | (code & 0x3f)));
	} else if (code < 0x10000) {
		buffer_putc(buffer, (char)(0xe0 | code >> 12));
		buffer_putc(buffer, (char)(0x80 | (code >> 6 & 0x3f)));
		buffer_putc(buffer, (char)(0x80 | (code & 0x3f)));
	} else {
		buffer_putc(buffer, (char)(0xf0 | code >> 18));
		buffer_putc(buffer, (char)(0x80 | (code >> 12 & 0x3f)));
		buffer_putc(buffer, (char)(0x80 | (code >> 6 & 0x3f)));
		buffer_putc(buffer, (char)(0x80 | (code & 0x3f)));
	}
}

bool is_utf8(const char *text, size_t length)
{
	const unsigned char *at = (const unsigned char *)text;
	uint32_t point;

	while (length > 0) {
		size_t size = read_character(at, length, &point);

		if (size == 0)
			return false;
		at += size;
		length -= size;
	}
	return true;
}

/* C0 and C1 controls, line separators, and the marks that turn the reading direction. */
static bool harms_a_line(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) ||
	       (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

char *printable(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t length = strlen(text);
	struct buffer result = { .max = SIZE_MAX - 1 };

	while (length > 0) {
		uint32_t point = 0;
		size_t size = read_character(at, length, &point);

		if (size > 0 && !harms_a_line(point)) {
			buffer_add(&result, at, size);
		} else {
			size = size ? size : 1;
			for (size_t i = 0; i < size; i++)
				buffer_printf(&result, "\\x%02x", at[i]);
		}
		at += size;
		length -= size;
	}
	return buffer_take(&result);
}
