/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One forwarded TCP connection: bytes move both ways by splice(2), each
 * direction ends on its own (half-close), and a slow reader stops its writer.
 */
#ifndef ENGINE_NETWORK_PORT_CONNECTION_H
#define ENGINE_NETWORK_PORT_CONNECTION_H

#include <sys/socket.h>

struct error;
struct event_loop;
struct port_connection;

/* A pipe that bytes pass through. Only while a reader is slow do bytes stay in it, and the
 * connection keeps it; so it is shared by all connections that are not held up. */
struct splice_pipe {
	int ends[2];	/* -1: none yet */
};
#define SPLICE_PIPE_NONE ((struct splice_pipe){ { -1, -1 } })
void splice_pipe_close(struct splice_pipe *pipe);

/* Called once, when a connection has come to its end; it frees itself after that. */
typedef void (*port_connection_ended)(void *argument, struct port_connection *connection);

/* Connects `client`, which is owned from now on also on failure, to `server`. `shared` is the
 * pipe of the forwarder and outlives the connection. */
struct port_connection *port_connection_new(int client, const struct sockaddr *server,
					    socklen_t server_size, struct splice_pipe *shared,
					    struct event_loop *loop, port_connection_ended ended,
					    void *argument, struct error *err);
void port_connection_free(struct port_connection *connection);	/* does not call `ended` */

#endif
