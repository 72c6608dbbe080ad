/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launching side. What needs the caller's descriptors is prepared here
 * (filters, the root, copies of what gets bind-mounted), so that its errors need
 * no messenger; then the child is cloned and listened to.
 */
#include "engine/runtime/launch.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/process.h"
#include "base/syscalls.h"
#include "engine/runtime/cgroup.h"
#include "engine/runtime/filesystem.h"
#include "engine/runtime/namespaces.h"
#include "engine/runtime/report.h"
#include "engine/runtime/rootfs.h"
#include "engine/runtime/setup.h"

#define PATH_SIZE 64

struct launch {
	struct setup setup;
	struct process process;
	struct process root_server;	/* fuse-overlayfs, or none */
	int report;			/* our end */
};

static struct launch *launch_new(const struct runtime_spec *spec, const struct launch_stdio *stdio)
{
	struct launch *launch = xcalloc(1, sizeof(*launch));

	*launch = (struct launch){
		.setup = {
			.spec = spec,
			.program = {
				.spec = &spec->process, .stdio = *stdio, .init = spec->init,
				.dies_with_parent = true,
				.root = -1, .proc = -1, .terminal = -1, .report = -1,
			},
			.root = -1, .report = -1, .dev = -1, .devpts = -1, .terminal = -1,
			.sysctl = -1,
		},
		.process = PROCESS_NONE, .root_server = PROCESS_NONE, .report = -1,
	};
	return launch;
}

static int open_source(const struct mount_spec *mount, struct error *err)
{
	int fd;

	if (mount->source_fd >= 0)
		fd = filesystem_copy(mount->source_fd, "", mount->recursive);
	else
		fd = filesystem_copy(AT_FDCWD, mount->source, mount->recursive);
	if (fd >= 0)
		return fd;
	error_errno(err, "cannot take '%s' to mount it on '%s'",
		    mount->source ? mount->source : "a file", mount->target);
	/* In a user namespace: what the host's root has put over parts of it may not be lifted. */
	if (errno == EINVAL && !mount->recursive)
		error_remedy(err, "the mounts below it cannot be left out");
	return -1;
}

static int open_sources(struct setup *setup, struct error *err)
{
	const struct runtime_spec *spec = setup->spec;

	setup->sources = xcalloc(spec->mount_count + 1, sizeof(*setup->sources));
	for (size_t i = 0; i < spec->mount_count; i++)
		setup->sources[i] = -1;
	for (size_t i = 0; i < spec->mount_count; i++) {
		if (spec->mounts[i].kind != MOUNT_BIND)
			continue;
		if (!spec->mounts[i].source && spec->mounts[i].source_fd < 0)
			return error_set(err, ERROR_INVALID, "mount '%s' has no source",
					 spec->mounts[i].target);
		setup->sources[i] = open_source(&spec->mounts[i], err);
		if (setup->sources[i] < 0)
			return -1;
	}
	return 0;
}

/* Children of ours are made in the pid namespace `fd` from now on. */
static int choose_pid_namespace(int fd, struct error *err)
{
	if (setns(fd, CLONE_NEWPID) < 0)
		return error_errno(err, "cannot join the pid namespace");
	return 0;
}

static int clone_child(struct launch *launch, uint64_t flags, int cgroup, struct error *err)
{
	const struct namespace_spec *pid_ns = &launch->setup.spec->pid_ns;
	auto_error ignored = { 0 };
	auto_fd int own = -1;
	int result;

	if (pid_ns->mode != NAMESPACE_JOIN)
		return process_clone(flags, cgroup, setup_main, &launch->setup, &launch->process,
				     err);
	own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return error_errno(err, "cannot open our pid namespace");
	if (choose_pid_namespace(pid_ns->fd, err) < 0)
		return -1;
	result = process_clone(flags, cgroup, setup_main, &launch->setup, &launch->process, err);
	if (choose_pid_namespace(own, &ignored) < 0 && result == 0) {
		error_move(err, &ignored);
		return -1;
	}
	return result;
}

static int start_child(struct launch *launch, struct error *err)
{
	const struct runtime_spec *spec = launch->setup.spec;
	auto_fd int cgroup = -1;
	uint64_t flags;
	int sockets[2];

	if (namespaces_plan(spec, &flags, err) < 0)
		return -1;
	if (spec->cgroup_path) {
		cgroup = cgroup_open(spec->cgroup_path, err);
		if (cgroup < 0)
			return -1;
	}
	if (report_open(sockets, err) < 0)
		return -1;
	launch->report = launch->setup.maker = sockets[0];
	launch->setup.report = launch->setup.program.report = sockets[1];
	return clone_child(launch, flags, cgroup, err);
}

/* What the child has its own copies of. */
static void close_prepared(struct launch *launch)
{
	struct setup *setup = &launch->setup;

	for (size_t i = 0; setup->sources && i < setup->spec->mount_count; i++)
		auto_close_fd(&setup->sources[i]);
	free(take_ptr(&setup->sources));
	auto_close_fd(&setup->root);
	auto_close_fd(&setup->report);
	setup->root = setup->report = -1;
	program_release_filters(&setup->program);
}

struct launch *launch_begin(const struct runtime_spec *spec, const struct launch_stdio *stdio,
			    struct error *err)
{
	struct launch *launch = launch_new(spec, stdio);
	struct setup *setup = &launch->setup;

	if (program_compose_filters(&setup->program, spec->seccomp, spec->seccomp_file,
				    spec->emulate_ownership, err) < 0 ||
	    rootfs_open(spec, &setup->root, &launch->root_server, err) < 0 ||
	    open_sources(setup, err) < 0 || start_child(launch, err) < 0) {
		error_context(err, "cannot start the container");
		launch_free(launch);
		return NULL;
	}
	close_prepared(launch);
	return launch;
}

pid_t launch_pid(const struct launch *launch)
{
	return launch->process.pid;
}

static bool has_ended(int pidfd)
{
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };

	return poll(&poll_fd, 1, 0) > 0;
}

/* The child may have failed meanwhile, and then its own report is the reason. It comes before the
 * child's end, and a child that lives reports too, so this does not wait for ever. */
static int why_no_netns(const struct launch *launch, int errnum, struct error *err)
{
	auto_fd int terminal = -1;
	bool end;

	if (report_receive(launch->report, &end, &terminal, err) < 0)
		return error_context(err, "cannot start the container");
	return error_errnum(err, errnum, "cannot open the container's network namespace");
}

int launch_open_netns(const struct launch *launch, struct error *err)
{
	auto_fd int fd = -1;
	char path[PATH_SIZE];

	if (launch->setup.spec->net_ns.mode != NAMESPACE_NEW)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)launch->process.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || has_ended(launch->process.pidfd))
		return why_no_netns(launch, fd < 0 ? errno : ESRCH, err);
	return take_fd(&fd);
}

static int wait_ready(struct launch *launch, int *ret_terminal, struct error *err)
{
	bool end;

	if (report_receive(launch->report, &end, ret_terminal, err) < 0)
		return -1;
	if (end)
		return error_set(err, ERROR_OTHER, "its first process ended while it was set up");
	return 0;
}

/* The end of the socket is the success of exec. */
static int wait_executed(struct launch *launch, struct error *err)
{
	bool end;

	if (report_receive(launch->report, &end, NULL, err) < 0)
		return -1;
	if (!end)
		return error_set(err, ERROR_OTHER, "its first process sent an unexpected message");
	return 0;
}

int launch_start(struct launch *launch, struct process *ret_process, int *ret_terminal,
		 struct error *err)
{
	auto_fd int terminal = -1;

	if (wait_ready(launch, &terminal, err) < 0 || report_start(launch->report, err) < 0 ||
	    wait_executed(launch, err) < 0) {
		process_kill(&launch->process);
		return error_context(err, "cannot start the container");
	}
	/* It ends by itself when its mount is gone. */
	process_release(&launch->root_server);
	*ret_process = launch->process;
	launch->process = PROCESS_NONE;
	*ret_terminal = take_fd(&terminal);
	return 0;
}

void launch_free(struct launch *launch)
{
	if (!launch)
		return;
	process_kill(&launch->process);
	process_kill(&launch->root_server);
	close_prepared(launch);
	auto_close_fd(&launch->report);
	free(launch);
}
