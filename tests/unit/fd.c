/* SPDX-License-Identifier: Apache-2.0 */
/* Whole reads and writes, copies with holes, and descriptors passed over sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"

#define FDS_MAX 1024

static void make_pipe(int ends[2])
{
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
}

/* A child that reads `fd` to the end and tells the size modulo 251. */
static pid_t count_in_child(int fd, int to_close)
{
	pid_t pid = fork();
	size_t count = 0;
	char c;

	if (pid != 0)
		return pid;
	close(to_close);
	while (read(fd, &c, 1) == 1)
		count++;
	_exit((int)(count % 251));
}

static void full_pipe_is_waited_for(void **state)
{
	size_t size = 300000;
	auto_free char *data = xcalloc(1, size);
	int status = 0;
	int ends[2];
	pid_t pid;

	(void)state;
	make_pipe(ends);
	assert_int_equal(fd_set_nonblocking(ends[1], true), 0);
	pid = count_in_child(ends[0], ends[1]);
	close(ends[0]);
	assert_int_equal(fd_write_full(ends[1], data, size), 0);
	close(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), size % 251);
}

static void short_input_is_told(void **state)
{
	char data[16];
	int ends[2];

	(void)state;
	make_pipe(ends);
	assert_int_equal(fd_write_full(ends[1], "abc", 3), 0);
	close(ends[1]);
	assert_int_equal(fd_read_full(ends[0], data, sizeof(data)), 3);
	assert_int_equal(fd_read_full(ends[0], data, sizeof(data)), 0);
	close(ends[0]);
	errno = 0;
	assert_int_equal(fd_read_full(ends[0], data, sizeof(data)), -1);
	assert_int_equal(errno, EBADF);
	assert_false(fd_is_open(ends[0]));
}

static void reading_all_is_bounded(void **state)
{
	auto_release(buffer) struct buffer buffer = { .max = 4 };
	struct error err = { 0 };
	int ends[2];

	(void)state;
	make_pipe(ends);
	assert_int_equal(fd_write_full(ends[1], "12345", 5), 0);
	close(ends[1]);
	assert_int_equal(fd_read_all(ends[0], "the pipe", &buffer, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_string_equal(err.message, "cannot read 'the pipe': larger than 4 bytes");
	error_release(&err);
	close(ends[0]);
}

static void cloexec_is_switched(void **state)
{
	int ends[2];

	(void)state;
	make_pipe(ends);
	assert_int_equal(fd_set_cloexec(ends[0], false), 0);
	assert_int_equal(fcntl(ends[0], F_GETFD), 0);
	assert_int_equal(fd_set_cloexec(ends[0], true), 0);
	assert_int_equal(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	close(ends[0]);
	close(ends[1]);
}

static int temporary(void)
{
	FILE *file = tmpfile();
	int fd = fcntl(fileno(file), F_DUPFD_CLOEXEC, 3);

	fclose(file);
	assert_true(fd >= 0);
	return fd;
}

static void copy_keeps_content_and_holes(void **state)
{
	auto_fd int from = temporary();
	auto_fd int to = temporary();
	struct error err = { 0 };
	struct stat source;
	struct stat copy;
	char text[4] = "";

	(void)state;
	assert_int_equal(pwrite(from, "head", 4, 0), 4);
	assert_int_equal(pwrite(from, "tail", 4, 8 << 20), 4);
	assert_int_equal(ftruncate(from, 16 << 20), 0);
	assert_int_equal(fd_copy(from, to, &err), 0);
	assert_int_equal(fstat(from, &source), 0);
	assert_int_equal(fstat(to, &copy), 0);
	assert_int_equal(copy.st_size, 16 << 20);
	assert_int_equal(pread(to, text, 4, 0), 4);
	assert_memory_equal(text, "head", 4);
	assert_int_equal(pread(to, text, 4, 8 << 20), 4);
	assert_memory_equal(text, "tail", 4);
	if (source.st_blocks < 1024) /* this file system has holes */
		assert_true(copy.st_blocks < 1024);
}

static void copy_of_a_pipe_and_of_proc(void **state)
{
	auto_fd int proc = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	auto_fd int first = temporary();
	auto_fd int second = temporary();
	struct error err = { 0 };
	struct stat copy;
	int ends[2];

	(void)state;
	make_pipe(ends);
	assert_int_equal(fd_write_full(ends[1], "piped", 5), 0);
	close(ends[1]);
	assert_int_equal(fd_copy(ends[0], first, &err), 0);
	close(ends[0]);
	assert_int_equal(fstat(first, &copy), 0);
	assert_int_equal(copy.st_size, 5);
	assert_int_equal(fd_copy(proc, second, &err), 0);
	assert_int_equal(fstat(second, &copy), 0);
	assert_true(copy.st_size > 100);
}

static void descriptors_are_passed(void **state)
{
	int sockets[2];
	int ends[2];
	int got[2] = { -1, -1 };
	size_t count = ARRAY_SIZE(got);
	char text[8] = "";

	(void)state;
	make_pipe(ends);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
	assert_int_equal(fd_send(sockets[0], "hello", 5, ends, 2), 5);
	assert_int_equal(fd_receive(sockets[1], text, sizeof(text), got, &count), 5);
	assert_string_equal(text, "hello");
	assert_int_equal(count, 2);
	assert_int_equal(fcntl(got[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(fd_write_full(got[1], "x", 1), 0);
	assert_int_equal(fd_read_full(ends[0], text, 1), 1);
	assert_int_equal(text[0], 'x');
	count = 2;
	assert_int_equal(fd_send(sockets[0], "none", 4, NULL, 0), 4);
	assert_int_equal(fd_receive(sockets[1], text, sizeof(text), got, &count), 4);
	assert_int_equal(count, 0);
	for (int i = 0; i < 2; i++) {
		close(got[i]);
		close(ends[i]);
		close(sockets[i]);
	}
}

/* Those that this process was started with have gaps between them. */
static int count_open(void)
{
	int count = 0;

	for (int fd = 0; fd < FDS_MAX; fd++)
		count += fd_is_open(fd);
	return count;
}

static void too_many_descriptors_are_closed(void **state)
{
	int sockets[2];
	int sent[4] = { 0, 1, 2, 0 };
	int before;
	int got[2];
	size_t count = ARRAY_SIZE(got);
	char text[8];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
	before = count_open();
	assert_int_equal(fd_send(sockets[0], "four", 4, sent, 4), 4);
	errno = 0;
	assert_int_equal(fd_receive(sockets[1], text, sizeof(text), got, &count), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(count_open(), before);
	close(sockets[0]);
	close(sockets[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_pipe_is_waited_for),
		cmocka_unit_test(short_input_is_told),
		cmocka_unit_test(reading_all_is_bounded),
		cmocka_unit_test(cloexec_is_switched),
		cmocka_unit_test(copy_keeps_content_and_holes),
		cmocka_unit_test(copy_of_a_pipe_and_of_proc),
		cmocka_unit_test(descriptors_are_passed),
		cmocka_unit_test(too_many_descriptors_are_closed),
	};

	return cmocka_run_group_tests_name("fd", tests, NULL, NULL);
}
