/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors over unix sockets. The other side may be hostile: what it sends
 * beyond what was expected is closed, never left open by accident.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

#define FDS_MAX 16

union control {
	char space[CMSG_SPACE(FDS_MAX * sizeof(int))];
	struct cmsghdr align;
};

ssize_t fd_send(int socket, const void *data, size_t size, const int *fds, size_t fd_count)
{
	union control control = { 0 };
	struct iovec iov = { .iov_base = (void *)data, .iov_len = size };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t sent;

	if (fd_count > FDS_MAX || size == 0) {
		errno = EINVAL;
		return -1;
	}
	if (fd_count > 0) {
		message.msg_control = control.space;
		message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, fd_count * sizeof(int));
	}
	do {
		sent = sendmsg(socket, &message, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent;
}

/* Moves the descriptors of `message` to `fds`, closing those beyond `room`. */
static size_t take_fds(struct msghdr *message, int *fds, size_t room, bool *ret_too_many)
{
	size_t count = 0;

	*ret_too_many = (message->msg_flags & MSG_CTRUNC) != 0;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		size_t sent = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < sent; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
			if (count < room) {
				fds[count++] = fd;
			} else {
				close(fd);
				*ret_too_many = true;
			}
		}
	}
	return count;
}

ssize_t fd_receive(int socket, void *data, size_t size, int *fds, size_t *fd_count)
{
	union control control = { 0 };
	struct iovec iov = { .iov_base = data, .iov_len = size };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	size_t count;
	bool too_many;
	ssize_t got;

	do {
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	count = take_fds(&message, fds, *fd_count, &too_many);
	if (too_many) {
		while (count > 0)
			close(fds[--count]);
		errno = EMSGSIZE;
		return -1;
	}
	*fd_count = count;
	return got;
}
