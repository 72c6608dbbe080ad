/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: one more program in a running container. Without a terminal it has the
 * caller's own streams, and nothing stands between them.
 */
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/lifecycle.h"
#include "engine/runtime/launch.h"
#include "engine/spec-internal.h"
#include "engine/supervisor/pump.h"

#define DYING_TIME_MAX 1000	/* milliseconds */

static void choose_stdio(const struct exec_options *options, int null,
			 struct launch_stdio *ret_stdio)
{
	*ret_stdio = (struct launch_stdio){ STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO };
	if (!options->interactive || options->detach)
		ret_stdio->in = null;
	if (options->detach)
		ret_stdio->out = ret_stdio->error = null;
}

/* Between the user's terminal and that of the program. */
static int serve_terminal(const struct exec_options *options, struct process *process, int terminal,
			  enum attach_end *ret_end, struct error *err)
{
	const struct attach_options attach = {
		.stdin_attached = options->interactive,
		.stdout_attached = true,
		.tty = true,
		.detach_keys = options->detach_keys,
		.signal_pidfd = -1,
	};
	const struct pump_peer peer = { .fd = terminal, .end_pidfd = process->pidfd };
	int unused;

	if (fd_set_nonblocking(terminal, true) < 0)
		return error_errno(err, "cannot set up the terminal");
	return pump_run(&peer, &attach, ret_end, &unused, err);
}

static int enter(struct container *container, const struct exec_options *options, int init,
		 struct process *ret_process, int *ret_terminal, struct error *err)
{
	auto_release(process_spec) struct process_spec process = { 0 };
	auto_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct launch_stdio stdio;
	struct enter_request request = {
		.init_pidfd = init,
		.init_pid = container->state.init.pid,
		.process = &process,
	};

	if (null < 0)
		return error_errno(err, "cannot open '/dev/null'");
	if (spec_build_exec(container, options, &process, err) < 0)
		return -1;
	process.terminal = options->tty && !options->detach;
	spec_seccomp(&container->config, &request.seccomp, &request.seccomp_file);
	if (options->privileged)
		request.seccomp = SECCOMP_UNCONFINED;
	request.emulate_ownership = userns_current() == USERNS_SINGLE;
	choose_stdio(options, null, &stdio);
	return enter_start(&request, &stdio, ret_process, ret_terminal, err);
}

static int not_running(const struct container *container, struct error *err)
{
	return error_set(err, ERROR_BUSY, "container %s is not running", container->config.id);
}

/* What a dying container refuses in one of many ways has one reason. Its first process loses its
 * namespaces before its end shows. */
static int why_not_entered(const struct container *container, int init, struct error *err)
{
	struct pollfd poll_fd = { .fd = init, .events = POLLIN };
	bool may_be_dying = err->errnum != 0 || err->kind == ERROR_OTHER ||
			    err->kind == ERROR_CANCELLED;

	if (may_be_dying && poll(&poll_fd, 1, DYING_TIME_MAX) > 0)
		return not_running(container, err);
	return -1;
}

int container_exec(struct engine *engine, struct container *container,
		   const struct exec_options *options, int *ret_exit_code, struct error *err)
{
	struct process process = PROCESS_NONE;
	enum attach_end end = ATTACH_ENDED;
	auto_fd int terminal = -1;
	auto_fd int init = -1;
	int status;

	(void)engine;
	if (container_refresh(container, err) < 0)
		return -1;
	init = process_find(&container->state.init);
	if (container->state.phase != CONTAINER_RUNNING || init < 0)
		return not_running(container, err);
	if (enter(container, options, init, &process, &terminal, err) < 0)
		return why_not_entered(container, init, err);
	*ret_exit_code = 0;
	if (options->detach) {
		process_release(&process);
		return 0;
	}
	if (terminal >= 0 && serve_terminal(options, &process, terminal, &end, err) < 0) {
		process_release(&process);
		return -1;
	}
	if (end == ATTACH_DETACHED) {
		process_release(&process);
		return 0;
	}
	if (process_wait(&process, &status, err) < 0)
		return -1;
	*ret_exit_code = process_exit_code(status);
	return 0;
}
