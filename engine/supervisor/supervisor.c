/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor's life: forked off the command, told what to start, waiting for its end.
 *
 * State is written under the container's lock, which the starting command holds until it has heard
 * from us, and which we take ourselves from then on.
 */
#include "engine/supervisor/supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/event.h"
#include "base/file.h"
#include "base/syscalls.h"
#include "engine/health.h"
#include "engine/lifecycle.h"
#include "engine/runtime/cgroup.h"
#include "engine/supervisor/attach-server.h"
#include "engine/supervisor/detach.h"
#include "engine/supervisor/health.h"
#include "engine/supervisor/notify.h"
#include "engine/supervisor/restart.h"
#include "engine/supervisor/shrink.h"
#include "engine/supervisor/start-report.h"
#include "engine/supervisor/supervisor-internal.h"
#include "engine/volumes.h"
#include "image/store.h"
#include "rootless/userns.h"

#define EXIT_START_FAILED 128
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

static int watch_program(struct supervisor *supervisor, bool again, struct error *err);

/* Whether the kernel killed something of the container for its memory limit. */
static bool was_out_of_memory(const char *cgroup_path)
{
	auto_release(buffer) struct buffer events = { 0 };
	auto_error ignored = { 0 };
	auto_fd int cgroup = cgroup_path ? cgroup_open(cgroup_path, &ignored) : -1;
	const char *line;

	if (cgroup < 0 || file_read(cgroup, "memory.events", 4096, &events, &ignored) < 0)
		return false;
	line = strstr(events.data ? events.data : "", "\noom_kill ");
	return line && line[strlen("\noom_kill ")] != '0';
}

static void release_resources(struct supervisor *supervisor)
{
	auto_error ignored = { 0 };

	supervisor_note_disconnect(supervisor);
	supervisor_disconnect(supervisor);
	supervisor_notify_close(supervisor);
	if (supervisor->cgroup_path)
		cgroup_remove(supervisor->cgroup_path, &ignored);
	free(take_ptr(&supervisor->cgroup_path));
	log_writer_close(supervisor->log);
	supervisor->log = NULL;
}

/* Takes the run directory away: what comes later under this id makes its own. */
static void stop_listening(struct supervisor *supervisor)
{
	if (supervisor->server)
		attach_server_stop_listening(supervisor->server);
	unlinkat(supervisor->engine->runroot, supervisor->container->config.id, AT_REMOVEDIR);
}

static void remove_container(struct supervisor *supervisor)
{
	auto_error ignored = { 0 };

	supervisor->container->state.phase = CONTAINER_EXITED;
	if (container_remove(supervisor->engine, supervisor->container, &ignored) == 0)
		volumes_remove_anonymous(supervisor->engine, &supervisor->container->config);
}

/* The container's last end: all that others may wait for is done before they hear of it. */
static void finish(struct supervisor *supervisor)
{
	struct container *container = supervisor->container;
	auto_error ignored = { 0 };

	/* Whoever can still connect hears the exit code, which nothing tells once it is removed. */
	if (!container->config.auto_remove)
		stop_listening(supervisor);
	release_resources(supervisor);
	container->state.phase = CONTAINER_EXITED;
	if (container->config.auto_remove) {
		remove_container(supervisor);
		stop_listening(supervisor);
	} else {
		container_write_state(container, &ignored);
	}
}

static void tell_clients_the_end(struct supervisor *supervisor)
{
	attach_server_exit(supervisor->server, supervisor->container->state.exit_code, true);
	if (attach_server_is_empty(supervisor->server))
		event_loop_stop(supervisor->loop);
}

static void set_timer(struct supervisor *supervisor, uint64_t delay_ns,
		      event_timer_handler handler)
{
	auto_error ignored = { 0 };

	event_remove(supervisor->timer);
	supervisor->timer = event_add_timer(supervisor->loop, delay_ns, 0, handler, supervisor,
					    &ignored);
}

/* The delay is over: again, unless the user has stopped it meanwhile. */
static int start_again(void *argument, struct error *err)
{
	struct supervisor *supervisor = argument;
	struct container *container = supervisor->container;
	auto_error failure = { 0 };
	auto_fd int lock = container_lock(container, &failure);

	(void)err;
	event_remove(supervisor->timer);
	supervisor->timer = NULL;
	if (lock >= 0 && !container->state.stop_requested && !supervisor->terminating &&
	    supervisor_launch(supervisor, &failure) == 0 &&
	    watch_program(supervisor, true, &failure) == 0)
		return 0;
	if (failure.message)
		replace_string(&container->state.error, failure.message);
	finish(supervisor);
	auto_close_fd(&lock);
	lock = -1;
	tell_clients_the_end(supervisor);
	return 0;
}

static void schedule_restart(struct supervisor *supervisor)
{
	struct container *container = supervisor->container;
	uint64_t run_ns = (uint64_t)(clock_monotonic() - supervisor->started);
	auto_error ignored = { 0 };

	supervisor->restart_delay = restart_delay(supervisor->restart_delay, run_ns);
	container->state.phase = CONTAINER_RESTARTING;
	container->state.restart_count++;
	container_write_state(container, &ignored);
	set_timer(supervisor, supervisor->restarting ? 0 : supervisor->restart_delay, start_again);
	supervisor->restarting = false;
}

static bool is_to_restart(const struct supervisor *supervisor, int exit_code)
{
	const struct container *container = supervisor->container;
	const struct container_state *state = &container->state;

	if (supervisor->terminating)
		return false;
	if (supervisor->restarting && !state->stop_requested)
		return true;
	return restart_wanted(&container->config.restart, state->stop_requested, exit_code,
			      state->restart_count);
}

/* The program has ended with `exit_code`, and what it wrote is handed over. */
static void record_end(struct supervisor *supervisor, int exit_code)
{
	struct container *container = supervisor->container;
	auto_error ignored = { 0 };
	auto_fd int lock = container_lock(container, &ignored);
	struct container_state *state = &container->state;
	bool again;

	state->exit_code = exit_code;
	state->finished_ns = clock_now();
	state->oom_killed = was_out_of_memory(supervisor->cgroup_path);
	again = lock >= 0 && is_to_restart(supervisor, exit_code);
	supervisor_note_end(supervisor);
	if (again)
		schedule_restart(supervisor);
	else
		finish(supervisor);
	auto_close_fd(&lock);
	lock = -1;
	if (again)
		attach_server_exit(supervisor->server, exit_code, false);
	else
		tell_clients_the_end(supervisor);
}

static int init_ended(void *argument, int fd, uint32_t events, struct error *err)
{
	struct supervisor *supervisor = argument;
	int status = 0;

	(void)fd;
	(void)events;
	event_remove(supervisor->init_source);
	supervisor->init_source = NULL;
	event_remove(supervisor->timer);
	event_remove(supervisor->deadline);
	supervisor->timer = supervisor->deadline = NULL;
	supervisor_health_end(supervisor);
	if (process_wait(&supervisor->init, &status, err) < 0)
		return -1;
	supervisor_io_drain(&supervisor->io);
	supervisor_io_close(&supervisor->io);
	record_end(supervisor, process_exit_code(status));
	return 0;
}

static int wait_for_init(struct supervisor *supervisor, struct error *err)
{
	supervisor->init_source = event_add_fd(supervisor->loop, supervisor->init.pidfd, EPOLLIN,
					       init_ended, supervisor, err);
	return supervisor->init_source ? 0 : -1;
}

static int kill_init(void *argument, struct error *err)
{
	struct supervisor *supervisor = argument;

	(void)err;
	if (supervisor->init.pidfd >= 0)
		sys_pidfd_send_signal(supervisor->init.pidfd, SIGKILL, NULL, 0);
	return 0;
}

/* Asks it to end, and kills it after its time. */
static void end_program(struct supervisor *supervisor)
{
	const struct container_config *config = &supervisor->container->config;
	auto_error ignored = { 0 };
	int timeout = config->stop_timeout;
	int signal = SIGTERM;

	if (!is_empty(config->stop_signal))
		signal_parse(config->stop_signal, &signal, &ignored);
	sys_pidfd_send_signal(supervisor->init.pidfd, signal, NULL, 0);
	if (timeout >= 0)
		set_timer(supervisor, (uint64_t)timeout * (uint64_t)NS_PER_SECOND, kill_init);
}

void supervisor_end_program(struct supervisor *supervisor, enum supervisor_ending why)
{
	if (supervisor->init.pidfd < 0)
		return;
	supervisor->terminating = supervisor->terminating || why == SUPERVISOR_STOP;
	supervisor->restarting = why == SUPERVISOR_RESTART;
	end_program(supervisor);
}

/* SIGTERM: the machine goes down, or `stop` found the container between two runs. */
static int terminate(void *argument, const struct signalfd_siginfo *info, struct error *err)
{
	struct supervisor *supervisor = argument;

	(void)info;
	supervisor->terminating = true;
	if (supervisor->init.pidfd < 0)
		return supervisor->timer ? start_again(supervisor, err) : 0;
	end_program(supervisor);
	return 0;
}

/* What is done beside the program from its start on. */
static int watch_program(struct supervisor *supervisor, bool again, struct error *err)
{
	const struct container_config *config = &supervisor->container->config;

	supervisor_note_start(supervisor, again);
	supervisor_notify_started(supervisor);
	supervisor_health_begin(supervisor);
	if (config->timeout) {
		supervisor->deadline = event_add_timer(
			supervisor->loop, (uint64_t)config->timeout * (uint64_t)NS_PER_SECOND, 0,
			kill_init, supervisor, err);
		if (!supervisor->deadline)
			return -1;
	}
	return wait_for_init(supervisor, err);
}

static void clients_gone(void *owner)
{
	const struct supervisor *supervisor = owner;

	if (supervisor->container->state.phase == CONTAINER_EXITED)
		event_loop_stop(supervisor->loop);
}

static int open_server(struct supervisor *supervisor, struct error *err)
{
	const struct container_config *config = &supervisor->container->config;
	const struct attach_hooks hooks = {
		.argument = &supervisor->io,
		.input = supervisor_io_input,
		.end_of_input = supervisor_io_end_of_input,
		.resize = supervisor_io_resize,
		.room = supervisor_io_resume,
		.owner = supervisor,
		.empty = clients_gone,
	};

	supervisor->run_directory = dir_make(supervisor->engine->runroot, config->id, 0700, err);
	if (supervisor->run_directory < 0)
		return -1;
	supervisor->server = attach_server_open(supervisor->run_directory, supervisor->loop,
						config->open_stdin && config->attach_stdin, &hooks,
						err);
	if (!supervisor->server)
		return -1;
	supervisor->io.server = supervisor->server;
	if (supervisor->client < 0)
		return 0;
	return attach_server_add(supervisor->server, take_fd(&supervisor->client), err);
}

static int open_log(struct supervisor *supervisor, struct error *err)
{
	auto_error failure = { 0 };

	supervisor->log = log_writer_open(supervisor->container, supervisor->loop, &failure);
	supervisor->io.log = supervisor->log;
	if (supervisor->log || failure.kind == ERROR_NONE)
		return 0;
	*err = failure;
	failure = (struct error){ 0 };
	return -1;
}

static int set_up(struct supervisor *supervisor, struct error *err)
{
	const struct container_config *config = &supervisor->container->config;
	auto_free char *argument = NULL;

	supervisor->loop = event_loop_new(err);
	if (!supervisor->loop)
		return -1;
	supervisor_io_init(&supervisor->io, supervisor->loop);
	supervisor->io.resized = supervisor_note_resize;
	supervisor->io.owner = supervisor;
	if (!event_add_signal(supervisor->loop, SIGTERM, terminate, supervisor, err))
		return -1;
	if (network_mode_parse(config->network ? config->network : "", &supervisor->network_mode,
			       &argument, err) < 0)
		return -1;
	if (open_log(supervisor, err) < 0 || open_server(supervisor, err) < 0)
		return -1;
	return supervisor_notify_open(supervisor, err);
}

static int start(struct supervisor *supervisor, struct error *err)
{
	supervisor->container->state.restart_count = 0;
	supervisor->client_was_there = supervisor->client >= 0;
	if (set_up(supervisor, err) < 0 || supervisor_launch(supervisor, err) < 0)
		return -1;
	if (watch_program(supervisor, false, err) < 0)
		return -1;
	return supervisor->network ? network_serve(supervisor->network, supervisor->loop, err) : 0;
}

static int start_exit_code(const struct error *failure)
{
	switch (failure->kind) {
	case ERROR_COMMAND_NOT_FOUND:
		return EXIT_NOT_FOUND;
	case ERROR_COMMAND_NOT_EXECUTABLE:
		return EXIT_NOT_EXECUTABLE;
	default:
		return EXIT_START_FAILED;
	}
}

/* Takes back what was done so far, and leaves word of why. */
static void give_up(struct supervisor *supervisor, const struct error *failure)
{
	struct container *container = supervisor->container;
	auto_error ignored = { 0 };

	supervisor_health_end(supervisor);
	process_kill(&supervisor->init);
	stop_listening(supervisor);
	release_resources(supervisor);
	if (container->state.phase == CONTAINER_RUNNING)
		container->state.phase = CONTAINER_EXITED;
	container->state.exit_code = start_exit_code(failure);
	replace_string(&container->state.error, failure->message);
	if (container->config.auto_remove)
		remove_container(supervisor);
	else
		container_write_state(container, &ignored);
}

/* Nothing of what follows needs the caller's streams, or the memory that starting took. */
static void settle(struct supervisor *supervisor)
{
	detach_streams();
	start_report_success(take_fd(&supervisor->report), &supervisor->container->state);
	shrink();
}

static void release(struct supervisor *supervisor)
{
	supervisor_io_release(&supervisor->io);
	attach_server_close(supervisor->server);
	event_loop_free(supervisor->loop);
	auto_close_fd(&supervisor->run_directory);
	userns_release(supervisor->engine->runroot);
}

static int supervise(struct supervisor *supervisor)
{
	auto_error err = { 0 };

	if (start(supervisor, &err) < 0) {
		give_up(supervisor, &err);
		start_report_failure(supervisor->report, &err);
		release(supervisor);
		return EXIT_FAILURE;
	}
	settle(supervisor);
	if (event_loop_run(supervisor->loop, &err) < 0)
		give_up(supervisor, &err);
	release(supervisor);
	return EXIT_SUCCESS;
}

/* What the forked process is given. */
struct supervisor_arguments {
	struct engine *engine;
	struct container *container;
	int report, client;
};

static int supervisor_main(void *argument)
{
	const struct supervisor_arguments *given = argument;
	struct supervisor supervisor = {
		.engine = given->engine,
		.container = given->container,
		.report = given->report,
		.client = given->client,
		.run_directory = -1,
		.init = PROCESS_NONE,
		.netns = -1,
	};
	const int keep[] = { given->report, given->client, given->engine->root,
			     given->engine->runroot, given->engine->containers,
			     given->container->folder };
	auto_error err = { 0 };

	supervisor_io_init(&supervisor.io, NULL);
	store_close(given->engine->store);
	given->engine->store = NULL;
	if (detach_from_caller(keep, ARRAY_SIZE(keep), &err) < 0 ||
	    (!given->engine->user.is_root && userns_hold(given->engine->runroot, &err) < 0)) {
		start_report_failure(given->report, &err);
		return EXIT_FAILURE;
	}
	return supervise(&supervisor);
}

int supervisor_start(struct engine *engine, struct container *container, int *ret_attach,
		     struct error *err)
{
	struct supervisor_arguments arguments = { .engine = engine, .container = container,
						  .report = -1, .client = -1 };
	struct process process = PROCESS_NONE;
	auto_fd int report = -1;
	auto_fd int attach = -1;
	int pair[2];
	int started;

	if (fd_pipe(&report, &arguments.report, err) < 0)
		return -1;
	if (ret_attach) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
			auto_close_fd(&arguments.report);
			return error_errno(err, "cannot make a connection to the supervisor");
		}
		attach = pair[0];
		arguments.client = pair[1];
	}
	started = process_fork(supervisor_main, &arguments, false, &process, err);
	auto_close_fd(&arguments.report);
	auto_close_fd(&arguments.client);
	process_release(&process);
	if (started < 0 || start_report_receive(report, &container->state, err) < 0)
		return -1;
	if (ret_attach)
		*ret_attach = take_fd(&attach);
	return 0;
}
