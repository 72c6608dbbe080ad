/* SPDX-License-Identifier: Apache-2.0 */
/* Children, programs of the host, and knowing a process again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/process.h"

static int exit_with(void *argument)
{
	return *(int *)argument;
}

static int wait_for_ever(void *argument)
{
	(void)argument;
	while (pause() < 0)
		;
	return 0;
}

static void child_gives_its_status(void **state)
{
	struct process process = PROCESS_NONE;
	struct error err = { 0 };
	int status = -1;
	int wanted = 42;

	(void)state;
	assert_int_equal(process_fork(exit_with, &wanted, false, &process, &err), 0);
	assert_true(process.pid > 0 && process.pidfd >= 0);
	assert_int_equal(process_wait(&process, &status, &err), 0);
	assert_int_equal(process_exit_code(status), 42);
	assert_int_equal(process.pid, 0);
	assert_int_equal(process.pidfd, -1);
}

static void child_is_cloned_into_namespaces(void **state)
{
	struct process process = PROCESS_NONE;
	struct error err = { 0 };
	int status = -1;
	int wanted = 7;

	(void)state;
	assert_int_equal(process_clone(0, -1, exit_with, &wanted, &process, &err), 0);
	assert_int_equal(process_wait(&process, &status, &err), 0);
	assert_int_equal(process_exit_code(status), 7);
	assert_int_equal(process_clone(CLONE_NEWNS | CLONE_FS, -1, exit_with, &wanted, &process,
				       &err), -1);
	assert_true(error_is_errno(&err, EINVAL));
	error_release(&err);
}

static void killed_child_is_reaped(void **state)
{
	struct process process = PROCESS_NONE;
	struct error err = { 0 };
	pid_t pid;

	(void)state;
	assert_int_equal(process_fork(wait_for_ever, NULL, true, &process, &err), 0);
	pid = process.pid;
	process_kill(&process);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(process.pid, 0);
	process_kill(&process); /* none is fine */
	assert_int_equal(process_exit_code(SIGKILL), 137);
}

/* Makes a grandchild that dies with it, tells its pid, and dies. */
static int leave_orphan(void *argument)
{
	struct process process = PROCESS_NONE;
	struct error err = { 0 };
	int out = *(int *)argument;

	if (process_fork(wait_for_ever, NULL, true, &process, &err) < 0)
		return 1;
	if (write(out, &process.pid, sizeof(process.pid)) != sizeof(process.pid))
		return 1;
	return 0;
}

static void child_dies_with_its_parent(void **state)
{
	struct process process = PROCESS_NONE;
	struct error err = { 0 };
	int status = -1;
	int ends[2];
	pid_t orphan;
	char c;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(process_fork(leave_orphan, &ends[1], false, &process, &err), 0);
	close(ends[1]);
	assert_int_equal(process_wait(&process, &status, &err), 0);
	assert_int_equal(status, 0);
	assert_int_equal(read(ends[0], &orphan, sizeof(orphan)), sizeof(orphan));
	/* The orphan holds the pipe's other end: its death ends the wait. */
	assert_int_equal(read(ends[0], &c, 1), 0);
	close(ends[0]);
}

static void program_is_found_in_the_fixed_path(void **state)
{
	auto_free char *sh = NULL;

	(void)state;
	setenv("PATH", "/nonexistent", 1);
	sh = process_find_program("sh");
	assert_non_null(sh);
	assert_int_equal(sh[0], '/');
	assert_null(process_find_program("no-such-program-here"));
	assert_null(process_find_program("../bin/sh"));
	assert_null(process_find_program(""));
	assert_null(process_find_program("/etc/passwd"));
	assert_null(process_find_program("/bin"));
}

static int run(const char *script, struct buffer *output, struct error *err)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct spawn spawn = { .argv = argv };

	return process_run(&spawn, output, err);
}

static void output_is_gathered(void **state)
{
	auto_release(buffer) struct buffer output = { 0 };
	struct error err = { 0 };

	(void)state;
	setenv("LEAKED", "1", 1);
	assert_int_equal(run("echo out; echo err >&2; cat; echo $LEAKED.$LC_ALL", &output, &err),
			 0);
	assert_string_equal(output.data, "out\nerr\n.C\n");
	assert_int_equal(run("true", NULL, &err), 0);
}

static void failure_carries_the_last_line(void **state)
{
	static const struct {
		const char *script;
		const char *message;
	} cases[] = {
		{ "echo first; echo why >&2; exit 3", "'sh' failed with status 3: why" },
		{ "printf 'no newline'; exit 1", "'sh' failed with status 1: no newline" },
		{ "printf 'a\\n\\033[31mred\\n\\n \\n'; exit 1",
		  "'sh' failed with status 1: \\x1b[31mred" },
		{ "exit 9", "'sh' failed with status 9" },
		{ "kill -KILL $$", "'sh' was killed by signal 9" },
		{ "head -c 300000 /dev/zero | tr '\\0' x; echo; echo last; exit 1",
		  "'sh' failed with status 1: last" },
	};
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(run(cases[i].script, NULL, &err), -1);
		assert_string_equal(err.message, cases[i].message);
	}
	error_release(&err);
}

static void output_is_bounded(void **state)
{
	auto_release(buffer) struct buffer output = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(run("head -c 1000000 /dev/zero", &output, &err), 0);
	assert_int_equal(output.size, 65536);
}

static void background_job_does_not_hold_us(void **state)
{
	auto_release(buffer) struct buffer output = { 0 };
	struct error err = { 0 };
	pid_t pid;

	(void)state;
	assert_int_equal(run("sleep 1000 & echo $!", &output, &err), 0);
	pid = (pid_t)strtol(output.data, NULL, 10);
	assert_true(pid > 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
}

static void missing_program_is_not_found(void **state)
{
	const char *const argv[] = { "no-such-program-here", NULL };
	struct spawn spawn = { .argv = argv };
	struct process process = PROCESS_NONE;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(process_spawn(&spawn, &process, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_string_equal(err.message, "cannot run 'no-such-program-here': no such program");
	error_release(&err);
}

static void failing_exec_is_told(void **state)
{
	char path[] = "/tmp/proa-unit-XXXXXX";
	auto_fd int fd = mkstemp(path);
	const char *const argv[] = { path, NULL };
	struct spawn spawn = { .argv = argv };
	struct process process = PROCESS_NONE;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(fchmod(fd, 0755), 0);
	assert_int_equal(write(fd, "neither", 7), 7);
	close(take_fd(&fd));
	assert_int_equal(process_spawn(&spawn, &process, &err), -1);
	assert_true(error_is_errno(&err, ENOEXEC));
	assert_int_equal(process.pid, 0);
	unlink(path);
	error_release(&err);
}

/* What the program sees: its descriptors, blocked and ignored signals. */
static void program_starts_clean(void **state)
{
	auto_release(buffer) struct buffer output = { 0 };
	auto_free char *script = NULL;
	struct error err = { 0 };
	sigset_t set;
	int leaked[2];
	int kept[2];

	(void)state;
	assert_int_equal(pipe(leaked), 0);
	assert_int_equal(pipe(kept), 0);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	script = xasprintf("cd /proc/$$/fd; test -e %d && echo kept; test -e %d || echo closed",
			   kept[0], leaked[0]);
	{
		/* Without a shell between, which may block signals while it forks. */
		const char *const argv[] = {
			"grep", "-c", "^Sig\\(Blk\\|Ign\\):.0000000000000000$",
			"/proc/self/status", NULL,
		};
		struct spawn spawn = { .argv = argv };

		assert_int_equal(process_run(&spawn, &output, &err), 0);
	}
	{
		const char *const argv[] = { "sh", "-c", script, NULL };
		struct spawn spawn = { .argv = argv, .inherit = &kept[0], .inherit_count = 1 };

		assert_int_equal(process_run(&spawn, &output, &err), 0);
	}
	assert_string_equal(output.data, "2\nkept\nclosed\n");
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	signal(SIGPIPE, SIG_DFL);
	for (int i = 0; i < 2; i++) {
		close(leaked[i]);
		close(kept[i]);
	}
}

/* In a process whose own 0 to 2 are closed, so that pipes get these numbers. */
static int swap_outputs(void *argument)
{
	const char *const argv[] = { "sh", "-c", "echo out; echo err >&2", NULL };
	struct spawn spawn = { .argv = argv, .stdout_fd = 2, .stderr_fd = 1 };
	struct process process = PROCESS_NONE;
	struct error err = { 0 };
	int *ends = argument;
	int status;

	close(0);
	if (dup2(ends[0], 1) < 0 || dup2(ends[1], 2) < 0)
		return 1;
	if (process_spawn(&spawn, &process, &err) < 0 || process_wait(&process, &status, &err) < 0)
		return 1;
	return process_exit_code(status);
}

static void standard_descriptors_can_be_swapped(void **state)
{
	struct process process = PROCESS_NONE;
	struct error err = { 0 };
	char text[8] = "";
	int first[2];
	int second[2];
	int ends[2];
	int status;

	(void)state;
	assert_int_equal(pipe2(first, O_CLOEXEC), 0);
	assert_int_equal(pipe2(second, O_CLOEXEC), 0);
	ends[0] = first[1];
	ends[1] = second[1];
	assert_int_equal(process_fork(swap_outputs, ends, false, &process, &err), 0);
	assert_int_equal(process_wait(&process, &status, &err), 0);
	assert_int_equal(status, 0);
	assert_int_equal(read(first[0], text, sizeof(text)), 4);
	assert_memory_equal(text, "err\n", 4);
	assert_int_equal(read(second[0], text, sizeof(text)), 4);
	assert_memory_equal(text, "out\n", 4);
	for (int i = 0; i < 2; i++) {
		close(first[i]);
		close(second[i]);
	}
}

static void process_is_known_again(void **state)
{
	struct process_identity identity;
	struct process_identity other;
	struct process process = PROCESS_NONE;
	struct pollfd end = { .events = POLLIN };
	struct error err = { 0 };
	auto_fd int found = -1;

	(void)state;
	assert_int_equal(process_fork(wait_for_ever, NULL, true, &process, &err), 0);
	assert_int_equal(process_identify(process.pid, &identity, &err), 0);
	assert_int_equal(strlen(identity.boot_id), 36);
	assert_true(identity.start_time > 0);
	found = process_find(&identity);
	assert_true(found >= 0);
	other = identity;
	other.start_time++;
	assert_int_equal(process_find(&other), -1);
	other = identity;
	other.boot_id[0] ^= 1;
	assert_int_equal(process_find(&other), -1);
	other = (struct process_identity){ 0 };
	assert_int_equal(process_find(&other), -1);
	kill(process.pid, SIGKILL);
	end.fd = process.pidfd;
	assert_int_equal(poll(&end, 1, -1), 1);
	assert_int_equal(process_find(&identity), -1); /* a zombie */
	process_kill(&process);
	assert_int_equal(process_find(&identity), -1);
	assert_int_equal(process_identify(identity.pid, &other, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	error_release(&err);
}

/* A name that looks like the end of the field and the fields behind it. */
static int rename_and_wait(void *argument)
{
	int *ends = argument;
	FILE *comm = fopen("/proc/self/comm", "w");

	if (!comm || fputs(") R 1 (x", comm) < 0 || fclose(comm) != 0)
		return 1;
	if (write(ends[1], "r", 1) != 1)
		return 1;
	return wait_for_ever(NULL);
}

static void odd_command_name_does_not_confuse(void **state)
{
	struct process process = PROCESS_NONE;
	struct process_identity before;
	struct process_identity after;
	struct error err = { 0 };
	int ends[2];
	char c;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(process_fork(rename_and_wait, ends, true, &process, &err), 0);
	assert_int_equal(process_identify(process.pid, &before, &err), 0);
	assert_int_equal(read(ends[0], &c, 1), 1);
	assert_int_equal(process_identify(process.pid, &after, &err), 0);
	assert_true(before.start_time == after.start_time);
	process_kill(&process);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(child_gives_its_status),
		cmocka_unit_test(child_is_cloned_into_namespaces),
		cmocka_unit_test(killed_child_is_reaped),
		cmocka_unit_test(child_dies_with_its_parent),
		cmocka_unit_test(program_is_found_in_the_fixed_path),
		cmocka_unit_test(output_is_gathered),
		cmocka_unit_test(failure_carries_the_last_line),
		cmocka_unit_test(output_is_bounded),
		cmocka_unit_test(background_job_does_not_hold_us),
		cmocka_unit_test(missing_program_is_not_found),
		cmocka_unit_test(failing_exec_is_told),
		cmocka_unit_test(program_starts_clean),
		cmocka_unit_test(standard_descriptors_can_be_swapped),
		cmocka_unit_test(process_is_known_again),
		cmocka_unit_test(odd_command_name_does_not_confuse),
	};

	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
