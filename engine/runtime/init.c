/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals are blocked and taken one at a time with sigwaitinfo(), so nothing is
 * lost between looking and waiting. Those that the kernel raises for a fault of
 * our own stay as they are.
 */
#include "engine/runtime/init.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/process.h"
#include "base/syscalls.h"

static const int own_faults[] = { SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS };

static void forwarded_signals(sigset_t *ret_set)
{
	sigfillset(ret_set);
	for (size_t i = 0; i < ARRAY_SIZE(own_faults); i++)
		sigdelset(ret_set, own_faults[i]);
}

void init_block_signals(void)
{
	sigset_t set;

	forwarded_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void init_unblock_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

/* Reaps whoever has ended. Whether the program was among them, with its wait status. */
static int reap(pid_t program, int *ret_status)
{
	int found = 0, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == program) {
			*ret_status = status;
			found = 1;
		}
	}
	return found;
}

int init_serve(pid_t program)
{
	sigset_t set;
	int status = 0;

	forwarded_signals(&set);
	/* Nothing of the host's, nor of the program's, is held open from here. */
	sys_close_range(0, ~0U, 0);
	for (;;) {
		int signal;

		if (reap(program, &status))
			return process_exit_code(status);
		signal = sigwaitinfo(&set, NULL);
		if (signal > 0 && signal != SIGCHLD)
			kill(program, signal);
	}
}
