/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw mode and back. What was is kept in static memory, since it has to be found by
 * exit handlers and by the handler of crashes.
 */
#include "engine/supervisor/terminal.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/auto.h"

static struct termios saved;
static volatile sig_atomic_t raw_fd = -1;

static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };

void terminal_restore(void)
{
	int fd = raw_fd;

	raw_fd = -1;
	if (fd >= 0)
		tcsetattr(fd, TCSANOW, &saved);
}

/* The default action follows: SA_RESETHAND. */
static void restore_and_die(int signal_number)
{
	terminal_restore();
	raise(signal_number);
}

static void restore_at_the_end(void)
{
	struct sigaction action = { .sa_handler = restore_and_die, .sa_flags = SA_RESETHAND };
	static bool registered;

	if (registered)
		return;
	registered = true;
	atexit(terminal_restore);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		sigaction(crashes[i], &action, NULL);
}

bool terminal_make_raw(int fd)
{
	struct termios raw;

	if (raw_fd >= 0 || tcgetattr(fd, &saved) < 0)
		return false;
	restore_at_the_end();
	raw = saved;
	cfmakeraw(&raw);
	raw_fd = fd;
	if (tcsetattr(fd, TCSANOW, &raw) < 0) {
		raw_fd = -1;
		return false;
	}
	return true;
}

bool terminal_size(int fd, unsigned short *ret_rows, unsigned short *ret_columns)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) < 0)
		return false;
	*ret_rows = size.ws_row;
	*ret_columns = size.ws_col;
	return true;
}

void terminal_set_size(int fd, unsigned short rows, unsigned short columns)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };

	ioctl(fd, TIOCSWINSZ, &size);
}
