/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation that cannot fail: small allocations abort the process when memory
 * is out. A size that comes from outside is held against a named maximum
 * before it gets here.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stdarg.h>
#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc_array(void *ptr, size_t count, size_t size);
char *xstrdup(const char *text);		/* NULL gives NULL */
char *xstrndup(const char *text, size_t max);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* Frees *slot and puts a copy of `text` (may be NULL) there. */
void replace_string(char **slot, const char *text);

#endif
