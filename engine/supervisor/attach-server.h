/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor's side of attaching: the listening socket and its clients.
 *
 * A client that does not read holds the container's output back: while any of them has
 * more than CLIENT_QUEUE_SIZE waiting, attach_server_has_room() says no.
 */
#ifndef ENGINE_SUPERVISOR_ATTACH_SERVER_H
#define ENGINE_SUPERVISOR_ATTACH_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/supervisor/attach.h"

struct attach_server;
struct error;
struct event_loop;

/* None of them may call the server back: it may be going through its clients. */
struct attach_hooks {
	void *argument;
	/* Bytes for the container; how many were taken. Fewer than given:
	 * attach_server_resume_input() follows when there is room. */
	size_t (*input)(void *argument, const void *data, size_t size);
	void (*end_of_input)(void *argument);
	void (*resize)(void *argument, unsigned short rows, unsigned short columns);
	void (*room)(void *argument);	/* attach_server_has_room() again */
	void *owner;
	void (*empty)(void *owner);	/* the last client has gone */
};

/* Listens in `directory` (<runroot>/<id>). `input_once`: input ends when the client it began
 * with ends it or goes. */
struct attach_server *attach_server_open(int directory, struct event_loop *loop, bool input_once,
					 const struct attach_hooks *hooks, struct error *err);
/* Adds the client at the other end of `socket`, which is the server's from now on; its input counts
 * for `input_once`. */
int attach_server_add(struct attach_server *server, int socket, struct error *err);
bool attach_server_has_room(const struct attach_server *server);
bool attach_server_is_empty(const struct attach_server *server);
void attach_server_output(struct attach_server *server, enum attach_frame stream,
			  const void *data, size_t size);
void attach_server_resume_input(struct attach_server *server);
/* The program has ended: tells whom it concerns, who are let go once they have read it all.
 * `last`: no restart follows. */
void attach_server_exit(struct attach_server *server, int exit_code, bool last);
/* Takes the socket's name away and accepts no more. */
void attach_server_stop_listening(struct attach_server *server);
void attach_server_close(struct attach_server *server);	/* NULL is fine */

#endif
