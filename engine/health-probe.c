/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running one check. A child does it, so that whatever it takes is gone with it; it ends as the
 * program does, and by a signal when that was too slow.
 */
#include "engine/health.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "engine/container.h"
#include "engine/exec.h"
#include "engine/spec-build.h"

#define OUTPUT_SIZE_DEFAULT 4096
#define NS_PER_MS 1000000
#define EXIT_NOT_STARTED 126

struct probe_request {
	const struct container *container;
	const struct healthcheck *check;
	int output;
};

/* {"CMD", "a", "b"} -> a b; {"CMD-SHELL", "a b"} -> /bin/sh -c "a b". */
static void build_command(const struct healthcheck *check, struct strings *ret_command)
{
	if (strcmp(check->test.items[0], "CMD-SHELL") == 0) {
		strings_add(ret_command, "/bin/sh");
		strings_add(ret_command, "-c");
	}
	for (size_t i = 1; i < check->test.count; i++)
		strings_add(ret_command, check->test.items[i]);
}

/* Nothing of the supervisor's is held open while a check runs: its clients wait for the end of
 * their connections. */
static void close_others(int output)
{
	if (output > 3)
		sys_close_range(3, (unsigned int)output - 1, 0);
	sys_close_range((unsigned int)output + 1, UINT_MAX, 0);
}

static int run_probe(const struct probe_request *request, struct process *process,
		     struct error *err)
{
	auto_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const struct launch_stdio stdio = { null, request->output, request->output };
	struct exec_options options = { 0 };
	int terminal = -1;
	int result;

	if (null < 0)
		return error_errno(err, "cannot open '/dev/null'");
	build_command(request->check, &options.command);
	result = exec_start(request->container, &options, &stdio, process, &terminal, err);
	strings_release(&options.command);
	return result;
}

static int probe_main(void *argument)
{
	const struct probe_request *request = argument;
	int64_t timeout = health_timeout(request->check) / NS_PER_MS;
	struct process process = PROCESS_NONE;
	auto_error err = { 0 };
	struct pollfd end = { .events = POLLIN };
	int status;

	close_others(request->output);
	if (run_probe(request, &process, &err) < 0) {
		dprintf(request->output, "%s", err.message ? err.message : "");
		return EXIT_NOT_STARTED;
	}
	end.fd = process.pidfd;
	if (poll(&end, 1, timeout < INT_MAX ? (int)timeout : INT_MAX) <= 0) {
		process_kill(&process);
		raise(SIGKILL);
	}
	return process_wait(&process, &status, &err) < 0 ? EXIT_NOT_STARTED
							 : process_exit_code(status);
}

int health_probe_start(const struct container *container, struct health_probe *ret_probe,
		       struct error *err)
{
	struct probe_request request = { .container = container,
					 .check = health_current_check(container) };
	struct health_probe probe = {
		.process = PROCESS_NONE,
		.start_ns = clock_now(),
		.is_startup = request.check == &container->config.startup_check,
	};
	auto_fd int writing = -1;
	int started;

	if (fd_pipe(&probe.output, &writing, err) < 0)
		return -1;
	fd_set_nonblocking(probe.output, true);
	request.output = writing;
	started = process_fork(probe_main, &request, true, &probe.process, err);
	if (started < 0) {
		auto_close_fd(&probe.output);
		return -1;
	}
	*ret_probe = probe;
	return 0;
}

bool health_probe_read(struct health_probe *probe, const struct container *container)
{
	size_t max = container->config.health_log_size ? container->config.health_log_size
						       : OUTPUT_SIZE_DEFAULT;
	char chunk[1024];
	ssize_t got;

	while ((got = read(probe->output, chunk, sizeof(chunk))) > 0) {
		size_t room = max - probe->text.size;

		buffer_add(&probe->text, chunk, (size_t)got < room ? (size_t)got : room);
	}
	return got < 0 && (errno == EAGAIN || errno == EINTR);
}

static void tell_timeout(struct health_probe *probe, const struct container *container)
{
	const struct healthcheck *check = probe->is_startup ? &container->config.startup_check
							    : &container->config.healthcheck;
	auto_release(buffer) struct buffer printed = probe->text;
	double seconds = (double)health_timeout(check) / (double)NS_PER_SECOND;

	probe->text = (struct buffer){ 0 };
	buffer_printf(&probe->text, "Health check exceeded timeout (%gs)", seconds);
	if (printed.size > 0)
		buffer_printf(&probe->text, ": %s", printed.data);
}

int health_probe_end(struct health_probe *probe, const struct container *container, bool kill)
{
	auto_error ignored = { 0 };
	int status = SIGKILL;

	if (kill)
		process_kill(&probe->process);
	else
		process_wait(&probe->process, &status, &ignored);
	health_probe_read(probe, container);
	auto_close_fd(&probe->output);
	probe->output = -1;
	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	tell_timeout(probe, container);
	return HEALTH_EXIT_TIMEOUT;
}
