/* SPDX-License-Identifier: Apache-2.0 */
/* A container's bytes as the inside of a JSON string, as docker escapes them. */
#ifndef ENGINE_LOG_ESCAPE_H
#define ENGINE_LOG_ESCAPE_H

#include <stddef.h>

struct buffer;

/* < > & and the line separators U+2028 and U+2029 are escaped too; bytes that are no UTF-8 become
 * U+FFFD. */
void log_escape(struct buffer *out, const char *text, size_t size);

#endif
