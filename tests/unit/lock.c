/* SPDX-License-Identifier: Apache-2.0 */
/* Locks exclude others, and survive the removal of the file they are on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/lock.h"
#include "scratch.h"

static void exclusive_lock_excludes(void **state)
{
	int dir = scratch_dir(state);
	struct error err = { 0 };
	auto_fd int held = lock_wait(dir, "lock", LOCK_EXCLUSIVE, &err);
	struct stat info;

	assert_true(held >= 0);
	assert_int_equal(fstat(held, &info), 0);
	assert_int_equal(info.st_mode, S_IFREG | 0600);
	assert_int_equal(lock_try(dir, "lock", LOCK_EXCLUSIVE, &err), -1);
	assert_int_equal(err.kind, ERROR_BUSY);
	assert_int_equal(lock_try(dir, "lock", LOCK_SHARED, &err), -1);
	assert_int_equal(err.kind, ERROR_BUSY);
	close(take_fd(&held));
	held = lock_try(dir, "lock", LOCK_EXCLUSIVE, &err);
	assert_true(held >= 0);
	error_release(&err);
}

static void shared_locks_go_together(void **state)
{
	int dir = scratch_dir(state);
	struct error err = { 0 };
	auto_fd int first = lock_wait(dir, "lock", LOCK_SHARED, &err);
	auto_fd int second = lock_try(dir, "lock", LOCK_SHARED, &err);

	assert_true(first >= 0 && second >= 0);
	assert_int_equal(lock_try(dir, "lock", LOCK_EXCLUSIVE, &err), -1);
	error_release(&err);
}

static void lock_file_is_not_followed(void **state)
{
	int dir = scratch_dir(state);
	struct error err = { 0 };

	assert_int_equal(symlinkat("elsewhere", dir, "lock"), 0);
	assert_int_equal(lock_wait(dir, "lock", LOCK_EXCLUSIVE, &err), -1);
	assert_false(file_exists(dir, "elsewhere"));
	assert_int_equal(lock_wait(dir, "none/lock", LOCK_EXCLUSIVE, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	error_release(&err);
}

/* Waits for the lock, tells that it has it, and is killed with it. */
static void take_in_child(int dir, int ready)
{
	struct error err = { 0 };

	if (write(ready, "s", 1) != 1 || lock_wait(dir, "lock", LOCK_EXCLUSIVE, &err) < 0)
		_exit(1);
	_exit(write(ready, "l", 1) != 1);
}

static void waiting_survives_the_removal_of_the_file(void **state)
{
	int dir = scratch_dir(state);
	struct error err = { 0 };
	auto_fd int held = lock_wait(dir, "lock", LOCK_EXCLUSIVE, &err);
	int status = -1;
	int ready[2];
	char c = 0;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		close(held); /* the lock ends with the last descriptor of it */
		take_in_child(dir, ready[1]);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(unlinkat(dir, "lock", 0), 0);
	close(take_fd(&held));
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(c, 'l');
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_true(file_exists(dir, "lock")); /* it made the file anew */
	close(ready[0]);
	close(ready[1]);
}

/* Becomes a command with a password in its options while it holds the lock. */
static void hold_as_command(int dir, const int ready[2], const int until[2])
{
	struct error err = { 0 };
	int held = lock_wait(dir, "lock", LOCK_EXCLUSIVE, &err);

	if (held < 0 || fcntl(held, F_SETFD, 0) < 0 || dup2(until[0], 0) < 0 ||
	    dup2(ready[1], 1) < 0)
		_exit(1);
	close(until[1]);
	execl("/bin/sh", "sh", "-c", "echo; read x", "--creds", "me:hush", NULL);
	_exit(1);
}

static void a_holder_is_named_without_its_options(void **state)
{
	int dir = scratch_dir(state);
	struct error err = { 0 };
	auto_free char *holder = NULL;
	auto_fd int file = -1;
	int ready[2], until[2];
	char c = 0;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(until, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		hold_as_command(dir, ready, until);
	assert_int_equal(read(ready[0], &c, 1), 1);
	file = openat(dir, "lock", O_RDONLY | O_CLOEXEC);
	assert_true(file >= 0);
	assert_int_equal(lock_try(dir, "lock", LOCK_EXCLUSIVE, &err), -1);
	error_release(&err);
	holder = lock_holder(file);
	close(until[1]);
	waitpid(pid, NULL, 0);
	assert_non_null(holder);
	assert_non_null(strstr(holder, "(sh)"));
	assert_null(strstr(holder, "hush"));
	close(until[0]);
	close(ready[0]);
	close(ready[1]);
}

#define SCRATCH_TEST(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(exclusive_lock_excludes),
		SCRATCH_TEST(shared_locks_go_together),
		SCRATCH_TEST(lock_file_is_not_followed),
		SCRATCH_TEST(waiting_survives_the_removal_of_the_file),
		SCRATCH_TEST(a_holder_is_named_without_its_options),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
