/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: one more program in a running container. Without a terminal it has the
 * caller's own streams, and nothing stands between them.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/random.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/exec.h"
#include "engine/lifecycle.h"
#include "engine/spec-internal.h"
#include "engine/supervisor/pump.h"
#include "engine/supervisor/terminal.h"

#define DYING_TIME_MAX 1000	/* milliseconds */
#define CGROUP_TEXT_MAX 4096

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

/* The cgroup of a process, below the mount, or NULL. New string. */
static char *cgroup_of(const char *proc_path)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_error ignored = { 0 };
	const char *path;

	if (file_read(AT_FDCWD, proc_path, CGROUP_TEXT_MAX, &text, &ignored) < 0)
		return NULL;
	path = skip_prefix(text.data ? text.data : "", "0::/");
	return path ? xstrndup(path, strcspn(path, "\n")) : NULL;
}

/* Whether a process of ours may be made in `group`. An ordinary user's may not leave the part of
 * the tree that was given to his systemd instance, nor come into it from outside. */
static bool may_join(const char *group)
{
	auto_free char *own = NULL;
	const char *instance = strstr(group, "/user@");

	if (userns_current() == USERNS_NONE)
		return true;
	own = cgroup_of("/proc/self/cgroup");
	return own && instance &&
	       strncmp(own, group, (size_t)(instance - group) + strcspn(instance + 1, "/") + 1) == 0;
}

/* The container's own group, so that its limits hold for what is started later, too. */
static char *find_cgroup(const struct container *container)
{
	char path[64];
	auto_free char *group = NULL;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)container->state.init.pid);
	group = cgroup_of(path);
	if (!group || !has_suffix(group, container->config.id) || !may_join(group))
		return NULL;
	return take_ptr(&group);
}

static int not_running(const struct container *container, struct error *err)
{
	return error_set(err, ERROR_BUSY, "container %s is not running", container->config.id);
}

static int enter(const struct container *container, const struct exec_options *options, int init,
		 const struct launch_stdio *stdio, struct process *ret_process, int *ret_terminal,
		 struct error *err)
{
	auto_release(process_spec) struct process_spec process = { 0 };
	auto_free char *cgroup = find_cgroup(container);
	struct enter_request request = {
		.init_pidfd = init,
		.init_pid = container->state.init.pid,
		.process = &process,
		.cgroup_path = cgroup,
	};

	if (spec_build_exec(container, options, &process, err) < 0)
		return -1;
	process.terminal = options->tty && !options->detach;
	for (int fd = 0; process.terminal && fd <= 2; fd++)
		if (terminal_size(fd, &process.rows, &process.columns))
			break;
	spec_seccomp(&container->config, &request.seccomp, &request.seccomp_file);
	if (options->privileged)
		request.seccomp = SECCOMP_UNCONFINED;
	request.emulate_ownership = userns_current() == USERNS_SINGLE;
	return enter_start(&request, stdio, ret_process, ret_terminal, err);
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

int exec_start(const struct container *container, const struct exec_options *options,
	       const struct launch_stdio *stdio, struct process *ret_process, int *ret_terminal,
	       struct error *err)
{
	auto_fd int init = process_find(&container->state.init);

	if (init < 0)
		return not_running(container, err);
	if (enter(container, options, init, stdio, ret_process, ret_terminal, err) < 0)
		return why_not_entered(container, init, err);
	return 0;
}

/* Stays with the program until it ends, or the user leaves it. */
static int follow(const struct exec_options *options, struct process *process, int terminal,
		  bool *ret_detached, int *ret_exit_code, struct error *err)
{
	enum attach_end end = ATTACH_ENDED;
	int status;

	if (terminal >= 0 && serve_terminal(options, process, terminal, &end, err) < 0) {
		process_release(process);
		return -1;
	}
	*ret_detached = end == ATTACH_DETACHED;
	if (*ret_detached) {
		process_release(process);
		return 0;
	}
	if (process_wait(process, &status, err) < 0)
		return -1;
	*ret_exit_code = process_exit_code(status);
	return 0;
}

/* "exec_create: ls -l", with an ID by which the events of one exec are known. */
static void add_event(struct engine *engine, const struct container *container, const char *action,
		      const struct exec_options *options, const char *id, int exit_code)
{
	auto_release(strings) struct strings more = { 0 };
	auto_free char *words = strings_join(&options->command, " ");
	auto_free char *text = xasprintf("%s: %s", action, words);

	strings_addf(&more, "execID=%s", id);
	if (exit_code >= 0)
		strings_addf(&more, "exitCode=%d", exit_code);
	events_add_container(engine->root, container, exit_code < 0 ? text : action, &more);
}

int container_exec(struct engine *engine, struct container *container,
		   const struct exec_options *options, int *ret_exit_code, struct error *err)
{
	auto_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct process process = PROCESS_NONE;
	struct launch_stdio stdio;
	char id[CONTAINER_ID_SIZE];
	auto_fd int terminal = -1;
	bool detached = true;

	if (null < 0)
		return error_errno(err, "cannot open '/dev/null'");
	if (container_refresh(container, err) < 0)
		return -1;
	if (container->state.phase == CONTAINER_PAUSED)
		return error_set(err, ERROR_BUSY,
				 "container %s is paused, unpause the container before exec",
				 container->config.id);
	if (container->state.phase != CONTAINER_RUNNING)
		return not_running(container, err);
	random_hex(id, sizeof(id) - 1);
	add_event(engine, container, "exec_create", options, id, -1);
	choose_stdio(options, null, &stdio);
	if (exec_start(container, options, &stdio, &process, &terminal, err) < 0)
		return -1;
	add_event(engine, container, "exec_start", options, id, -1);
	*ret_exit_code = 0;
	if (options->detach)
		process_release(&process);
	else if (follow(options, &process, terminal, &detached, ret_exit_code, err) < 0)
		return -1;
	if (!detached)
		add_event(engine, container, "exec_die", options, id, *ret_exit_code);
	return 0;
}
