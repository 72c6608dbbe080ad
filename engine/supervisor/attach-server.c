/* SPDX-License-Identifier: Apache-2.0 */
/* Clients of a container's output and input: see attach-server.h. */
#include "engine/supervisor/attach-server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/event.h"
#include "base/fd.h"
#include "engine/supervisor/attach-protocol.h"

#define CLIENTS_MAX 64
#define CLIENT_QUEUE_SIZE 32768
#define CLIENT_INPUT_SIZE 4096
/* What may come on top of a full queue when the program has ended and its pipes are emptied. */
#define CLIENT_QUEUE_MAX ((size_t)4 << 20)

enum client_kind { CLIENT_ATTACHED, CLIENT_WATCHES_NEXT, CLIENT_WATCHES_LAST };

struct client {
	struct attach_server *server;
	struct client *next;
	int socket;
	struct event_source *source;
	enum client_kind kind;
	bool owns_input;	/* its end of input is the container's */
	bool leaving;		/* gets no more; goes when its queue is empty */
	bool input_blocked;	/* the container's input is full */
	struct buffer queue;	/* to be sent */
	struct attach_header frame;	/* being received */
	uint32_t frame_left;
	size_t input_used;
	uint8_t input[CLIENT_INPUT_SIZE];
};

struct attach_server {
	struct event_loop *loop;
	struct attach_hooks hooks;
	int directory;	/* borrowed */
	int listener;
	struct event_source *source;
	bool input_once;
	struct client *clients;
	unsigned int client_count;
};

static void free_client(struct client *client)
{
	event_remove(client->source);
	close(client->socket);
	buffer_release(&client->queue);
	free(client);
}

/* The client has gone, or is let go. */
static void drop_client(struct client *client)
{
	struct attach_server *server = client->server;
	bool had_room = attach_server_has_room(server);
	bool ends_input = client->owns_input && server->input_once;
	struct client **link = &server->clients;

	while (*link != client)
		link = &(*link)->next;
	*link = client->next;
	server->client_count--;
	free_client(client);
	if (ends_input)
		server->hooks.end_of_input(server->hooks.argument);
	if (!had_room && attach_server_has_room(server))
		server->hooks.room(server->hooks.argument);
	if (!server->clients)
		server->hooks.empty(server->hooks.owner);
}

static void watch_client(struct client *client)
{
	auto_error ignored = { 0 };
	uint32_t events = 0;

	if (!client->leaving && !client->input_blocked)
		events |= EPOLLIN;
	if (client->queue.size > 0)
		events |= EPOLLOUT;
	event_change_fd(client->source, events, &ignored);
}

/* Sends what it takes now. -1: it has gone. */
static int flush_client(struct client *client)
{
	while (client->queue.size > 0) {
		ssize_t sent = send(client->socket, client->queue.data, client->queue.size,
				    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
		buffer_consume(&client->queue, (size_t)sent);
	}
	if (client->queue.room > CLIENT_QUEUE_SIZE * 2)
		buffer_release(&client->queue);
	return 0;
}

static void queue_frame(struct client *client, enum attach_frame type, const void *data,
			size_t size)
{
	uint8_t header[ATTACH_HEADER_SIZE];

	attach_header_format(type, (uint32_t)size, header);
	buffer_add(&client->queue, header, sizeof(header));
	buffer_add(&client->queue, data, size);
}

/* Hands bytes of an ATTACH_STDIN frame on; how many of `size` are done with. */
static size_t take_input(struct client *client, const uint8_t *data, size_t size)
{
	const struct attach_hooks *hooks = &client->server->hooks;

	return client->kind == CLIENT_ATTACHED ? hooks->input(hooks->argument, data, size) : size;
}

/* A whole frame other than input, of at most four bytes that mean something. */
static void take_frame(struct client *client, const uint8_t *data, size_t size)
{
	const struct attach_hooks *hooks = &client->server->hooks;

	if (client->frame.type == ATTACH_RESIZE && size == 4)
		hooks->resize(hooks->argument, (unsigned short)(data[0] << 8 | data[1]),
			      (unsigned short)(data[2] << 8 | data[3]));
	else if (client->frame.type == ATTACH_WATCH && size == 1)
		client->kind = data[0] ? CLIENT_WATCHES_LAST : CLIENT_WATCHES_NEXT;
}

/* Input that is empty means its end. */
static void begin_frame(struct client *client)
{
	const struct attach_hooks *hooks = &client->server->hooks;

	client->frame_left = client->frame.size;
	if (client->frame.type == ATTACH_STDIN && client->frame.size == 0 && client->owns_input &&
	    client->server->input_once) {
		client->owns_input = false;
		hooks->end_of_input(hooks->argument);
	}
}

/* Works off one piece of what was received from `data` on; the bytes done with, 0 if it has to
 * wait, -1 if it is no frame of ours. */
static ssize_t take_piece(struct client *client, const uint8_t *data, size_t size)
{
	auto_error malformed = { 0 };
	size_t part;

	if (client->frame_left == 0) {
		if (size < ATTACH_HEADER_SIZE)
			return 0;
		if (attach_header_parse(data, &client->frame, &malformed) < 0)
			return -1;
		begin_frame(client);
		return ATTACH_HEADER_SIZE;
	}
	if (client->frame.type == ATTACH_STDIN) {
		part = size < client->frame_left ? size : client->frame_left;
		part = part ? take_input(client, data, part) : 0;
		client->input_blocked = part == 0 && size > 0;
	} else {
		part = client->frame_left;
		if (part > CLIENT_INPUT_SIZE - ATTACH_HEADER_SIZE)
			return -1;
		if (size < part)
			return 0;
		take_frame(client, data, part);
	}
	client->frame_left -= (uint32_t)part;
	return (ssize_t)part;
}

/* -1: not a client to go on with. */
static int work_off_input(struct client *client)
{
	size_t done = 0;
	ssize_t taken;

	client->input_blocked = false;
	do {
		taken = take_piece(client, client->input + done, client->input_used - done);
		if (taken < 0)
			return -1;
		done += (size_t)taken;
	} while (taken > 0);
	memmove(client->input, client->input + done, client->input_used - done);
	client->input_used -= done;
	return 0;
}

/* -1: it has gone. */
static int receive_input(struct client *client)
{
	ssize_t got = recv(client->socket, client->input + client->input_used,
			   CLIENT_INPUT_SIZE - client->input_used, MSG_DONTWAIT);

	if (got < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
	if (got == 0)
		return -1;
	client->input_used += (size_t)got;
	return work_off_input(client);
}

static int client_ready(void *argument, int fd, uint32_t events, struct error *err)
{
	struct client *client = argument;
	struct attach_server *server = client->server;
	bool had_room = attach_server_has_room(server);

	(void)fd;
	(void)err;
	if (flush_client(client) < 0 || (client->leaving && client->queue.size == 0) ||
	    ((events & EPOLLIN) && !client->leaving && receive_input(client) < 0) ||
	    (events & (EPOLLHUP | EPOLLERR) && !(events & EPOLLIN))) {
		drop_client(client);
		return 0;
	}
	watch_client(client);
	if (!had_room && attach_server_has_room(server))
		server->hooks.room(server->hooks.argument);
	return 0;
}

static struct client *add_client(struct attach_server *server, int socket, struct error *err)
{
	struct client *client = xcalloc(1, sizeof(*client));

	client->server = server;
	client->socket = socket;
	client->source = event_add_fd(server->loop, socket, EPOLLIN, client_ready, client, err);
	if (!client->source) {
		close(socket);
		free(client);
		return NULL;
	}
	client->next = server->clients;
	server->clients = client;
	server->client_count++;
	return client;
}

int attach_server_add(struct attach_server *server, int socket, struct error *err)
{
	struct client *client = add_client(server, socket, err);

	if (!client)
		return -1;
	client->owns_input = true;
	return 0;
}

/* Only our own user may talk to the container (R14). */
static bool is_our_user(int socket)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       peer.uid == geteuid();
}

/* Whether there was one. */
static bool accept_one(struct attach_server *server)
{
	auto_error refused = { 0 };
	auto_fd int socket = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);

	if (socket < 0)
		return false;
	if (server->client_count < CLIENTS_MAX && is_our_user(socket))
		add_client(server, take_fd(&socket), &refused);
	return true;
}

static int accept_client(void *argument, int fd, uint32_t events, struct error *err)
{
	(void)fd;
	(void)events;
	(void)err;
	accept_one(argument);
	return 0;
}

static int open_listener(int directory, struct error *err)
{
	auto_fd int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;
	mode_t umask_before;
	int bound;

	if (listener < 0)
		return error_errno(err, "cannot make the attach socket");
	attach_address(directory, &address);
	unlinkat(directory, ATTACH_SOCKET_NAME, 0); /* of a supervisor that was killed */
	umask_before = umask(0177);
	bound = bind(listener, (struct sockaddr *)&address, sizeof(address));
	umask(umask_before);
	if (bound < 0 || listen(listener, CLIENTS_MAX) < 0)
		return error_errno(err, "cannot listen on the attach socket");
	return take_fd(&listener);
}

struct attach_server *attach_server_open(int directory, struct event_loop *loop, bool input_once,
					 const struct attach_hooks *hooks, struct error *err)
{
	auto_fd int listener = open_listener(directory, err);
	struct attach_server *server;

	if (listener < 0)
		return NULL;
	server = xcalloc(1, sizeof(*server));
	server->source = event_add_fd(loop, listener, EPOLLIN, accept_client, server, err);
	if (!server->source) {
		free(server);
		return NULL;
	}
	server->loop = loop;
	server->hooks = *hooks;
	server->directory = directory;
	server->input_once = input_once;
	server->listener = take_fd(&listener);
	return server;
}

bool attach_server_has_room(const struct attach_server *server)
{
	for (const struct client *client = server->clients; client; client = client->next)
		if (!client->leaving && client->queue.size > CLIENT_QUEUE_SIZE)
			return false;
	return true;
}

bool attach_server_is_empty(const struct attach_server *server)
{
	return !server->clients;
}

void attach_server_output(struct attach_server *server, enum attach_frame stream,
			  const void *data, size_t size)
{
	struct client *next;

	for (struct client *client = server->clients; client; client = next) {
		next = client->next;
		if (client->leaving || client->kind != CLIENT_ATTACHED)
			continue;
		queue_frame(client, stream, data, size);
		if (flush_client(client) < 0 || client->queue.size > CLIENT_QUEUE_MAX)
			drop_client(client);
		else
			watch_client(client);
	}
}

void attach_server_resume_input(struct attach_server *server)
{
	struct client *next;

	for (struct client *client = server->clients; client; client = next) {
		next = client->next;
		if (!client->input_blocked)
			continue;
		if (work_off_input(client) < 0)
			drop_client(client);
		else
			watch_client(client);
	}
}

void attach_server_exit(struct attach_server *server, int exit_code, bool last)
{
	const uint8_t content[] = { (uint8_t)exit_code, last };
	struct client *next;

	for (struct client *client = server->clients; client; client = next) {
		next = client->next;
		if (client->leaving || (client->kind == CLIENT_WATCHES_LAST && !last))
			continue;
		queue_frame(client, ATTACH_EXIT, content, sizeof(content));
		client->leaving = true;
		client->owns_input = false;
		if (flush_client(client) < 0 || client->queue.size == 0)
			drop_client(client);
		else
			watch_client(client);
	}
}

void attach_server_stop_listening(struct attach_server *server)
{
	if (server->listener < 0)
		return;
	unlinkat(server->directory, ATTACH_SOCKET_NAME, 0);
	while (accept_one(server)) /* who has connected is told the end */
		;
	event_remove(server->source);
	server->source = NULL;
	auto_close_fd(&server->listener);
	server->listener = -1;
}

void attach_server_close(struct attach_server *server)
{
	if (!server)
		return;
	attach_server_stop_listening(server);
	while (server->clients) {
		struct client *client = server->clients;

		server->clients = client->next;
		free_client(client);
	}
	free(server);
}
