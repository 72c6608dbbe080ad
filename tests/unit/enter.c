/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that come into a running container, and containers that share its namespaces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>

#include "tests/unit/container-checks.h"

#include "base/auto.h"
#include "base/strings.h"

/* A container that runs until its standard input ends. */
struct running {
	struct process process;
	int input, output;
};

static struct running start_holding(void)
{
	const char *const args[] = { "/bin/readback", "hold", NULL };
	struct running running = { .process = PROCESS_NONE };
	int in[2], out[2], terminal;
	struct launch *launch;

	fixture_command(&fixture, args);
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	launch = launch_begin(&fixture.spec, &(struct launch_stdio){ in[0], out[1], out[1] },
			      &fixture.err);
	if (!launch || launch_start(launch, &running.process, &terminal, &fixture.err) < 0)
		fail_msg("%s", fixture.err.message);
	launch_free(launch);
	close(in[0]);
	close(out[1]);
	running.input = in[1];
	running.output = out[0];
	return running;
}

static void stop_holding(struct running *running)
{
	int status;

	close(running->input);
	assert_int_equal(process_wait(&running->process, &status, &fixture.err), 0);
	assert_int_equal(status, 0);
	close(running->output);
}

static void enter_running(struct running *running, const struct process_spec *process,
			  struct buffer *output, int expected_status)
{
	struct enter_request request = {
		.init_pidfd = running->process.pidfd, .init_pid = running->process.pid,
		.process = process,
	};
	struct process entered = PROCESS_NONE;
	int pipes[2], terminal, status;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	if (enter_start(&request, &(struct launch_stdio){ null, pipes[1], pipes[1] }, &entered,
			&terminal, &fixture.err) < 0)
		fail_msg("%s", fixture.err.message);
	close(pipes[1]);
	fd_read_all(terminal >= 0 ? terminal : pipes[0], "output", output, &fixture.err);
	error_release(&fixture.err);
	assert_int_equal(process_wait(&entered, &status, &fixture.err), 0);
	assert_int_equal(process_exit_code(status), expected_status);
	close(pipes[0]);
	close(null);
	close(terminal);
}

static void entered_process_is_confined_alike(void **state)
{
	auto_release(process_spec) struct process_spec process = {
		.capabilities = CAPABILITIES_DEFAULT, .umask = 0022,
	};
	auto_release(buffer) struct buffer output = { 0 };
	struct running running;
	json_t *json;
	char *fds;

	(void)state;
	if (!can_launch())
		skip();
	running = start_holding();
	strings_add(&process.args, "readback");
	process.user = xstrdup("1:2");
	process.cwd = xstrdup("/tmp");
	enter_running(&running, &process, &output, 0);
	json = json_loads(output.data, 0, NULL);
	assert_non_null(json);
	fds = json_dumps(json_object_get(json, "fds"), JSON_COMPACT);
	assert_string_equal(fds, "[0,1,2]");
	free(fds);
	assert_text(json, "CapInh", "0000000000000000");
	assert_text(json, "CapEff", "0000000000000000");
	assert_text(json, "CapBnd", "00000000a80425fb");
	assert_text(json, "Seccomp", "2");
	assert_text(json, "Uid", "1 1 1 1");
	assert_text(json, "Groups", "2");
	assert_text(json, "cwd", "/tmp");
	assert_text(json, "hostname", "box");
	assert_false(same_namespace(json, "pid"));
	assert_false(same_namespace(json, "mnt"));
	json_decref(json);
	stop_holding(&running);
}

static void entered_process_has_its_status_and_errors(void **state)
{
	auto_release(process_spec) struct process_spec process = {
		.capabilities = CAPABILITIES_DEFAULT, .umask = 0022,
	};
	auto_release(buffer) struct buffer output = { 0 };
	struct process entered;
	struct enter_request request = { .process = &process };
	struct running running;
	int terminal;

	(void)state;
	if (!can_launch())
		skip();
	running = start_holding();
	strings_split(&process.args, "sh -c exit\t9", ' ');
	process.args.items[2][4] = ' ';
	enter_running(&running, &process, &output, 9);
	replace_string(&process.args.items[0], "nosuch");
	request.init_pid = running.process.pid;
	request.init_pidfd = running.process.pidfd;
	assert_int_equal(enter_start(&request, &(struct launch_stdio){ 0, 1, 2 }, &entered,
				     &terminal, &fixture.err), -1);
	assert_int_equal(fixture.err.kind, ERROR_COMMAND_NOT_FOUND);
	replace_string(&process.args.items[0], "sh");
	process.cwd = xstrdup("/proc/self/fd/5");
	assert_int_equal(enter_start(&request, &(struct launch_stdio){ 0, 1, 2 }, &entered,
				     &terminal, &fixture.err), -1);
	assert_non_null(strstr(fixture.err.message, "working directory"));
	stop_holding(&running);
}

static void entered_process_has_a_terminal(void **state)
{
	auto_release(process_spec) struct process_spec process = {
		.capabilities = CAPABILITIES_DEFAULT, .umask = 0022, .terminal = true,
	};
	auto_release(buffer) struct buffer output = { 0 };
	struct running running;

	(void)state;
	if (!can_launch())
		skip();
	running = start_holding();
	strings_split(&process.args, "busybox tty", ' ');
	enter_running(&running, &process, &output, 0);
	assert_string_equal(output.data, "/dev/pts/0\r\n");
	stop_holding(&running);
}

/* Health checks that take too long are ended this way. */
static void killing_the_helper_kills_the_program(void **state)
{
	auto_release(process_spec) struct process_spec process = {
		.capabilities = CAPABILITIES_DEFAULT, .umask = 0022,
	};
	struct enter_request request = { .process = &process };
	struct process entered = PROCESS_NONE;
	struct running running;
	int pipes[2], terminal;
	char byte;

	(void)state;
	if (!can_launch())
		skip();
	running = start_holding();
	request.init_pid = running.process.pid;
	request.init_pidfd = running.process.pidfd;
	strings_split(&process.args, "sleep 1000", ' ');
	process.user = xstrdup("7:8");
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	assert_int_equal(enter_start(&request, &(struct launch_stdio){ 0, pipes[1], pipes[1] },
				     &entered, &terminal, &fixture.err), 0);
	close(pipes[1]);
	process_kill(&entered);
	/* The pipe ends when the program has gone. */
	assert_int_equal(read(pipes[0], &byte, 1), 0);
	close(pipes[0]);
	stop_holding(&running);
}

/* Shares all that can be shared with a running container. */
static void namespaces_of_another_container_are_joined(void **state)
{
	struct namespace_spec *joined[] = {
		&fixture.spec.pid_ns, &fixture.spec.net_ns, &fixture.spec.ipc_ns,
		&fixture.spec.uts_ns,
	};
	static const char *const names[] = { "pid", "net", "ipc", "uts" };
	struct running running;
	json_t *json;

	(void)state;
	if (!can_launch())
		skip();
	running = start_holding();
	for (size_t i = 0; i < ARRAY_SIZE(joined); i++) {
		auto_free char *path = xasprintf("/proc/%d/ns/%s", (int)running.process.pid,
						 names[i]);

		joined[i]->mode = NAMESPACE_JOIN;
		joined[i]->fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	replace_string(&fixture.spec.hostname, NULL);
	/* An upper directory serves one mount at a time. */
	close(fixture.spec.upper);
	close(fixture.spec.work);
	fixture.spec.upper = fixture_dir(fixture.dir, "upper2");
	fixture.spec.work = fixture_dir(fixture.dir, "work2");
	json = readback();
	assert_text(json, "hostname", "box");
	assert_int_equal(json_integer_value(json_object_get(json, "pid")), 2);
	json_decref(json);
	/* What this process makes from now on is in its own pid namespace again. */
	joined[0]->mode = NAMESPACE_NEW;
	json = readback();
	assert_int_equal(json_integer_value(json_object_get(json, "pid")), 1);
	json_decref(json);
	for (size_t i = 0; i < ARRAY_SIZE(joined); i++)
		close(joined[i]->fd);
	stop_holding(&running);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAUNCH_TEST(entered_process_is_confined_alike),
		LAUNCH_TEST(entered_process_has_its_status_and_errors),
		LAUNCH_TEST(entered_process_has_a_terminal),
		LAUNCH_TEST(killing_the_helper_kills_the_program),
		LAUNCH_TEST(namespaces_of_another_container_are_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
