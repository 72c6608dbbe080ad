/* SPDX-License-Identifier: Apache-2.0 */
/* The child that unpacks a layer: what it reports, and what it cannot do (R11). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/syscalls.h"
#include "image/layer-confine.h"
#include "image/layer-unpacker.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tar-builder.h"

static enum layer_ownership ownership(void)
{
	return geteuid() == 0 ? LAYER_OWNERS_APPLIED : LAYER_OWNERS_RECORDED;
}

/* Unpacks `tar` into the scratch directory. */
static int unpack(void **state, const struct buffer *tar, struct layer_info *ret_info,
		  struct error *err)
{
	struct unpacker unpacker = UNPACKER_NONE;
	int input = -1;

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(unpacker_start(scratch_dir(state), ownership(), &unpacker, &input, err),
			 0);
	/* A child that gives up early closes its end; its report tells why. */
	(void)fd_write_full(input, tar->data, tar->size);
	close(input);
	return unpacker_finish(&unpacker, ret_info, err);
}

static void add_directory(struct buffer *tar, const char *name)
{
	struct tar_block block = tar_block_of(name, '5', 0);

	memcpy(block.mode, "0000755", sizeof(block.mode));
	tar_add_block(tar, &block);
}

static void a_layer_is_unpacked_by_the_child(void **state)
{
	auto_release(buffer) struct buffer tar = { 0 };
	struct layer_info info = { 0 };
	auto_error err = { 0 };
	struct stat first, second;

	add_directory(&tar, "a/");
	tar_add(&tar, "a/file", '0', NULL, "hello", 5);
	add_directory(&tar, "b/");
	tar_add(&tar, "b/hard", '1', "a/file", NULL, 0);	/* across directories */
	tar_add(&tar, "b/link", '2', "../a/file", NULL, 0);
	tar_end(&tar);
	if (unpack(state, &tar, &info, &err) < 0)
		fail_msg("%s", err.message);
	assert_true(digest_is_set(&info.diff_id));
	assert_int_equal(info.size, 5);
	assert_int_equal(fstatat(scratch_dir(state), "tree/a/file", &first, 0), 0);
	assert_int_equal(fstatat(scratch_dir(state), "tree/b/hard", &second, 0), 0);
	assert_int_equal(first.st_ino, second.st_ino);
}

static void what_goes_wrong_is_reported(void **state)
{
	auto_release(buffer) struct buffer tar = { 0 };
	struct layer_info info = { 0 };
	auto_error err = { 0 };

	tar_add(&tar, "a/../../escaped", '0', NULL, "x", 1);
	tar_end(&tar);
	assert_int_equal(unpack(state, &tar, &info, &err), -1);
	assert_int_equal(err.kind, ERROR_INVALID);
	assert_non_null(strstr(err.message, "entry 'a/../../escaped'"));
	assert_int_equal(access("/escaped", F_OK), -1);
}

static void a_killed_child_is_an_error(void **state)
{
	struct unpacker unpacker = UNPACKER_NONE;
	struct layer_info info = { 0 };
	auto_error err = { 0 };
	int input = -1;

	assert_int_equal(unpacker_start(scratch_dir(state), ownership(), &unpacker, &input, &err),
			 0);
	assert_int_equal(sys_pidfd_send_signal(unpacker.process.pidfd, SIGKILL, NULL, 0), 0);
	assert_int_equal(unpacker_finish(&unpacker, &info, &err), -1);
	assert_non_null(strstr(err.message, "was killed"));
	close(input);
}

/* What the confined child tries. Each is a bit of its exit status when it succeeds although it
 * must not, or fails although it must not. */
enum attempt {
	ATTEMPT_INSIDE = 1,
	ATTEMPT_OUTSIDE = 2,
	ATTEMPT_READ = 4,
	ATTEMPT_SOCKET = 8,
	ATTEMPT_PROGRAM = 16,
	ATTEMPT_NAMESPACE = 32,
	ATTEMPT_SIGNAL = 64,
};

struct confined {
	int folder;
	char outside[300];
	bool landlock;
};

static int confined_main(void *argument)
{
	const struct confined *confined = argument;
	char *const nothing[] = { NULL };
	auto_error err = { 0 };
	int wrong = 0;

	if (confine_to_folder(confined->folder, &err) < 0) {
		print_message("# %s\n", err.message);
		return 255;
	}
	if (openat(confined->folder, "inside", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0)
		wrong |= ATTEMPT_INSIDE;
	if (confined->landlock && open(confined->outside, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0)
		wrong |= ATTEMPT_OUTSIDE;
	if (confined->landlock && open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0)
		wrong |= ATTEMPT_READ;
	if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || socket(AF_INET, SOCK_STREAM, 0) >= 0)
		wrong |= ATTEMPT_SOCKET;
	if (sys_execveat(AT_FDCWD, "/bin/true", nothing, nothing, 0) == 0 || errno != EPERM)
		wrong |= ATTEMPT_PROGRAM;
	if (unshare(CLONE_NEWUSER) == 0 ||
	    syscall(__NR_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL) >= 0)
		wrong |= ATTEMPT_NAMESPACE;
	if (kill(getppid(), 0) == 0)
		wrong |= ATTEMPT_SIGNAL;
	return wrong;
}

static bool kernel_has_landlock(void)
{
	return syscall(__NR_landlock_create_ruleset, NULL, 0, 1) >= 2;
}

static void the_child_is_confined(void **state)
{
	struct confined confined = { .landlock = kernel_has_landlock() };
	struct process process = PROCESS_NONE;
	auto_error err = { 0 };
	int status = 0;

	if (!confined.landlock)
		print_message("# this kernel has no Landlock: files are not checked\n");
	assert_int_equal(mkdirat(scratch_dir(state), "folder", 0700), 0);
	confined.folder = openat(scratch_dir(state), "folder", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(confined.outside, sizeof(confined.outside), "%s/outside", scratch_path);
	assert_int_equal(process_fork(confined_main, &confined, true, &process, &err), 0);
	assert_int_equal(process_wait(&process, &status, &err), 0);
	assert_int_equal(process_exit_code(status), 0);
	close(confined.folder);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(a_layer_is_unpacked_by_the_child),
		IN_SCRATCH(what_goes_wrong_is_reported),
		IN_SCRATCH(a_killed_child_is_an_error),
		IN_SCRATCH(the_child_is_confined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
