/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for a container. The supervisor is asked first and the state looked at after: whom it
 * has accepted it tells the exit code, also of a container that it removes, and whom it does not
 * accept any more finds the record, or no container.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/lifecycle.h"
#include "engine/supervisor/attach.h"

/* Nobody answers at the socket: the supervisor is about to end, or was killed. */
static void wait_for_supervisor(const struct container *container)
{
	auto_fd int supervisor = process_find(&container->state.supervisor);
	auto_fd int init = process_find(&container->state.init);
	struct pollfd end = { .fd = supervisor >= 0 ? supervisor : init, .events = POLLIN };

	while (end.fd >= 0 && poll(&end, 1, -1) < 0 && errno == EINTR)
		;
}

/* Whether the supervisor has told the end of a run, or with `last` of the last one. */
static bool ask_supervisor(struct engine *engine, const struct container *container, bool last,
			   int *ret_exit_code)
{
	auto_error unreachable = { 0 };
	auto_fd int socket = attach_connect(engine, container, &unreachable);

	return socket >= 0 && attach_watch(socket, last, ret_exit_code) == 0;
}

/* A change of the container's state, or its removal. */
static int watch_changes(const struct container *container, struct error *err)
{
	auto_fd int notify = inotify_init1(IN_CLOEXEC);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", container->folder);
	if (notify < 0 || inotify_add_watch(notify, path,
					    IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF) < 0)
		return error_errno(err, "cannot watch container %s", container->config.id);
	return take_fd(&notify);
}

static void wait_for_change(int notify)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));

	while (read(notify, events, sizeof(events)) < 0 && errno == EINTR)
		;
}

static bool is_removed(struct engine *engine, const struct container *container)
{
	struct stat named, open;

	return fstatat(engine->containers, container->config.id, &named, AT_SYMLINK_NOFOLLOW) < 0 ||
	       fstat(container->folder, &open) < 0 || named.st_ino != open.st_ino;
}

static int wait_not_running(struct engine *engine, struct container *container,
			    int *ret_exit_code, struct error *err)
{
	if (container_is_running(container)) {
		if (ask_supervisor(engine, container, true, ret_exit_code))
			return 0;
		wait_for_supervisor(container);
	}
	if (container_refresh(container, err) < 0)
		return -1;
	*ret_exit_code = container->state.exit_code;
	return 0;
}

static int wait_next_exit(struct engine *engine, struct container *container, int *ret_exit_code,
			  struct error *err)
{
	auto_fd int notify = watch_changes(container, err);
	int64_t started;

	if (notify < 0 || container_refresh(container, err) < 0)
		return -1;
	started = container->state.started_ns;
	while (!container_is_running(container) && container->state.started_ns == started) {
		wait_for_change(notify);
		if (container_refresh(container, err) < 0)
			return -1;
	}
	if (!container_is_running(container)) { /* it was a short run */
		*ret_exit_code = container->state.exit_code;
		return 0;
	}
	if (ask_supervisor(engine, container, false, ret_exit_code))
		return 0;
	return wait_not_running(engine, container, ret_exit_code, err);
}

static int wait_removed(struct engine *engine, struct container *container, int *ret_exit_code,
			struct error *err)
{
	auto_fd int notify = watch_changes(container, err);
	auto_error gone = { 0 };
	int code = container->state.exit_code;

	if (notify < 0)
		return -1;
	while (!is_removed(engine, container)) {
		error_release(&gone);
		if (container_refresh(container, &gone) < 0)
			break;
		if (!container_is_running(container))
			code = container->state.exit_code;
		else if (ask_supervisor(engine, container, true, &code))
			continue;
		wait_for_change(notify);
	}
	*ret_exit_code = code;
	return 0;
}

int container_wait(struct engine *engine, struct container *container,
		   enum wait_condition condition, int *ret_exit_code, struct error *err)
{
	switch (condition) {
	case WAIT_NEXT_EXIT:
		return wait_next_exit(engine, container, ret_exit_code, err);
	case WAIT_REMOVED:
		return wait_removed(engine, container, ret_exit_code, err);
	default:
		break;
	}
	if (container_refresh(container, err) < 0)
		return -1;
	return wait_not_running(engine, container, ret_exit_code, err);
}
