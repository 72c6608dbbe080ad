/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See notify.h. What the program says is passed on by us, as a service manager believes only processes
 * of the service's own cgroup, and the container has another one; of it only what a container
 * may say: not MAINPID, not FDSTORE.
 */
#include "engine/supervisor/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/event.h"
#include "base/strings.h"
#include "engine/runtime/spec.h"
#include "engine/supervisor/supervisor-internal.h"

#define SOCKET_NAME "notify.sock"
#define MESSAGE_MAX 4096

struct supervisor_notify {
	struct sockaddr_un manager;
	socklen_t manager_size;
	int socket;		/* to the manager; for `container` the program's messages come in */
	int file;		/* the socket's name, O_PATH, or -1 */
	struct event_source *source;
};

static const char *const passed_on[] = { "READY=", "STATUS=", "RELOADING=", "STOPPING=", "ERRNO=",
					 "WATCHDOG=", "EXTEND_TIMEOUT_USEC=", "MONOTONIC_USEC=" };

static bool mode_is(const struct supervisor *supervisor, const char *mode)
{
	const char *asked = supervisor->container->config.sdnotify;

	return supervisor->notify && strcmp(asked ? asked : "container", mode) == 0;
}

/* "/run/x" or "@name" of the abstract kind. */
static bool parse_address(const char *text, struct sockaddr_un *ret_address, socklen_t *ret_size)
{
	size_t length = text ? strlen(text) : 0;

	if (length < 2 || length >= sizeof(ret_address->sun_path) ||
	    (text[0] != '/' && text[0] != '@'))
		return false;
	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret_address->sun_path, text, length);
	if (text[0] == '@')
		ret_address->sun_path[0] = '\0';
	*ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	return true;
}

static void tell(const struct supervisor_notify *notify, const char *text)
{
	/* A manager that does not listen is no reason to wait. */
	(void)sendto(notify->socket, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL,
		     (const struct sockaddr *)&notify->manager, notify->manager_size);
}

/* The lines of a message that a container may say. */
static char *allowed_lines(const char *message)
{
	auto_release(strings) struct strings lines = { 0 };
	struct buffer allowed = { 0 };

	strings_split(&lines, message, '\n');
	for (size_t i = 0; i < lines.count; i++)
		for (size_t j = 0; j < ARRAY_SIZE(passed_on); j++)
			if (has_prefix(lines.items[i], passed_on[j]))
				buffer_printf(&allowed, "%s\n", lines.items[i]);
	return buffer_take(&allowed);
}

static int pass_on(void *argument, int fd, uint32_t events, struct error *err)
{
	struct supervisor_notify *notify = argument;
	char message[MESSAGE_MAX + 1];
	ssize_t got = recv(fd, message, MESSAGE_MAX, MSG_DONTWAIT);
	auto_free char *lines = NULL;

	(void)events;
	(void)err;
	if (got <= 0)
		return 0;
	message[got] = '\0';
	lines = allowed_lines(message);
	if (!is_empty(lines))
		tell(notify, lines);
	return 0;
}

/* Anybody in the container may write to it: it is mounted into nothing else, and lies in a folder
 * of ours. */
static int listen_for_program(struct supervisor *supervisor, struct error *err)
{
	struct supervisor_notify *notify = supervisor->notify;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int folder = supervisor->run_directory;

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" SOCKET_NAME,
		 folder);
	unlinkat(folder, SOCKET_NAME, 0);
	if (bind(notify->socket, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    fchmodat(folder, SOCKET_NAME, 0666, 0) < 0)
		return error_errno(err, "cannot make the socket for notifications");
	notify->file = openat(folder, SOCKET_NAME, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (notify->file < 0)
		return error_errno(err, "cannot open the socket for notifications");
	notify->source = event_add_fd(supervisor->loop, notify->socket, EPOLLIN, pass_on, notify,
				      err);
	return notify->source ? 0 : -1;
}

int supervisor_notify_open(struct supervisor *supervisor, struct error *err)
{
	const char *asked = supervisor->container->config.sdnotify;
	struct sockaddr_un manager;
	socklen_t size;

	if ((asked && strcmp(asked, "ignore") == 0) ||
	    !parse_address(getenv("NOTIFY_SOCKET"), &manager, &size))
		return 0;
	supervisor->notify = xcalloc(1, sizeof(*supervisor->notify));
	supervisor->notify->manager = manager;
	supervisor->notify->manager_size = size;
	supervisor->notify->file = -1;
	supervisor->notify->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (supervisor->notify->socket < 0)
		return error_errno(err, "cannot make a socket for notifications");
	return mode_is(supervisor, "container") ? listen_for_program(supervisor, err) : 0;
}

void supervisor_notify_prepare(struct supervisor *supervisor, struct runtime_spec *spec)
{
	struct mount_spec *mount;

	if (!mode_is(supervisor, "container"))
		return;
	mount = runtime_spec_add_mount(spec, MOUNT_BIND, NOTIFY_CONTAINER_PATH);
	mount->source = xstrdup(SOCKET_NAME);
	mount->source_fd = supervisor->notify->file;
	strings_set_value(&spec->process.env, "NOTIFY_SOCKET", NOTIFY_CONTAINER_PATH);
}

/* The supervisor is what the service manager watches: it ends when the container has. */
void supervisor_notify_started(struct supervisor *supervisor)
{
	char text[64];

	if (!supervisor->notify)
		return;
	snprintf(text, sizeof(text), "MAINPID=%d\n%s", (int)getpid(),
		 mode_is(supervisor, "conmon") ? "READY=1\n" : "");
	tell(supervisor->notify, text);
}

void supervisor_notify_healthy(struct supervisor *supervisor)
{
	if (mode_is(supervisor, "healthy"))
		tell(supervisor->notify, "READY=1\n");
}

void supervisor_notify_close(struct supervisor *supervisor)
{
	struct supervisor_notify *notify = supervisor->notify;

	if (!notify)
		return;
	event_remove(notify->source);
	auto_close_fd(&notify->socket);
	auto_close_fd(&notify->file);
	unlinkat(supervisor->run_directory, SOCKET_NAME, 0);
	free(take_ptr(&supervisor->notify));
}
