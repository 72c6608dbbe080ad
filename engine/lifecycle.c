/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start, stop, kill, remove. Locks are held for the change of a record only:
 * a supervisor that records its container's end needs the same lock.
 */
#include "engine/lifecycle.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/syscalls.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/pause.h"
#include "engine/network/network.h"
#include "engine/runtime/cgroup.h"
#include "engine/supervisor/attach.h"
#include "engine/supervisor/supervisor.h"
#include "engine/volumes.h"

#define STOP_TIMEOUT_OWN (-2)
#define STOP_TIMEOUT_NONE (-1)
#define STOP_NEVER_KILLED INT64_MAX
#define REMOVAL_PATIENCE 20	/* seconds */
#define REMOVAL_TRIES 8

bool container_is_running(const struct container *container)
{
	return container->state.phase == CONTAINER_RUNNING ||
	       container->state.phase == CONTAINER_PAUSED ||
	       container->state.phase == CONTAINER_RESTARTING;
}

int container_start(struct engine *engine, struct container *container, int *ret_attach,
		    struct error *err)
{
	auto_fd int lock = container_lock(container, err);

	if (lock < 0)
		return -1;
	if (!container_is_running(container))
		return supervisor_start(engine, container, ret_attach, err);
	if (container->state.phase == CONTAINER_PAUSED)
		return error_set(err, ERROR_BUSY,
				 "cannot start a paused container, try unpause instead");
	if (!ret_attach)
		return 0;
	*ret_attach = attach_connect(engine, container, err);
	return *ret_attach < 0 ? -1 : 0;
}

static int stop_signal(const struct container *container, struct error *err)
{
	int signal = SIGTERM;

	if (!is_empty(container->config.stop_signal) &&
	    signal_parse(container->config.stop_signal, &signal, err) < 0)
		return -1;
	return signal;
}

/* On a full disk nothing can be noted. Only restarting depends on it, and that its supervisor
 * can be told by a signal not to do. */
static int request_stop_unrecorded(const struct container *container, struct error *err)
{
	auto_fd int supervisor = -1;

	if (container->config.restart.kind != RESTART_NO) {
		supervisor = process_find(&container->state.supervisor);
		if (supervisor < 0 || sys_pidfd_send_signal(supervisor, SIGTERM, NULL, 0) < 0)
			return -1;
	}
	error_release(err);
	return 0;
}

/* Notes that the end which comes is the user's wish. */
static int request_stop(struct container *container, struct error *err)
{
	auto_fd int lock = container_lock(container, err);

	if (lock < 0)
		return -1;
	if (!container_is_running(container) || container->state.stop_requested)
		return 0;
	container->state.stop_requested = true;
	if (container_write_state(container, err) == 0)
		return 0;
	return request_stop_unrecorded(container, err);
}

/* Who gets a signal for the container: its program, or between two runs its supervisor. */
static int open_receiver(const struct container *container)
{
	if (container->state.phase == CONTAINER_RESTARTING)
		return process_find(&container->state.supervisor);
	return process_find(&container->state.init);
}

static int send_signal(const struct container *container, int signal, struct error *err)
{
	auto_fd int receiver = open_receiver(container);

	if (container->state.phase == CONTAINER_RESTARTING)
		signal = SIGTERM; /* the supervisor knows what is meant */
	if (receiver < 0 || sys_pidfd_send_signal(receiver, signal, NULL, 0) == 0 ||
	    errno == ESRCH)
		return 0; /* gone already */
	return error_errno(err, "cannot send signal %d to container '%s'", signal,
			   container->config.name);
}

/* Waits until a point of the monotonic clock, or for ever; whether `pidfd` has ended. */
static bool wait_for_end_until(int pidfd, int64_t deadline)
{
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };
	bool for_ever = deadline == STOP_NEVER_KILLED;
	int result;

	do {
		int64_t left = for_ever ? 0 : (deadline - clock_monotonic() + 999999) / 1000000;
		int milliseconds = for_ever ? -1 : left <= 0 ? 0 : left > INT_MAX ? INT_MAX
										  : (int)left;

		result = poll(&poll_fd, 1, milliseconds);
	} while ((result < 0 && errno == EINTR) ||
		 (result == 0 && !for_ever && clock_monotonic() < deadline));
	return result > 0;
}

/* The same for at most `timeout_ns` (-1: for ever). */
static bool wait_for_end(int pidfd, int64_t timeout_ns)
{
	return wait_for_end_until(pidfd, timeout_ns < 0 ? STOP_NEVER_KILLED
							: clock_monotonic() + timeout_ns);
}

/* What was to end has been removed meanwhile, as --rm does. */
static int not_found_is_fine(struct error *err)
{
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	error_release(err);
	return 0;
}

/* A signal that was sent to a paused container arrives. */
static int resume(struct container *container, struct error *err)
{
	auto_fd int lock = container_lock(container, err);

	if (lock < 0 || container->state.phase != CONTAINER_PAUSED)
		return lock < 0 ? -1 : 0;
	pause_end(container);
	container->state.phase = CONTAINER_RUNNING;
	return container_write_state(container, err);
}

static void note_kill(struct engine *engine, const struct container *container, int signal)
{
	auto_release(strings) struct strings attributes = { 0 };

	strings_addf(&attributes, "signal=%d", signal);
	events_add_container(engine->root, container, "kill", &attributes);
}

/* Sends what is to end the container. */
static int send_end(struct engine *engine, struct container *container, int signal,
		    struct error *err)
{
	note_kill(engine, container, signal);	/* before the end that it makes */
	if (send_signal(container, signal, err) < 0)
		return -1;
	return container->state.phase == CONTAINER_PAUSED ? resume(container, err) : 0;
}

/* Until the supervisor has recorded the end (and removed the container, with --rm). */
static int wait_for_record(struct engine *engine, struct container *container, struct error *err)
{
	int exit_code;

	if (container_wait(engine, container, WAIT_NOT_RUNNING, &exit_code, err) == 0) {
		events_add_container(engine->root, container, "stop", NULL);
		return 0;
	}
	return not_found_is_fine(err);
}

int container_stop_begin(struct engine *engine, struct container *container, int signal,
			 int timeout, struct stopping_container *ret_stopping, struct error *err)
{
	struct stopping_container stopping = { .receiver = -1, .deadline = STOP_NEVER_KILLED };

	if (request_stop(container, err) < 0)
		return -1;
	*ret_stopping = stopping;
	if (!container_is_running(container))
		return 0;
	if (signal == 0)
		signal = stop_signal(container, err);
	if (signal < 0)
		return -1;
	if (timeout == STOP_TIMEOUT_OWN)
		timeout = container->config.stop_timeout;
	stopping.asked = true;
	stopping.receiver = open_receiver(container);
	if (timeout != STOP_TIMEOUT_NONE)
		stopping.deadline = clock_monotonic() + timeout * NS_PER_SECOND;
	if (send_end(engine, container, signal, err) < 0 && not_found_is_fine(err) < 0) {
		auto_close_fd(&stopping.receiver);
		return -1;
	}
	*ret_stopping = stopping;
	return 0;
}

int container_stop_end(struct engine *engine, struct container *container,
		       struct stopping_container *stopping, struct error *err)
{
	auto_fd int receiver = take_fd(&stopping->receiver);

	if (!stopping->asked)
		return 0;
	if (receiver >= 0 && stopping->deadline != STOP_NEVER_KILLED &&
	    !wait_for_end_until(receiver, stopping->deadline) &&
	    send_end(engine, container, SIGKILL, err) < 0)
		return not_found_is_fine(err);
	return wait_for_record(engine, container, err);
}

int container_stop(struct engine *engine, struct container *container, int signal, int timeout,
		   struct error *err)
{
	struct stopping_container stopping;

	if (container_stop_begin(engine, container, signal, timeout, &stopping, err) < 0)
		return -1;
	return container_stop_end(engine, container, &stopping, err);
}

int container_kill(struct engine *engine, struct container *container, int signal,
		   struct error *err)
{
	bool ends;

	if (container_refresh(container, err) < 0)
		return -1;
	ends = signal == SIGKILL || signal == stop_signal(container, err);
	error_release(err);
	/* Between two runs there is no program that another signal could be for. */
	if (!container_is_running(container) ||
	    (!ends && container->state.phase == CONTAINER_RESTARTING))
		return error_set(err, ERROR_BUSY, "container %s is not running",
				 container->config.id);
	if (ends)
		return request_stop(container, err) < 0 ? -1
							: send_end(engine, container, signal, err);
	if (send_signal(container, signal, err) < 0)
		return -1;
	note_kill(engine, container, signal);
	return 0;
}

/* Whether leases and groups under this id are still somebody's. */
static bool is_alive(struct engine *engine, const char *id)
{
	auto_error ignored = { 0 };
	struct container *container = container_open(engine, id, &ignored);
	bool alive = container && container_is_running(container);

	container_free(container);
	return alive;
}

static bool network_is_alive(void *argument, const char *id)
{
	return is_alive(argument, id);
}

static bool cgroup_is_alive(const char *id, void *argument)
{
	return is_alive(argument, id);
}

/* What supervisors that were killed have left behind. */
static void sweep(struct engine *engine)
{
	network_sweep(engine->root, network_is_alive, engine);
	cgroup_sweep(cgroup_is_alive, engine);
}

int container_clean_up(struct engine *engine, struct container *container, struct error *err)
{
	auto_fd int lock = container_lock(container, err);

	if (lock < 0)
		return -1;
	if (container_is_running(container))
		return error_set(err, ERROR_BUSY,
				 "container %s is running or paused, refusing to clean up",
				 container->config.id);
	if (dir_remove_tree(engine->runroot, container->config.id, err) < 0 ||
	    container_write_state(container, err) < 0)
		return -1;
	sweep(engine);
	return 0;
}

static int refuse_running(const struct container *container, struct error *err)
{
	if (container->state.phase == CONTAINER_PAUSED)
		return error_set(err, ERROR_BUSY,
				 "cannot remove container \"/%s\": container is paused and must "
				 "be unpaused first",
				 container->config.name);
	return error_set(err, ERROR_BUSY,
			 "cannot remove container \"/%s\": container is running: stop the "
			 "container before removing or force remove",
			 container->config.name);
}

/* Waits for the supervisor to be done with a container that was killed. One that hangs (it was
 * stopped, a helper of its does not end) must not make the container irremovable: it is killed
 * as well. */
static void outlast_supervisor(struct engine *engine, struct container *container)
{
	const struct timeval patience = { .tv_sec = REMOVAL_PATIENCE };
	auto_fd int supervisor = process_find(&container->state.supervisor);
	auto_error ignored = { 0 };
	auto_fd int socket = attach_connect(engine, container, &ignored);
	int unused;

	if (socket >= 0) {
		setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		if (attach_watch(socket, true, &unused) == 0)
			return;
	}
	if (supervisor < 0 || wait_for_end(supervisor, NS_PER_SECOND))
		return;
	error_release(&ignored);
	if (container_refresh(container, &ignored) == 0 && !container_is_running(container))
		return; /* it only waits for a client to read the rest */
	sys_pidfd_send_signal(supervisor, SIGKILL, NULL, 0);
	wait_for_end(supervisor, -1);
}

static int kill_for_removal(struct engine *engine, struct container *container, struct error *err)
{
	if (request_stop(container, err) < 0)
		return -1;
	if (send_end(engine, container, SIGKILL, err) < 0)
		return -1;
	outlast_supervisor(engine, container);
	return 0;
}

/* The lock of the container, which does not run. Another command may be about to start it. */
static int lock_stopped(struct engine *engine, struct container *container, bool force,
			struct error *err)
{
	for (int tries = 0; tries < REMOVAL_TRIES; tries++) {
		auto_fd int lock = container_lock(container, err);

		if (lock < 0)
			return -1;
		if (!container_is_running(container))
			return take_fd(&lock);
		if (!force)
			break;
		auto_close_fd(&lock);
		lock = -1;
		if (kill_for_removal(engine, container, err) < 0)
			return -1;
	}
	return refuse_running(container, err);
}

static int delete(struct engine *engine, struct container *container, bool force, bool volumes,
		  struct error *err)
{
	auto_fd int lock = lock_stopped(engine, container, force, err);

	if (lock < 0)
		return -1;
	if (container_remove(engine, container, err) < 0)
		return -1;
	if (volumes)
		volumes_remove_anonymous(engine, &container->config);
	sweep(engine);
	return 0;
}

int container_delete(struct engine *engine, struct container *container, bool force,
		     bool volumes, struct error *err)
{
	if (delete(engine, container, force, volumes, err) == 0)
		return 0;
	/* Somebody else, or with --rm its supervisor, has removed it meanwhile. */
	if (err->kind != ERROR_NOT_FOUND || !(force || container->config.auto_remove))
		return -1;
	error_release(err);
	return 0;
}
