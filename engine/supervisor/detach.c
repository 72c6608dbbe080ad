/* SPDX-License-Identifier: Apache-2.0 */
/* See detach.h. */
#include "engine/supervisor/detach.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/syscalls.h"

#define KEEP_MAX 16

/* Of a terminal that is not ours any more, and of pipes whose other end has gone. */
static const int ignored_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTSTP,
				       SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2, SIGALRM };

static int compare_numbers(const void *left, const void *right)
{
	return *(const int *)left - *(const int *)right;
}

static void close_others(const int *keep, size_t keep_count)
{
	int sorted[KEEP_MAX];
	unsigned int first = 3;

	for (size_t i = 0; i < keep_count; i++)
		sorted[i] = keep[i];
	qsort(sorted, keep_count, sizeof(sorted[0]), compare_numbers);
	for (size_t i = 0; i < keep_count; i++) {
		if (sorted[i] < (int)first)
			continue;
		if (sorted[i] > (int)first)
			sys_close_range(first, (unsigned int)sorted[i] - 1, 0);
		first = (unsigned int)sorted[i] + 1;
	}
	sys_close_range(first, UINT_MAX, 0);
}

static void reset_signals(void)
{
	sigset_t none;

	for (int signal_number = 1; signal_number < NSIG; signal_number++)
		signal(signal_number, SIG_DFL);
	for (size_t i = 0; i < ARRAY_SIZE(ignored_signals); i++)
		signal(ignored_signals[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int detach_from_caller(const int *keep, size_t keep_count, struct error *err)
{
	if (keep_count > KEEP_MAX)
		return error_set(err, ERROR_OTHER, "too many descriptors to keep");
	if (setsid() < 0)
		return error_errno(err, "cannot leave the session");
	reset_signals();
	close_others(keep, keep_count);
	umask(022);
	if (chdir("/") < 0)
		return error_errno(err, "cannot change to '/'");
	return 0;
}

void detach_streams(void)
{
	auto_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		dup2(null, fd);
}
