/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forwarder of ports.h: listeners, and the connections that they took in.
 * When there are too many of these, or no descriptor is left, it stops accepting
 * until one has ended; clients wait in the kernel's queue meanwhile.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/event.h"
#include "engine/network/port-connection.h"
#include "engine/network/port-listener.h"
#include "engine/network/ports.h"

#define CONNECTIONS_MAX 4096
#define ACCEPT_AT_ONCE 64

struct listener {
	struct port_forwarder *forwarder;
	int fd;
	uint16_t container_port;
	struct event_source *source;
};

struct port_forwarder {
	struct listener *listeners;
	size_t listener_count;
	struct port_connection *connections[CONNECTIONS_MAX];
	size_t connection_count;
	struct splice_pipe pipe;
	struct event_loop *loop;
	struct in_addr address;
	bool paused;
};

static void add_listeners(struct port_forwarder *forwarder, const struct port_mapping *mapping,
			  const int fds[PORT_LISTENERS_MAX])
{
	for (int i = 0; i < PORT_LISTENERS_MAX; i++)
		if (fds[i] >= 0)
			forwarder->listeners[forwarder->listener_count++] = (struct listener){
				.forwarder = forwarder, .fd = fds[i],
				.container_port = mapping->container_port,
			};
}

static int open_listeners(struct port_forwarder *forwarder, struct port_mappings *mappings,
			  struct error *err)
{
	for (size_t i = 0; i < mappings->count; i++) {
		struct port_mapping *mapping = &mappings->items[i];
		int fds[PORT_LISTENERS_MAX];

		if (mapping->protocol != PORT_TCP)
			return error_set(err, ERROR_UNSUPPORTED,
					 "cannot publish port %u/%s: only tcp ports can be so far",
					 mapping->container_port,
					 port_protocol_name(mapping->protocol));
		if (port_listener_open(mapping, fds, err) < 0)
			return -1;
		add_listeners(forwarder, mapping, fds);
	}
	return 0;
}

struct port_forwarder *port_forwarder_new(struct port_mappings *mappings, struct error *err)
{
	struct port_forwarder *forwarder = xcalloc(1, sizeof(*forwarder));

	forwarder->pipe = SPLICE_PIPE_NONE;
	forwarder->listeners = xcalloc(mappings->count * PORT_LISTENERS_MAX + 1,
				       sizeof(*forwarder->listeners));
	if (open_listeners(forwarder, mappings, err) < 0) {
		port_forwarder_free(forwarder);
		return NULL;
	}
	return forwarder;
}

static void pause_accepting(struct port_forwarder *forwarder, bool paused)
{
	auto_error ignored = { 0 };

	forwarder->paused = paused;
	for (size_t i = 0; i < forwarder->listener_count; i++)
		event_change_fd(forwarder->listeners[i].source, paused ? 0 : EPOLLIN, &ignored);
}

static void forget(void *argument, struct port_connection *connection)
{
	struct port_forwarder *forwarder = argument;

	for (size_t i = 0; i < forwarder->connection_count; i++) {
		if (forwarder->connections[i] == connection) {
			forwarder->connections[i] =
				forwarder->connections[--forwarder->connection_count];
			break;
		}
	}
	if (forwarder->paused)
		pause_accepting(forwarder, false);
}

static void take_in(struct port_forwarder *forwarder, int client, uint16_t port)
{
	struct sockaddr_in server = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = forwarder->address,
	};
	auto_error ignored = { 0 };	/* the client sees that his connection is closed */
	struct port_connection *connection =
		port_connection_new(client, (const struct sockaddr *)&server, sizeof(server),
				    &forwarder->pipe, forwarder->loop, forget, forwarder,
				    &ignored);

	if (connection)
		forwarder->connections[forwarder->connection_count++] = connection;
}

static int handle_listener(void *argument, int fd, uint32_t events, struct error *err)
{
	struct listener *listener = argument;
	struct port_forwarder *forwarder = listener->forwarder;

	(void)events;
	(void)err;
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		int client;

		if (forwarder->connection_count == CONNECTIONS_MAX) {
			pause_accepting(forwarder, true);
			return 0;
		}
		client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (client < 0) {
			/* With none to wait for, pausing would be for ever. */
			if ((errno == EMFILE || errno == ENFILE) && forwarder->connection_count > 0)
				pause_accepting(forwarder, true);
			return 0;
		}
		take_in(forwarder, client, listener->container_port);
	}
	return 0;
}

/* A connection is two descriptors, and a login's usual soft limit is 1024. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int port_forwarder_run(struct port_forwarder *forwarder, struct event_loop *loop,
		       const char *address, struct error *err)
{
	if (inet_pton(AF_INET, address, &forwarder->address) != 1)
		return error_set(err, ERROR_INVALID, "cannot forward ports to '%s'", address);
	forwarder->loop = loop;
	if (forwarder->listener_count > 0)
		raise_descriptor_limit();
	/* splice(2) to a socket that was closed has no MSG_NOSIGNAL. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return error_errno(err, "cannot ignore SIGPIPE");
	for (size_t i = 0; i < forwarder->listener_count; i++) {
		struct listener *listener = &forwarder->listeners[i];

		listener->source = event_add_fd(loop, listener->fd, EPOLLIN, handle_listener,
						listener, err);
		if (!listener->source)
			return -1;
	}
	return 0;
}

void port_forwarder_free(struct port_forwarder *forwarder)
{
	if (!forwarder)
		return;
	while (forwarder->connection_count > 0)
		port_connection_free(forwarder->connections[--forwarder->connection_count]);
	for (size_t i = 0; i < forwarder->listener_count; i++) {
		event_remove(forwarder->listeners[i].source);
		auto_close_fd(&forwarder->listeners[i].fd);
	}
	splice_pipe_close(&forwarder->pipe);
	free(forwarder->listeners);
	free(forwarder);
}
