/* SPDX-License-Identifier: Apache-2.0 */
/* Signals as people write them: TERM, SIGTERM, sigterm, 15, RTMIN+3, RTMAX-1. */
#include <signal.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"
#include "engine/lifecycle.h"

/* libc keeps the first two real-time signals; images and scripts count from what it leaves. */
#define RTMIN_PUBLIC 34
#define RTMAX_PUBLIC 64

static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "HUP", SIGHUP },	{ "INT", SIGINT },	 { "QUIT", SIGQUIT },  { "ILL", SIGILL },
	{ "TRAP", SIGTRAP },	{ "ABRT", SIGABRT },	 { "IOT", SIGIOT },    { "BUS", SIGBUS },
	{ "FPE", SIGFPE },	{ "KILL", SIGKILL },	 { "USR1", SIGUSR1 },  { "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 },	{ "PIPE", SIGPIPE },	 { "ALRM", SIGALRM },  { "TERM", SIGTERM },
	{ "STKFLT", SIGSTKFLT }, { "CHLD", SIGCHLD },	 { "CLD", SIGCHLD },   { "CONT", SIGCONT },
	{ "STOP", SIGSTOP },	{ "TSTP", SIGTSTP },	 { "TTIN", SIGTTIN },  { "TTOU", SIGTTOU },
	{ "URG", SIGURG },	{ "XCPU", SIGXCPU },	 { "XFSZ", SIGXFSZ },
	{ "VTALRM", SIGVTALRM },
	{ "PROF", SIGPROF },	{ "WINCH", SIGWINCH },	 { "IO", SIGIO },      { "POLL", SIGPOLL },
	{ "PWR", SIGPWR },	{ "SYS", SIGSYS },	 { "RTMIN", RTMIN_PUBLIC },
	{ "RTMAX", RTMAX_PUBLIC },
};

/* "RTMIN+3", "RTMAX-1": 0 where it is neither, or leads out of the range. */
static int parse_realtime(const char *name)
{
	auto_error ignored = { 0 };
	uint32_t offset;
	int number;

	if (strncasecmp(name, "RTMIN+", 6) != 0 && strncasecmp(name, "RTMAX-", 6) != 0)
		return 0;
	if (parse_u32(name + 6, &offset, &ignored) < 0 || offset > RTMAX_PUBLIC - RTMIN_PUBLIC)
		return 0;
	number = name[5] == '+' ? RTMIN_PUBLIC + (int)offset : RTMAX_PUBLIC - (int)offset;
	return number;
}

int signal_parse(const char *text, int *ret_signal, struct error *err)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	auto_error ignored = { 0 };
	uint32_t number;
	int realtime;

	if (parse_u32(text, &number, &ignored) == 0 && number >= 1 && number <= RTMAX_PUBLIC) {
		*ret_signal = (int)number;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		if (strcasecmp(name, signals[i].name) == 0) {
			*ret_signal = signals[i].number;
			return 0;
		}
	}
	realtime = parse_realtime(name);
	if (!realtime)
		return error_set(err, ERROR_USAGE, "invalid signal: %s", text);
	*ret_signal = realtime;
	return 0;
}
