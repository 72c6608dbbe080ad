/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection is two directions over the same two sockets. A direction reads
 * only when all that it read before has been written, so at most one pipe's
 * worth of bytes waits in it.
 */
#include "engine/network/port-connection.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/event.h"

#define CHUNK_SIZE ((size_t)64 << 10)	/* what a pipe holds by default */
#define CHUNKS_AT_ONCE 16	/* then others get their turn */

enum side { CLIENT, SERVER, SIDES };

struct direction {
	struct splice_pipe pipe;	/* its own while bytes are stuck */
	size_t stuck;
	bool ended;	/* no more will come */
};

struct port_connection {
	int sockets[SIDES];
	struct event_source *sources[SIDES];
	struct direction from[SIDES];	/* bytes that come from that side */
	bool connecting;
	struct splice_pipe *shared;
	port_connection_ended on_end;
	void *argument;
};

void splice_pipe_close(struct splice_pipe *pipe)
{
	auto_close_fd(&pipe->ends[0]);
	auto_close_fd(&pipe->ends[1]);
	*pipe = SPLICE_PIPE_NONE;
}

static enum side other(enum side side)
{
	return side == CLIENT ? SERVER : CLIENT;
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EINTR;
}

/* Reads a chunk into the shared pipe. The count, 0 at the end, or -1 and errno. */
static ssize_t fill(struct port_connection *connection, enum side from)
{
	struct splice_pipe *pipe = connection->shared;

	if (pipe->ends[0] < 0 && pipe2(pipe->ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		*pipe = SPLICE_PIPE_NONE;
		return -1;
	}
	return splice(connection->sockets[from], NULL, pipe->ends[1], NULL, CHUNK_SIZE,
		      SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}

/* Writes *left bytes from the pipe, as far as the socket takes them now. */
static int drain(const struct splice_pipe *pipe, int to, size_t *left)
{
	while (*left > 0) {
		ssize_t moved = splice(pipe->ends[0], NULL, to, NULL, *left,
				       SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

		if (moved < 0)
			return would_block() ? 0 : -1;
		if (moved == 0)
			return -1;
		*left -= (size_t)moved;
	}
	return 0;
}

/* The shared pipe with what is stuck in it becomes the direction's. */
static void keep_pipe(struct port_connection *connection, struct direction *direction, size_t left)
{
	direction->pipe = *connection->shared;
	direction->stuck = left;
	*connection->shared = SPLICE_PIPE_NONE;
}

static void end_direction(struct port_connection *connection, enum side from)
{
	connection->from[from].ended = true;
	shutdown(connection->sockets[other(from)], SHUT_WR);
}

/* Moves what it can from one side to the other; -1 when the connection is broken. */
static int pump(struct port_connection *connection, enum side from)
{
	struct direction *direction = &connection->from[from];
	int to = connection->sockets[other(from)];

	if (direction->stuck > 0) {
		if (drain(&direction->pipe, to, &direction->stuck) < 0)
			return -1;
		if (direction->stuck > 0)
			return 0;
		splice_pipe_close(&direction->pipe);
	}
	for (int i = 0; i < CHUNKS_AT_ONCE && !direction->ended; i++) {
		ssize_t got = fill(connection, from);
		size_t left;

		if (got < 0)
			return would_block() ? 0 : -1;
		if (got == 0) {
			end_direction(connection, from);
			return 0;
		}
		left = (size_t)got;
		if (drain(connection->shared, to, &left) < 0) {
			splice_pipe_close(connection->shared);	/* it has bytes nobody wants */
			return -1;
		}
		if (left > 0) {
			keep_pipe(connection, direction, left);
			return 0;
		}
	}
	return 0;
}

static uint32_t wanted_events(const struct port_connection *connection, enum side side)
{
	const struct direction *in = &connection->from[side];
	const struct direction *out = &connection->from[other(side)];
	uint32_t events = 0;

	if (connection->connecting)
		return side == SERVER ? EPOLLOUT : 0;
	if (!in->ended && in->stuck == 0)
		events |= EPOLLIN;
	if (out->stuck > 0)
		events |= EPOLLOUT;
	return events;
}

static int watch(struct port_connection *connection, struct error *err)
{
	for (enum side side = CLIENT; side < SIDES; side++)
		if (event_change_fd(connection->sources[side], wanted_events(connection, side),
				    err) < 0)
			return -1;
	return 0;
}

void port_connection_free(struct port_connection *connection)
{
	for (enum side side = CLIENT; side < SIDES; side++) {
		event_remove(connection->sources[side]);
		auto_close_fd(&connection->sockets[side]);
		splice_pipe_close(&connection->from[side].pipe);
	}
	free(connection);
}

/* Closes with a reset, so that the other end sees that bytes may be missing. */
static void reset(int socket)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static void finish(struct port_connection *connection, bool broken)
{
	if (broken) {
		reset(connection->sockets[CLIENT]);
		reset(connection->sockets[SERVER]);
	}
	connection->on_end(connection->argument, connection);
	port_connection_free(connection);
}

/* Whether connect() came to a good end. */
static bool is_connected(int socket)
{
	int failure = 0;
	socklen_t size = sizeof(failure);

	return getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0;
}

static bool is_over(const struct port_connection *connection)
{
	return connection->from[CLIENT].ended && connection->from[SERVER].ended &&
	       connection->from[CLIENT].stuck == 0 && connection->from[SERVER].stuck == 0;
}

/* Failures of one connection end that connection, never the loop. */
static int handle(void *argument, int fd, uint32_t events, struct error *err)
{
	struct port_connection *connection = argument;
	auto_error ignored = { 0 };

	(void)err;
	if (connection->connecting) {
		if (fd != connection->sockets[SERVER] || !is_connected(fd)) {
			finish(connection, true);
			return 0;
		}
		connection->connecting = false;
	}
	if (pump(connection, CLIENT) < 0 || pump(connection, SERVER) < 0 || (events & EPOLLERR))
		finish(connection, true);
	else if (is_over(connection))
		finish(connection, false);
	else if (watch(connection, &ignored) < 0)
		finish(connection, true);
	return 0;
}

static int open_server(const struct sockaddr *server, socklen_t size, struct error *err)
{
	auto_fd int fd = socket(server->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return error_errno(err, "cannot make a socket");
	if (connect(fd, server, size) < 0 && errno != EINPROGRESS)
		return error_errno(err, "cannot connect to the container");
	return take_fd(&fd);
}

struct port_connection *port_connection_new(int client, const struct sockaddr *server,
					    socklen_t server_size, struct splice_pipe *shared,
					    struct event_loop *loop, port_connection_ended ended,
					    void *argument, struct error *err)
{
	struct port_connection *connection = xcalloc(1, sizeof(*connection));
	int on = 1;

	*connection = (struct port_connection){
		.sockets = { client, open_server(server, server_size, err) },
		.from = { { .pipe = SPLICE_PIPE_NONE }, { .pipe = SPLICE_PIPE_NONE } },
		.connecting = true, .shared = shared, .on_end = ended, .argument = argument,
	};
	if (connection->sockets[SERVER] < 0) {
		reset(client);	/* as a closed port would answer */
		port_connection_free(connection);
		return NULL;
	}
	for (enum side side = CLIENT; side < SIDES; side++) {
		int fd = connection->sockets[side];

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		connection->sources[side] = event_add_fd(loop, fd, wanted_events(connection, side),
							 handle, connection, err);
		if (!connection->sources[side]) {
			port_connection_free(connection);
			return NULL;
		}
	}
	return connection;
}
