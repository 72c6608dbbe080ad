/* SPDX-License-Identifier: Apache-2.0 */
/* Whole reads and writes, and the small flags of descriptors. */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"

/* Waits until a non-blocking `fd` can go on; -1 and errno where it never will. */
static int wait_for(int fd, short events)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };

	while (poll(&poll_fd, 1, -1) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

/* Whether the call that set errno may be made again, after waiting if need be. */
static bool try_again(int fd, short events)
{
	if (errno == EINTR)
		return true;
	return (errno == EAGAIN || errno == EWOULDBLOCK) && wait_for(fd, events) == 0;
}

ssize_t fd_read_full(int fd, void *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = read(fd, (char *)data + done, size - done);

		if (got == 0)
			break;
		if (got > 0)
			done += (size_t)got;
		else if (!try_again(fd, POLLIN))
			return -1;
	}
	return (ssize_t)done;
}

int fd_write_full(int fd, const void *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t written = write(fd, (const char *)data + done, size - done);

		if (written >= 0)
			done += (size_t)written;
		else if (!try_again(fd, POLLOUT))
			return -1;
	}
	return 0;
}

int fd_read_all(int fd, const char *name, struct buffer *buffer, struct error *err)
{
	char chunk[32768];

	for (;;) {
		ssize_t got = read(fd, chunk, sizeof(chunk));

		if (got == 0)
			return 0;
		if (got < 0 && !try_again(fd, POLLIN))
			return error_errno(err, "cannot read '%s'", name);
		if (got > 0 && buffer_append(buffer, chunk, (size_t)got, err) < 0)
			return error_context(err, "cannot read '%s'", name);
	}
}

/* Takes `fd`; the same one, or a copy of it above 2. */
static int above_standard(int fd)
{
	int copy;

	if (fd > STDERR_FILENO)
		return fd;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return copy;
}

int fd_pipe(int *ret_reading, int *ret_writing, struct error *err)
{
	auto_fd int reading = -1;
	auto_fd int writing = -1;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(err, "cannot make a pipe");
	reading = above_standard(ends[0]);
	writing = above_standard(ends[1]);
	if (reading < 0 || writing < 0)
		return error_errno(err, "cannot make a pipe");
	*ret_reading = take_fd(&reading);
	*ret_writing = take_fd(&writing);
	return 0;
}

int fd_set_nonblocking(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -1;
	return fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) < 0 ? -1 : 0;
}

int fd_set_cloexec(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags < 0)
		return -1;
	return fcntl(fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC) < 0 ? -1 : 0;
}

bool fd_is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}
