/* SPDX-License-Identifier: Apache-2.0 */
/* The running program cannot be opened for writing, by root neither by an ordinary user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/close_range.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/ordinary.h"
#include "tests/unit/scratch.h"

#include "base/alloc.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/syscalls.h"
#include "engine/runtime/self.h"
#include "rootless/userns.h"

#define LINE_SIZE 256

/* This program again, with the argument `serve` or `enter`: protects itself, tells about itself in
 * one line, and stays until its standard input ends. */
static int serve(bool enter)
{
	const char *user = getenv("PROA_UID"), *self = getenv("PROA_SELF");
	auto_error err = { 0 };
	enum userns_mode mode;
	int open_count = 0;
	char byte;

	if (enter && geteuid() != 0) {
		auto_fd int runroot = -1;

		scratch_make(&(void *){ NULL });
		runroot = open(scratch_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (userns_enter(runroot, &mode, &err) < 0) {
			printf("%s\n", err.message);
			return 1;
		}
		userns_release(runroot);
		dir_remove_tree(AT_FDCWD, scratch_path, &err);
	}
	if (self_protect(&err) < 0) {
		printf("%s\n", err.message);
		return 1;
	}
	for (int fd = 3; fd < 64; fd++)
		open_count += fcntl(fd, F_GETFD) >= 0;
	printf("protected %d, %d open, user %s, self %s\n", self_is_protected(), open_count,
	       user ? user : "none", self ? self : "none");
	fflush(stdout);
	return read(0, &byte, 1) < 0;
}

struct server {
	const char *path;	/* a copy of this program: what runs is busy to writers anyway */
	const char *user;	/* or NULL */
	const char *mode;
	int in[2], out[2];
};

static int run_server(void *argument)
{
	struct server *server = argument;
	char *const args[] = { (char *)"self", (char *)server->mode, NULL };

	if (dup2(server->in[0], 0) < 0 || dup2(server->out[1], 1) < 0 ||
	    sys_close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return 2;
	if (server->user && !become_ordinary(server->user))
		return 3;
	execv(server->path, args);
	return 4;
}

static char *copy_program(int dir)
{
	auto_error err = { 0 };
	auto_fd int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	auto_fd int to = openat(dir, "self", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);

	assert_int_equal(chmod(scratch_path, 0755), 0);
	if (fd_copy(from, to, &err) < 0)
		fail_msg("%s", err.message);
	return xasprintf("%s/self", scratch_path);
}

/* A sealed file can be opened, but not written. */
static int try_to_write(const char *path)
{
	auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, "#", 1) == 1 ? 0 : errno;
}

/* Starts one, returns its line, and the errno of writing to its binary when it has ended. */
static void try_server(int dir, const char *user, const char *mode, char line[LINE_SIZE],
		       int *ret_write_errno)
{
	auto_free char *copy = copy_program(dir);
	struct server server = { .path = copy, .user = user, .mode = mode };
	auto_free char *path = NULL;
	auto_free char *again = NULL;
	auto_error err = { 0 };
	struct process process;
	int status, binary;
	ssize_t size;

	assert_int_equal(pipe2(server.in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(server.out, O_CLOEXEC), 0);
	assert_int_equal(process_fork(run_server, &server, true, &process, &err), 0);
	close(server.in[0]);
	close(server.out[1]);
	size = read(server.out[0], line, LINE_SIZE - 1);
	line[size > 0 ? size : 0] = '\0';
	path = xasprintf("/proc/%d/exe", (int)process.pid);
	binary = open(path, O_PATH | O_CLOEXEC);
	close(server.in[1]);
	assert_int_equal(process_wait(&process, &status, &err), 0);
	close(server.out[0]);
	again = xasprintf("/proc/self/fd/%d", binary);
	*ret_write_errno = try_to_write(again);
	close(binary);
}

static void binary_is_read_only(void **state)
{
	char line[LINE_SIZE];
	int write_errno;

	if (geteuid() != 0) {
		print_message("skipped: needs root\n");
		skip();
	}
	try_server(scratch_dir(state), NULL, "serve", line, &write_errno);
	if (!strstr(line, "protected 1, 0 open, user none, self /") || write_errno != EROFS)
		fail_msg("%s: %s", strerror(write_errno), line);
}

static void binary_is_read_only_for_ordinary_users(void **state)
{
	char line[LINE_SIZE], wanted[LINE_SIZE];
	int write_errno;

	if (geteuid() != 0 || !have_ordinary(USER_WITH_IDS)) {
		print_message("skipped: needs root, and the user " USER_WITH_IDS "\n");
		skip();
	}
	try_server(scratch_dir(state), USER_WITH_IDS, "enter", line, &write_errno);
	snprintf(wanted, sizeof(wanted), "protected 1, 0 open, user %u, self /",
		 getpwnam(USER_WITH_IDS)->pw_uid);
	if (!strstr(line, wanted) || (write_errno != EROFS && write_errno != EPERM))
		fail_msg("%s: %s", strerror(write_errno), line);
}

/* Without the right to mount anything: a sealed copy. */
static void copy_is_sealed(void **state)
{
	char line[LINE_SIZE];
	int write_errno;

	if (geteuid() != 0 || !have_ordinary(USER_WITHOUT_IDS)) {
		print_message("skipped: needs root, and the user " USER_WITHOUT_IDS "\n");
		skip();
	}
	try_server(scratch_dir(state), USER_WITHOUT_IDS, "serve", line, &write_errno);
	if (!strstr(line, "protected 1, 0 open, user none, self /") || write_errno != EPERM)
		fail_msg("%s: %s", strerror(write_errno), line);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(binary_is_read_only, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(binary_is_read_only_for_ordinary_users,
						scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(copy_is_sealed, scratch_make, scratch_remove),
	};

	if (argc > 1)
		return serve(strcmp(argv[1], "enter") == 0);
	unsetenv("PROA_SELF");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
