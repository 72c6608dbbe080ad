/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error messages and warnings. Texts from outside (a registry's answer, a
 * file's name) end up in them, so their length is bounded: a message that is
 * too long loses its middle, since the beginning tells what was tried and the
 * end tells why it failed.
 */
#include "base/error.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"

#define MESSAGE_SIZE_MAX 4096
#define MESSAGE_TAIL_SIZE 1024
#define WARNINGS_REMEMBERED 64

static bool inside_utf8_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static void cut_middle(char *text)
{
	static const char gap[] = " ... ";
	size_t length = strlen(text);
	size_t head = MESSAGE_SIZE_MAX - MESSAGE_TAIL_SIZE - sizeof(gap);
	size_t tail = length - MESSAGE_TAIL_SIZE;

	if (length < MESSAGE_SIZE_MAX)
		return;
	while (head > 0 && inside_utf8_character(text[head]))
		head--;
	while (inside_utf8_character(text[tail]))
		tail++;
	memcpy(text + head, gap, sizeof(gap) - 1);
	head += sizeof(gap) - 1;
	memmove(text + head, text + tail, length - tail + 1);
}

/* Takes `message`; the old one may have been among the arguments it was made from. */
static int put_message(struct error *err, enum error_kind kind, int errnum, char *message)
{
	cut_middle(message);
	free(err->message);
	err->kind = kind;
	err->errnum = errnum;
	err->message = message;
	return -1;
}

int error_set(struct error *err, enum error_kind kind, const char *format, ...)
{
	int saved = errno;
	va_list args;

	va_start(args, format);
	put_message(err, kind, 0, xvasprintf(format, args));
	va_end(args);
	errno = saved;
	return -1;
}

__attribute__((format(printf, 3, 0)))
static int put_errno(struct error *err, int errnum, const char *format, va_list args)
{
	auto_free char *text = xvasprintf(format, args);

	return put_message(err, ERROR_ERRNO, errnum, xasprintf("%s: %s", text, strerror(errnum)));
}

int error_errno(struct error *err, const char *format, ...)
{
	int saved = errno;
	va_list args;

	va_start(args, format);
	put_errno(err, saved, format, args);
	va_end(args);
	errno = saved;
	return -1;
}

int error_errnum(struct error *err, int errnum, const char *format, ...)
{
	int saved = errno;
	va_list args;

	va_start(args, format);
	put_errno(err, errnum, format, args);
	va_end(args);
	errno = saved;
	return -1;
}

int error_context(struct error *err, const char *format, ...)
{
	auto_free char *context = NULL;
	int saved = errno;
	va_list args;

	va_start(args, format);
	context = xvasprintf(format, args);
	va_end(args);
	put_message(err, err->kind, err->errnum,
		    xasprintf("%s: %s", context, err->message ? err->message : ""));
	errno = saved;
	return -1;
}

int error_remedy(struct error *err, const char *format, ...)
{
	auto_free char *remedy = NULL;
	int saved = errno;
	va_list args;

	if (!err->message || strstr(err->message, "; "))
		return -1;
	va_start(args, format);
	remedy = xvasprintf(format, args);
	va_end(args);
	put_message(err, err->kind, err->errnum, xasprintf("%s; %s", err->message, remedy));
	errno = saved;
	return -1;
}

bool error_is_errno(const struct error *err, int errnum)
{
	return err->kind != ERROR_NONE && err->errnum == errnum;
}

void error_move(struct error *to, struct error *from)
{
	if (to == from)
		return;
	error_release(to);
	*to = *from;
	*from = (struct error){ 0 };
}

void error_release(struct error *err)
{
	int saved = errno;

	free(err->message);
	*err = (struct error){ 0 };
	errno = saved;
}

static pthread_mutex_t warning_lock = PTHREAD_MUTEX_INITIALIZER;
static warning_handler warning_sink;
static char *warnings_given[WARNINGS_REMEMBERED];
static size_t warning_next;	/* the slot that is overwritten next */

void warnings_to(warning_handler handler)
{
	pthread_mutex_lock(&warning_lock);
	warning_sink = handler;
	pthread_mutex_unlock(&warning_lock);
}

/* Remembers `text`, unless it is known already. */
static bool warning_is_new(const char *text)
{
	for (size_t i = 0; i < WARNINGS_REMEMBERED; i++)
		if (warnings_given[i] && strcmp(warnings_given[i], text) == 0)
			return false;
	replace_string(&warnings_given[warning_next], text);
	warning_next = (warning_next + 1) % WARNINGS_REMEMBERED;
	return true;
}

void warning(const char *format, ...)
{
	auto_free char *text = NULL;
	int saved = errno;
	warning_handler sink;
	bool is_new;
	va_list args;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	cut_middle(text);
	pthread_mutex_lock(&warning_lock);
	sink = warning_sink;
	is_new = sink && warning_is_new(text);
	pthread_mutex_unlock(&warning_lock);
	if (is_new)
		sink(text);
	errno = saved;
}
