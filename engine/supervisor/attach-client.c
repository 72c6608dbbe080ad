/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side of attaching: see attach.h. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/supervisor/attach-protocol.h"
#include "engine/supervisor/pump.h"

int attach_connect(struct engine *engine, const struct container *container, struct error *err)
{
	auto_fd int directory = dir_open(engine->runroot, container->config.id, err);
	auto_fd int connection = -1;
	struct sockaddr_un address;

	if (directory < 0)
		return error_set(err, ERROR_NOT_FOUND, "container %s is not running",
				 container->config.id);
	connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection < 0)
		return error_errno(err, "cannot make a socket");
	attach_address(directory, &address);
	if (connect(connection, (struct sockaddr *)&address, sizeof(address)) == 0)
		return take_fd(&connection);
	if (errno == ENOENT || errno == ECONNREFUSED)
		return error_set(err, ERROR_NOT_FOUND, "container %s is not running",
				 container->config.id);
	return error_errno(err, "cannot reach the supervisor of container %s",
			   container->config.id);
}

/* Unlike fd_read_full(), does not outwait a time limit of the socket's (SO_RCVTIMEO). */
static bool receive_full(int socket, void *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = recv(socket, (char *)data + done, size - done, 0);

		if (got == 0 || (got < 0 && errno != EINTR))
			return false;
		done += got > 0 ? (size_t)got : 0;
	}
	return true;
}

int attach_watch(int socket, bool last, int *ret_exit_code)
{
	uint8_t request[ATTACH_HEADER_SIZE + 1];
	uint8_t bytes[ATTACH_HEADER_SIZE];
	struct attach_header header;
	auto_error malformed = { 0 };

	attach_header_format(ATTACH_WATCH, 1, request);
	request[ATTACH_HEADER_SIZE] = last;
	if (send(socket, request, sizeof(request), MSG_NOSIGNAL) != (ssize_t)sizeof(request))
		return -1;
	while (receive_full(socket, bytes, sizeof(bytes)) &&
	       attach_header_parse(bytes, &header, &malformed) == 0) {
		uint8_t content[4096];

		/* Output that was sent before the supervisor had read what we want. */
		while (header.size > 0) {
			size_t part = header.size < sizeof(content) ? header.size : sizeof(content);

			if (!receive_full(socket, content, part))
				return -1;
			header.size -= (uint32_t)part;
			if (header.type != ATTACH_EXIT)
				continue;
			/* It had not read yet that we want to know the last one. */
			if (last && part > 1 && !content[1])
				return -1;
			*ret_exit_code = content[0];
			return 0;
		}
	}
	return -1;
}

int attach_run(int socket, const struct attach_options *options, enum attach_end *ret_end,
	       int *ret_exit_code, struct error *err)
{
	const struct pump_peer peer = { .fd = socket, .framed = true, .end_pidfd = -1 };

	return pump_run(&peer, options, ret_end, ret_exit_code, err);
}
