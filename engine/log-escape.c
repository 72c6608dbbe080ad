/* SPDX-License-Identifier: Apache-2.0 */
/* See log-escape.h. Runs of plain bytes, which is nearly all, are copied at once. */
#include "engine/log-escape.h"

#include <stdbool.h>

#include "base/buffer.h"
#include "base/strings.h"

/* The length of the UTF-8 character at `text`, or 0 if there is none. */
static size_t character_length(const unsigned char *text, size_t size)
{
	size_t length = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;

	return length <= size && is_utf8((const char *)text, length) ? length : 0;
}

static void escape_ascii(struct buffer *out, unsigned char c)
{
	if (c == '"' || c == '\\')
		buffer_printf(out, "\\%c", c);
	else if (c == '\n')
		buffer_puts(out, "\\n");
	else if (c == '\r')
		buffer_puts(out, "\\r");
	else
		buffer_printf(out, "\\u%04x", c);
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

void log_escape(struct buffer *out, const char *line, size_t size)
{
	const unsigned char *text = (const unsigned char *)line;
	size_t i = 0;

	while (i < size) {
		size_t run = 0;
		size_t length;

		while (i + run < size && is_plain(text[i + run]))
			run++;
		buffer_add(out, text + i, run);
		i += run;
		if (i == size)
			break;
		length = character_length(text + i, size - i);
		if (length == 0) {
			buffer_puts(out, "\\ufffd");
			length = 1;
		} else if (length == 1) {
			escape_ascii(out, text[i]);
		} else if (length == 3 && text[i] == 0xe2 && text[i + 1] == 0x80 &&
			   (text[i + 2] & 0xfe) == 0xa8) {
			buffer_printf(out, "\\u202%c", text[i + 2] == 0xa8 ? '8' : '9');
		} else {
			buffer_add(out, text + i, length);
		}
		i += length;
	}
}
