/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors: set once where they happen, given context on the way up, printed
 * once by cli/.
 *
 * A function that can fail takes `struct error *err` last, never NULL, and
 * returns 0, or -1 (NULL for pointers) with *err filled. A message is one line:
 * no capital, no period, what was tried first, the subject in single quotes,
 * and after "; " the remedy where there is one.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

/* Kinds exist only where a caller branches on them. */
enum error_kind {
	ERROR_NONE = 0,
	ERROR_OTHER,
	ERROR_ERRNO,		/* errnum holds the errno */
	ERROR_INVALID,		/* malformed input from outside */
	ERROR_USAGE,		/* a bad option or operand: exit code 125 */
	ERROR_NOT_FOUND,	/* no such image, container, blob, ... */
	ERROR_EXISTS,		/* the name is taken */
	ERROR_BUSY,		/* in use: cannot be removed or changed now */
	ERROR_UNAUTHORIZED,	/* the registry turned the credentials down */
	ERROR_UNSUPPORTED,	/* the kernel or this host cannot do it */
	ERROR_COMMAND_NOT_FOUND,	/* container command: exit code 127 */
	ERROR_COMMAND_NOT_EXECUTABLE,	/* container command: exit code 126 */
	ERROR_CANCELLED,	/* the user interrupted */
};

struct error {
	enum error_kind kind;
	int errnum;		/* the errno behind it, or 0 */
	char *message;		/* owned; NULL while kind is ERROR_NONE */
};

/* Fills *err and returns -1, so that `return error_set(...)` reads well. An error already
 * set is replaced. errno is left as it was. */
int error_set(struct error *err, enum error_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As error_set() with kind ERROR_ERRNO, and ": <strerror(errno)>" appended. */
int error_errno(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* As error_errno() for an errno value that is not in `errno` (from a child, a library). */
int error_errnum(struct error *err, int errnum, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "<context>: " in front of the message; the kind stays. Returns -1. */
int error_context(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Appends "; <remedy>", unless the message has a remedy already. Returns -1. */
int error_remedy(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Whether *err holds an error whose errno is `errnum`. */
bool error_is_errno(const struct error *err, int errnum);

/* Moves *from into *to, which is released first; *from is left empty. */
void error_move(struct error *to, struct error *from);

void error_release(struct error *err); /* leaves *err empty and usable */

#define auto_error __attribute__((cleanup(error_release))) struct error

/*
 * Warnings: what the user should know although the command goes on. Lower
 * floors only hand them over; cli/ decides how they are printed. A warning
 * given twice with the same text is handed over once in a process.
 */
typedef void (*warning_handler)(const char *message);
void warnings_to(warning_handler handler);
void warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
