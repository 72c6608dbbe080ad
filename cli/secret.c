/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signal that comes while the terminal shows nothing must not leave it so: it is
 * let in only while we wait, and taken for the user's wish to stop.
 */
#include "cli/secret.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"

#define SECRET_SIZE_MAX 65536

static const int stopping[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP };
static volatile sig_atomic_t stopped;

static void note_stop(int signal)
{
	(void)signal;
	stopped = 1;
}

void secret_free(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

/* What the process had before secret_ask(). */
struct before {
	struct sigaction actions[ARRAY_SIZE(stopping)];
	sigset_t mask;
	struct termios terminal;
};

static void catch_signals(struct before *before)
{
	const struct sigaction action = { .sa_handler = note_stop };
	sigset_t blocked;

	sigemptyset(&blocked);
	stopped = 0;
	for (size_t i = 0; i < ARRAY_SIZE(stopping); i++)
		sigaddset(&blocked, stopping[i]);
	sigprocmask(SIG_BLOCK, &blocked, &before->mask);
	for (size_t i = 0; i < ARRAY_SIZE(stopping); i++)
		sigaction(stopping[i], &action, &before->actions[i]);
}

static void release_signals(const struct before *before)
{
	for (size_t i = 0; i < ARRAY_SIZE(stopping); i++)
		sigaction(stopping[i], &before->actions[i], NULL);
	sigprocmask(SIG_SETMASK, &before->mask, NULL);
}

static void set_echo(const struct before *before, bool echo)
{
	struct termios changed = before->terminal;

	if (!echo)
		changed.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &changed);
}

/* Reads what the terminal gives at the end of a line. */
static ssize_t read_some(const struct before *before, char *line, size_t room)
{
	struct pollfd wait = { .fd = STDIN_FILENO, .events = POLLIN };

	for (;;) {
		if (ppoll(&wait, 1, NULL, &before->mask) >= 0)
			return read(STDIN_FILENO, line, room);
		if (errno != EINTR || stopped)
			return -1;
	}
}

static char *read_line(const struct before *before, struct error *err)
{
	char *line = xcalloc(SECRET_SIZE_MAX + 1, 1);
	size_t length = 0;
	ssize_t got = 1;
	char *end = NULL;

	while (!end && length < SECRET_SIZE_MAX) {
		got = read_some(before, line + length, SECRET_SIZE_MAX - length);
		if (got <= 0)
			break;
		length += (size_t)got;
		end = memchr(line, '\n', length);
	}
	if (end) {
		*end = '\0';
		return line;
	}
	explicit_bzero(line, length);
	free(line);
	if (got < 0 && !stopped)
		error_errno(err, "cannot read from the terminal");
	else
		error_set(err, ERROR_CANCELLED, "nothing was entered");
	return NULL;
}

char *secret_ask(const char *prompt, bool echo, struct error *err)
{
	struct before before = { 0 };
	char *line;

	if (tcgetattr(STDIN_FILENO, &before.terminal) < 0) {
		error_set(err, ERROR_UNSUPPORTED, "standard input is no terminal");
		return NULL;
	}
	catch_signals(&before);
	fflush(stdout);
	/* This drops what was typed ahead: not what answers the prompt. */
	set_echo(&before, echo);
	fputs(prompt, stderr);
	line = read_line(&before, err);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before.terminal);
	if (!echo || !line)
		fputc('\n', stderr);
	release_signals(&before);
	return line;
}

char *secret_read_stdin(struct error *err)
{
	struct buffer text = { .max = SECRET_SIZE_MAX };
	char *secret = NULL;
	int result = fd_read_all(STDIN_FILENO, "standard input", &text, err);

	if (result == 0 && text.size > 0 && memchr(text.data, '\0', text.size))
		result = error_set(err, ERROR_INVALID, "a password has no NUL byte");
	if (result == 0) {
		if (text.size > 0 && text.data[text.size - 1] == '\n')
			text.size--;
		if (text.size > 0 && text.data[text.size - 1] == '\r')
			text.size--;
		secret = xstrndup(text.data ? text.data : "", text.size);
	}
	if (text.data)
		explicit_bzero(text.data, text.room);
	buffer_release(&text);
	return secret;
}
