/* SPDX-License-Identifier: Apache-2.0 */
/* Growing byte buffers with a maximum: see buffer.h. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"

#define ROOM_MIN 256

static size_t max_of(const struct buffer *buffer)
{
	return buffer->max ? buffer->max : BUFFER_SIZE_MAX;
}

static bool fits(const struct buffer *buffer, size_t size)
{
	size_t max = max_of(buffer);

	return buffer->size <= max && size <= max - buffer->size;
}

/* Appends what is known to fit. */
static void append(struct buffer *buffer, const void *data, size_t size)
{
	size_t needed = buffer->size + size + 1; /* the NUL */

	if (needed > buffer->room) {
		size_t room = buffer->room < ROOM_MIN ? ROOM_MIN : buffer->room;

		while (room < needed)
			room = room > SIZE_MAX / 2 ? needed : room * 2;
		buffer->data = xrealloc_array(buffer->data, room, 1);
		buffer->room = room;
	}
	if (size > 0)
		memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
	buffer->data[buffer->size] = '\0';
}

int buffer_append(struct buffer *buffer, const void *data, size_t size, struct error *err)
{
	if (!fits(buffer, size))
		return error_set(err, ERROR_INVALID, "larger than %zu bytes", max_of(buffer));
	append(buffer, data, size);
	return 0;
}

void buffer_add(struct buffer *buffer, const void *data, size_t size)
{
	if (!fits(buffer, size))
		abort();
	append(buffer, data, size);
}

void buffer_puts(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void buffer_putc(struct buffer *buffer, char c)
{
	buffer_add(buffer, &c, 1);
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
	auto_free char *text = NULL;
	va_list args;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	buffer_puts(buffer, text);
}

void buffer_consume(struct buffer *buffer, size_t size)
{
	if (size > buffer->size)
		abort();
	if (size == 0)
		return;
	buffer->size -= size;
	memmove(buffer->data, buffer->data + size, buffer->size + 1);
}

void buffer_clear(struct buffer *buffer)
{
	buffer->size = 0;
	if (buffer->data)
		buffer->data[0] = '\0';
}

char *buffer_take(struct buffer *buffer)
{
	char *text = buffer->data ? buffer->data : xstrdup("");

	*buffer = (struct buffer){ .max = buffer->max };
	return text;
}

void buffer_release(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){ .max = buffer->max };
}
