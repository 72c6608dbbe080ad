/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container in a PID namespace of its own is stopped by one kill(-1) from inside: the kernel
 * sends to all at once, and a fork that runs meanwhile is begun anew after it. Only its first
 * process is left out, which is stopped from outside. Then (in a shared namespace: instead)
 * processes are looked up and stopped until no new one is found.
 */
#include "engine/pause.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/syscalls.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/processes.h"
#include "engine/runtime/cgroup.h"

#define FREEZE_PATIENCE_MS 10000
#define STOP_ROUNDS_MAX 100

/* The group that was made for the container, opened; -1 where it has none. */
static int open_group(const struct container *container)
{
	auto_error ignored = { 0 };
	auto_free char *path = cgroup_find(container->state.init.pid, container->config.id);

	return path ? cgroup_open(path, &ignored) : -1;
}

static bool read_flag(int group, const char *file, const char *line)
{
	auto_fd int fd = openat(group, file, O_RDONLY | O_CLOEXEC);
	char text[256];
	ssize_t size = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

	if (size <= 0)
		return false;
	text[size] = '\0';
	return strstr(text, line) != NULL;
}

static int freeze(int group, bool frozen)
{
	auto_fd int fd = openat(group, "cgroup.freeze", O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, frozen ? "1" : "0", 1) == 1 ? 0 : -1;
}

/* The kernel tells by POLLPRI when the last process has come to a halt. */
static int freeze_all(int group, struct error *err)
{
	auto_fd int events = openat(group, "cgroup.events", O_RDONLY | O_CLOEXEC);

	if (events < 0 || freeze(group, true) < 0)
		return error_errno(err, "cannot freeze the cgroup");
	while (!read_flag(group, "cgroup.events", "frozen 1")) {
		struct pollfd change = { .fd = events, .events = POLLPRI };

		if (poll(&change, 1, FREEZE_PATIENCE_MS) == 0) {
			freeze(group, false);
			return error_set(err, ERROR_OTHER, "its processes do not come to a halt");
		}
	}
	return 0;
}

struct namespace_signal {
	int pid_namespace;
	int signal;
};

static int signal_others(void *argument)
{
	const struct namespace_signal *order = argument;

	if (getppid() != 0) /* not inside: these would be the host's processes */
		return EINVAL;
	return kill(-1, order->signal) < 0 && errno != ESRCH ? errno : 0;
}

/* Enters the PID namespace, which counts for children only. */
static int signal_namespace(void *argument)
{
	const struct namespace_signal *order = argument;
	struct process child = PROCESS_NONE;
	auto_error err = { 0 };
	int status = 0;

	/* Nobody in there may look into us. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || setns(order->pid_namespace, CLONE_NEWPID) < 0)
		return errno;
	if (process_fork(signal_others, argument, true, &child, &err) < 0 ||
	    process_wait(&child, &status, &err) < 0)
		return err.errnum ? err.errnum : EIO;
	return process_exit_code(status);
}

/* Everybody in the namespace of `init` but itself. */
static int signal_all(pid_t init, int signal, struct error *err)
{
	auto_free char *path = xasprintf("/proc/%d/ns/pid", (int)init);
	auto_fd int space = open(path, O_RDONLY | O_CLOEXEC);
	struct namespace_signal order = { .pid_namespace = space, .signal = signal };
	struct process child = PROCESS_NONE;
	int status = 0;

	if (space < 0)
		return error_errno(err, "cannot open its PID namespace");
	if (process_fork(signal_namespace, &order, true, &child, err) < 0 ||
	    process_wait(&child, &status, err) < 0)
		return -1;
	status = process_exit_code(status);
	return status ? error_errnum(err, status, "cannot signal its processes") : 0;
}

static bool is_stopped(const struct process_entry *entry)
{
	return strchr("TtZX", entry->state) != NULL;
}

/* Signals those processes that are not `stopped`, or not running, yet; how many there were. */
static int signal_found(pid_t init, int signal, bool stopped, struct error *err)
{
	auto_release(process_table) struct process_table table = { 0 };
	int count = 0;

	if (processes_find(init, &table, err) < 0)
		return -1;
	for (size_t i = 0; i < table.count; i++) {
		if (is_stopped(&table.entries[i]) == stopped)
			continue;
		if (kill(table.entries[i].pid, signal) == 0)
			count++;
		else if (errno != ESRCH)
			return error_errno(err, "cannot signal process %d", table.entries[i].pid);
	}
	return count;
}

static int stop_found(pid_t init, struct error *err)
{
	for (int i = 0; i < STOP_ROUNDS_MAX; i++) {
		int count = signal_found(init, SIGSTOP, true, err);

		if (count <= 0)
			return count;
	}
	return error_set(err, ERROR_OTHER, "it makes processes faster than they can be stopped");
}

static int stop_all(const struct container_state *state, int init, struct error *err)
{
	/* From inside it would not be stopped. */
	if (sys_pidfd_send_signal(init, SIGSTOP, NULL, 0) < 0)
		return error_errno(err, "cannot stop its first process");
	if (processes_own_namespace(state->init.pid) &&
	    signal_all(state->init.pid, SIGSTOP, err) < 0)
		return -1;
	return stop_found(state->init.pid, err);
}

static void continue_all(const struct container_state *state, int init)
{
	auto_error ignored = { 0 };

	if (processes_own_namespace(state->init.pid))
		signal_all(state->init.pid, SIGCONT, &ignored);
	else
		signal_found(state->init.pid, SIGCONT, false, &ignored);
	sys_pidfd_send_signal(init, SIGCONT, NULL, 0);
}

void pause_end(const struct container *container)
{
	const struct container_state *state = &container->state;
	auto_fd int init = process_find(&state->init);
	auto_fd int group = init < 0 ? -1 : open_group(container);

	if (group >= 0)
		freeze(group, false);
	else if (init >= 0)
		continue_all(state, init);
}

bool pause_holds(const struct container *container)
{
	auto_free char *stat = NULL;
	auto_fd int group = open_group(container);
	const char *end;

	if (group >= 0)
		return read_flag(group, "cgroup.freeze", "1");
	stat = process_read(container->state.init.pid, "stat");
	end = strrchr(stat, ')');
	return end && strlen(end) > 2 && strchr("Tt", end[2]);
}

static int hold(const struct container *container, struct error *err)
{
	auto_fd int init = process_find(&container->state.init);
	auto_fd int group = init < 0 ? -1 : open_group(container);

	if (init < 0)
		return error_set(err, ERROR_BUSY, "its first process has ended");
	return group >= 0 ? freeze_all(group, err) : stop_all(&container->state, init, err);
}

static int refuse(const struct container *container, const char *what, struct error *err)
{
	return error_set(err, ERROR_BUSY, "Container %s is %s", container->config.id, what);
}

/* The state is written first: from then on nobody enters the container. */
int container_pause(struct engine *engine, struct container *container, struct error *err)
{
	auto_fd int lock = container_lock(container, err);
	auto_error ignored = { 0 };

	if (lock < 0)
		return -1;
	if (container->state.phase == CONTAINER_PAUSED)
		return refuse(container, "already paused", err);
	if (container->state.phase == CONTAINER_RESTARTING)
		return refuse(container, "restarting, wait until the container is running", err);
	if (container->state.phase != CONTAINER_RUNNING)
		return refuse(container, "not running", err);
	container->state.phase = CONTAINER_PAUSED;
	if (container_write_state(container, err) < 0)
		return -1;
	if (hold(container, err) == 0) {
		events_add_container(engine->root, container, "pause", NULL);
		return 0;
	}
	pause_end(container);
	container->state.phase = CONTAINER_RUNNING;
	container_write_state(container, &ignored);
	return error_context(err, "cannot pause container %s", container->config.id);
}

int container_unpause(struct engine *engine, struct container *container, struct error *err)
{
	auto_fd int lock = container_lock(container, err);

	if (lock < 0)
		return -1;
	if (container->state.phase != CONTAINER_PAUSED)
		return refuse(container, "not paused", err);
	pause_end(container);
	container->state.phase = CONTAINER_RUNNING;
	if (container_write_state(container, err) < 0)
		return -1;
	events_add_container(engine->root, container, "unpause", NULL);
	return 0;
}
