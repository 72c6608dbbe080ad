/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making processes and waiting for them. Running other programs is in
 * spawn.c, knowing a process again later in process-identity.c.
 */
#include "base/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/syscalls.h"

#define EXIT_PARENT_GONE 255

static bool has_ended(int pidfd)
{
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };

	return poll(&poll_fd, 1, 0) > 0;
}

/* In the child. The parent may have died before prctl(): then its signal never comes. getppid()
 * cannot tell, since it is 0 where the parent is outside of our pid namespace. */
static void follow_parent(int parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || has_ended(parent))
		_exit(EXIT_PARENT_GONE);
}

int process_fork(process_main main, void *argument, bool die_with_parent,
		 struct process *ret_process, struct error *err)
{
	auto_fd int parent = die_with_parent ? sys_pidfd_open(getpid(), 0) : -1;
	struct process process = PROCESS_NONE;

	if (die_with_parent && parent < 0)
		return error_errno(err, "cannot follow this process");
	process.pid = fork();
	if (process.pid < 0)
		return error_errno(err, "cannot make a process");
	if (process.pid == 0) {
		if (die_with_parent) {
			follow_parent(parent);
			close(parent);
		}
		_exit(main(argument));
	}
	process.pidfd = sys_pidfd_open(process.pid, 0);
	if (process.pidfd < 0) {
		error_errno(err, "cannot follow the new process");
		process_kill(&process);
		return -1;
	}
	*ret_process = process;
	return 0;
}

int process_clone(uint64_t flags, int cgroup, process_main main, void *argument,
		  struct process *ret_process, struct error *err)
{
	struct process process = PROCESS_NONE;
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD,
		.pidfd = (uintptr_t)&process.pidfd,
		.exit_signal = SIGCHLD,
	};

	if (cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup;
	}
	process.pid = sys_clone3(&args);
	if (process.pid < 0)
		return error_errno(err, "cannot make a process in new namespaces");
	if (process.pid == 0)
		_exit(main(argument));
	*ret_process = process;
	return 0;
}

int process_ask(process_main main, void *argument, int *report, void *ret_answer, size_t size,
		int *ret_status, struct error *err)
{
	struct process process = PROCESS_NONE;
	auto_fd int reading = -1;
	ssize_t got;
	int result;

	if (fd_pipe(&reading, report, err) < 0)
		return -1;
	result = process_fork(main, argument, true, &process, err);
	close(take_fd(report));
	if (result < 0)
		return -1;
	got = fd_read_full(reading, ret_answer, size);
	if (process_wait(&process, ret_status, err) < 0)
		return -1;
	return got < 0 || (size_t)got != size;
}

void process_reset_signals(void)
{
	sigset_t none;

	/* It fails for SIGKILL and SIGSTOP, which are as they should be. */
	for (int number = 1; number < NSIG; number++)
		sys_reset_signal(number);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int process_wait(struct process *process, int *ret_status, struct error *err)
{
	pid_t waited;
	int status;

	do {
		waited = waitpid(process->pid, &status, 0);
	} while (waited < 0 && errno == EINTR);
	if (waited < 0)
		return error_errno(err, "cannot wait for process %d", (int)process->pid);
	process_release(process);
	*ret_status = status;
	return 0;
}

void process_kill(struct process *process)
{
	struct error ignored = { 0 };
	int status;

	if (process->pid > 0) {
		if (process->pidfd >= 0)
			sys_pidfd_send_signal(process->pidfd, SIGKILL, NULL, 0);
		else
			kill(process->pid, SIGKILL);
		process_wait(process, &status, &ignored); /* no child of ours: nothing to reap */
		error_release(&ignored);
	}
	process_release(process);
}

void process_release(struct process *process)
{
	auto_close_fd(&process->pidfd);
	*process = PROCESS_NONE;
}

int process_exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
