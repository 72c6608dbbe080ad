/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting the container's program, the first time and after each restart: the
 * spec is built anew, and nothing of it is kept while the program runs.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "engine/health.h"
#include "engine/runtime/cgroup.h"
#include "engine/runtime/launch.h"
#include "engine/spec-build.h"
#include "engine/supervisor/notify.h"
#include "engine/supervisor/supervisor-internal.h"
#include "image/store.h"

DEFINE_AUTO(launch, launch_free);

/* The spec of this run. The store is open for so long only. */
static int prepare_spec(struct supervisor *supervisor, struct runtime_spec *spec,
			struct spec_files *files, struct error *err)
{
	struct engine *engine = supervisor->engine;
	int built;

	engine->store = store_open(engine->root, &engine->read_only_stores, err);
	if (!engine->store)
		return -1;
	built = spec_build(engine, supervisor->container, spec, files, err);
	store_close(engine->store);
	engine->store = NULL;
	if (built < 0)
		return -1;
	if (supervisor->netns >= 0)
		spec->net_ns = (struct namespace_spec){ .mode = NAMESPACE_JOIN,
							.fd = supervisor->netns };
	return 0;
}

static int make_cgroup(struct supervisor *supervisor, struct error *err)
{
	const struct resource_request *asked = &supervisor->container->config.resources;
	struct cgroup_limits limits = {
		.memory = asked->memory,
		.memory_swap = asked->memory_swap,
		.memory_reservation = asked->memory_reservation,
		.nano_cpus = asked->nano_cpus,
		.cpu_period = asked->cpu_period,
		.cpu_quota = asked->cpu_quota,
		.cpu_shares = asked->cpu_shares,
		.pids_limit = asked->pids_limit,
		.cpuset_cpus = asked->cpuset_cpus,
		.cpuset_mems = asked->cpuset_mems,
	};

	if (supervisor->cgroup_path)
		return 0; /* a restart */
	return cgroup_create(supervisor->container->config.id, &limits, &supervisor->cgroup_path,
			     err);
}

/* The size of the caller's terminal, while our standard streams still are the caller's: later sizes
 * come from the clients. */
static void take_terminal_size(struct process_spec *process)
{
	struct winsize size;

	for (int fd = 0; process->terminal && fd <= 2; fd++) {
		if (ioctl(fd, TIOCGWINSZ, &size) == 0) {
			process->rows = size.ws_row;
			process->columns = size.ws_col;
			return;
		}
	}
}

static int record_start(struct supervisor *supervisor, struct error *err)
{
	struct container_state *state = &supervisor->container->state;

	if (process_identify(supervisor->init.pid, &state->init, err) < 0 ||
	    process_identify(getpid(), &state->supervisor, err) < 0)
		return -1;
	state->phase = CONTAINER_RUNNING;
	state->started_ns = clock_now();
	state->exit_code = 0;
	state->oom_killed = false;
	state->stop_requested = false;
	free(state->error);
	state->error = NULL;
	health_reset(supervisor->container);
	supervisor->started = clock_monotonic();
	return container_write_state(supervisor->container, err);
}

static int write_pid(const char *path, pid_t pid, struct error *err)
{
	auto_free char *text = xasprintf("%d", (int)pid);
	auto_fd int fd = -1;

	if (is_empty(path))
		return 0;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644);
	if (fd < 0 || fd_write_full(fd, text, strlen(text)) < 0)
		return error_errno(err, "cannot write '%s'", path);
	return 0;
}

static int write_pid_files(const struct supervisor *supervisor, struct error *err)
{
	const struct container_config *config = &supervisor->container->config;

	if (write_pid(config->pid_file, supervisor->init.pid, err) < 0)
		return -1;
	return write_pid(config->supervisor_pid_file, getpid(), err);
}

/* From the child's clone to its program. */
static int run(struct supervisor *supervisor, const struct runtime_spec *spec,
	       struct launch_stdio *stdio, struct error *err)
{
	auto_of(launch) struct launch *launch = launch_begin(spec, stdio, err);
	int terminal = -1;

	if (!launch)
		return -1;
	supervisor_io_close_child(stdio);
	if (supervisor_connect(supervisor, spec, launch, err) < 0)
		return -1;
	if (launch_start(launch, &supervisor->init, &terminal, err) < 0)
		return -1;
	if (supervisor_io_begin(&supervisor->io, terminal, err) < 0 ||
	    record_start(supervisor, err) < 0 || write_pid_files(supervisor, err) < 0) {
		process_kill(&supervisor->init);
		return -1;
	}
	return 0;
}

int supervisor_launch(struct supervisor *supervisor, struct error *err)
{
	auto_release(runtime_spec) struct runtime_spec spec;
	auto_release(spec_files) struct spec_files files = { 0 };
	struct launch_stdio stdio = { -1, -1, -1 };
	int started = -1;

	runtime_spec_init(&spec);
	if (prepare_spec(supervisor, &spec, &files, err) < 0 || make_cgroup(supervisor, err) < 0)
		return -1;
	spec.cgroup_path = xstrdup(supervisor->cgroup_path);
	supervisor_notify_prepare(supervisor, &spec);
	take_terminal_size(&spec.process);
	if (supervisor_io_prepare(&supervisor->io, &supervisor->container->config, &stdio, err) ==
	    0)
		started = run(supervisor, &spec, &stdio, err);
	supervisor_io_close_child(&stdio);
	if (started < 0)
		supervisor_io_close(&supervisor->io);
	return started;
}
