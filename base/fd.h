/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole reads and writes on descriptors, and small facts about them. Every
 * descriptor made here is close-on-exec.
 */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct buffer;
struct error;

/* Reads until `size` bytes or the end; returns the count, or -1 with errno. EINTR is retried. */
ssize_t fd_read_full(int fd, void *data, size_t size);
/* Writes all, or returns -1 with errno. EINTR is retried; a full non-blocking fd is waited for. */
int fd_write_full(int fd, const void *data, size_t size);
/* Reads to the end into `buffer`, whose max bounds it. `name` is for messages. */
int fd_read_all(int fd, const char *name, struct buffer *buffer, struct error *err);
/* A pipe. Neither end is among 0 to 2, even if these are closed in this process. */
int fd_pipe(int *ret_reading, int *ret_writing, struct error *err);
int fd_set_nonblocking(int fd, bool on);	/* 0, or -1 with errno */
int fd_set_cloexec(int fd, bool on);
bool fd_is_open(int fd);
/* Copies all of `from` to `to` (both at their beginning, `to` empty), keeping holes and using
 * reflinks where the file system can. */
int fd_copy(int from, int to, struct error *err);
/* Sends/receives up to 16 descriptors with a non-empty message over a unix socket.
 * fds received are close-on-exec. Return bytes moved, or -1 with errno. *fd_count is the room
 * in `fds`, then the number received; more than there is room for is EMSGSIZE. */
ssize_t fd_send(int socket, const void *data, size_t size, const int *fds, size_t fd_count);
ssize_t fd_receive(int socket, void *data, size_t size, int *fds, size_t *fd_count);

#endif
