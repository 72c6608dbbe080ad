/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing run of bytes with a maximum, always followed by a NUL that is not
 * counted. A zeroed struct is an empty buffer with the default maximum.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct error;

#define BUFFER_SIZE_MAX ((size_t)64 << 20)	/* where `max` is 0 */

struct buffer {
	char *data;	/* owned */
	size_t size;	/* bytes in use */
	size_t room;	/* bytes allocated */
	size_t max;	/* size may not pass this; 0 is BUFFER_SIZE_MAX */
};

/* Each appends, or fails with ERROR_INVALID ("larger than N bytes") and changes nothing. */
int buffer_append(struct buffer *buffer, const void *data, size_t size, struct error *err);
/* These abort on overflow: for text that we compose ourselves. */
void buffer_add(struct buffer *buffer, const void *data, size_t size);
void buffer_puts(struct buffer *buffer, const char *text);
void buffer_putc(struct buffer *buffer, char c);
void buffer_printf(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void buffer_put_utf8(struct buffer *buffer, uint32_t code);	/* base/utf8.c */

void buffer_consume(struct buffer *buffer, size_t size);	/* drops bytes from the front */
void buffer_clear(struct buffer *buffer);			/* size 0, room kept */
char *buffer_take(struct buffer *buffer);	/* the bytes as a string, owned by the caller */
void buffer_release(struct buffer *buffer);

#endif
