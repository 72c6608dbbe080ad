/* SPDX-License-Identifier: Apache-2.0 */
/* A field is quoted as a whole or not at all; "" inside quotes is one quote. */
#include "cli/csv.h"

#include <string.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/strings.h"

/* Reads a quoted field behind its first quote; what follows its last one, or NULL. */
static const char *read_quoted(const char *text, struct buffer *field)
{
	for (;; text++) {
		if (*text == '\0')
			return NULL;
		if (*text == '"' && *++text != '"')
			return text;
		buffer_putc(field, *text);
	}
}

static const char *read_plain(const char *text, struct buffer *field)
{
	size_t length = strcspn(text, ",\"");

	buffer_add(field, text, length);
	return text[length] == '"' ? NULL : text + length;
}

int csv_split(struct strings *fields, const char *text, struct error *err)
{
	const char *at = text;

	for (;;) {
		auto_release(buffer) struct buffer field = { 0 };

		at = *at == '"' ? read_quoted(at + 1, &field) : read_plain(at, &field);
		if (!at || (*at && *at != ','))
			return error_set(err, ERROR_USAGE, "stray quote in '%s'", text);
		strings_add(fields, field.data ? field.data : "");
		if (*at++ == '\0')
			return 0;
	}
}
