/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child writes progress and warnings itself, and answers through a pipe.
 *
 * Ctrl-C at a terminal reaches both processes: the child takes back what it had begun and
 * says so, we wait for that. SIGINT from elsewhere reaches us alone, and is handed on.
 */
#include "cli/pull-child.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/syscalls.h"
#include "cli/image-source.h"
#include "image/digest.h"
#include "image/reference.h"

struct task {
	const struct image_source *source;
	struct engine *engine;
	const struct reference *reference;
	int report;
	sigset_t signals;	/* blocked while we fork: what the child goes on with */
};

struct answer {
	enum error_kind kind;	/* ERROR_NONE: pulled */
	int errnum;
	struct digest id;
	char message[3000];	/* with the rest below PIPE_BUF: one write */
};

static volatile sig_atomic_t child_pidfd = -1;

static void hand_on(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (info->si_code != SI_KERNEL && child_pidfd >= 0)
		sys_pidfd_send_signal(child_pidfd, number, NULL, 0);
}

static int child_main(void *argument)
{
	struct task *task = argument;
	struct answer answer = { .kind = ERROR_NONE };
	auto_error err = { 0 };

	sigprocmask(SIG_SETMASK, &task->signals, NULL);
	if (image_source_pull(task->source, task->engine, task->reference, &answer.id, &err) < 0) {
		answer.kind = err.kind;
		answer.errnum = err.errnum;
		snprintf(answer.message, sizeof(answer.message), "%s", err.message);
	}
	fflush(task->source->out);
	return fd_write_full(task->report, &answer, sizeof(answer)) < 0;
}

/* Reads the answer, with SIGINT as described above; *ret_got is false when there was none. */
static int hear(struct process *child, int report, const sigset_t *signals,
		struct answer *ret_answer, bool *ret_got, int *ret_status, struct error *err)
{
	const struct sigaction forward = { .sa_sigaction = hand_on,
					   .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigaction before;

	child_pidfd = child->pidfd;
	sigaction(SIGINT, NULL, &before);
	if (before.sa_handler != SIG_IGN)
		sigaction(SIGINT, &forward, NULL);
	sigprocmask(SIG_SETMASK, signals, NULL);
	*ret_got = fd_read_full(report, ret_answer, sizeof(*ret_answer)) ==
		   (ssize_t)sizeof(*ret_answer);
	sigaction(SIGINT, &before, NULL);
	child_pidfd = -1;
	return process_wait(child, ret_status, err);
}

/* How a child ended that had no answer. */
static int explain(const struct reference *reference, int status, struct error *err)
{
	auto_free char *name = reference_familiar(reference);

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT)
		error_set(err, ERROR_CANCELLED, "interrupted");
	else
		error_set(err, ERROR_OTHER, "the pulling process ended with status %d",
			  process_exit_code(status));
	return error_context(err, "cannot pull '%s'", name);
}

static int ask(struct task *task, struct answer *ret_answer, bool *ret_got, int *ret_status,
	       struct error *err)
{
	struct process child = PROCESS_NONE;
	auto_fd int report = -1;
	sigset_t interrupt;
	int forked;

	if (fd_pipe(&report, &task->report, err) < 0)
		return -1;
	fflush(NULL);	/* or the child would write it again */
	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	sigprocmask(SIG_BLOCK, &interrupt, &task->signals);
	forked = process_fork(child_main, task, true, &child, err);
	auto_close_fd(&task->report);
	if (forked == 0)
		return hear(&child, report, &task->signals, ret_answer, ret_got, ret_status, err);
	sigprocmask(SIG_SETMASK, &task->signals, NULL);
	return -1;
}

int pull_in_child(const struct image_source *source, struct engine *engine,
		  const struct reference *reference, struct digest *ret_id, struct error *err)
{
	struct task task = { .source = source, .engine = engine, .reference = reference,
			     .report = -1 };
	struct answer answer;
	bool got;
	int status;

	if (ask(&task, &answer, &got, &status, err) < 0)
		return -1;
	if (!got)
		return explain(reference, status, err);
	if (answer.kind == ERROR_NONE) {
		*ret_id = answer.id;
		return 0;
	}
	error_set(err, answer.kind, "%s", answer.message);
	err->errnum = answer.errnum;
	return -1;
}
