/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running programs of the host. A program starts as if from a clean shell: no
 * blocked or ignored signals of ours, no descriptors but those it is given, and
 * an environment that was chosen. Whether it could be started at all comes
 * back through a pipe that exec closes.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/strings.h"
#include "base/syscalls.h"

#define PROGRAM_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define OUTPUT_SIZE_MAX ((size_t)64 << 10)
#define OUTPUT_TAIL_SIZE 2048
#define EXIT_NO_EXEC 127

static const char *const plain_environment[] = { "LC_ALL=C", "PATH=" PROGRAM_PATH, NULL };

struct start {
	const struct spawn *spawn;
	const char *path;
	int report;	/* the pipe's writing end: an errno, or closed by exec */
};

static bool is_program(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
	       faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

char *process_find_program(const char *program)
{
	auto_release(strings) struct strings directories = { 0 };

	if (program[0] == '/')
		return is_program(program) ? xstrdup(program) : NULL;
	if (!*program || strchr(program, '/'))
		return NULL;
	strings_split(&directories, PROGRAM_PATH, ':');
	for (size_t i = 0; i < directories.count; i++) {
		auto_free char *path = xasprintf("%s/%s", directories.items[i], program);

		if (is_program(path))
			return take_ptr(&path);
	}
	return NULL;
}

/* Descriptors 0 to 2 may be each other's sources, so all are first brought out of the way. */
static int set_standard_fds(const struct spawn *spawn)
{
	int wanted[] = { spawn->stdin_fd, spawn->stdout_fd, spawn->stderr_fd };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return -1;
	for (int i = 0; i < 3; i++) {
		wanted[i] = fcntl(wanted[i] ? wanted[i] : null, F_DUPFD_CLOEXEC, 3);
		if (wanted[i] < 0)
			return -1;
	}
	for (int i = 0; i < 3; i++)
		if (dup2(wanted[i], i) < 0)
			return -1;
	return 0;
}

static int keep_inherited_fds(const struct spawn *spawn)
{
	if (sys_close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return -1;
	for (unsigned int i = 0; i < spawn->inherit_count; i++)
		if (fd_set_cloexec(spawn->inherit[i], false) < 0)
			return -1;
	return 0;
}

/* In the child. */
static int exec_program(void *argument)
{
	const struct start *start = argument;
	const struct spawn *spawn = start->spawn;
	const char *const *environment = spawn->environment;
	int errnum;

	process_reset_signals();
	if (set_standard_fds(spawn) == 0 && keep_inherited_fds(spawn) == 0)
		execve(start->path, (char *const *)spawn->argv,
		       (char *const *)(environment ? environment : plain_environment));
	errnum = errno;
	fd_write_full(start->report, &errnum, sizeof(errnum));
	return EXIT_NO_EXEC;
}

static int no_such_program(const char *program, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "cannot run '%s': no such program", program);
	err->errnum = ENOENT;
	return -1;
}

/* Waits for exec: 0 when the pipe closed, else the errno that the child has sent. */
static int read_report(int report)
{
	int errnum = 0;

	return fd_read_full(report, &errnum, sizeof(errnum)) == sizeof(errnum) ? errnum : 0;
}

int process_spawn(const struct spawn *spawn, struct process *ret_process, struct error *err)
{
	const char *program = spawn->argv[0];
	auto_free char *path = process_find_program(program);
	struct process process = PROCESS_NONE;
	struct start start = { .spawn = spawn, .path = path };
	auto_fd int report = -1;
	int errnum;
	int result;

	if (!path)
		return no_such_program(program, err);
	if (fd_pipe(&report, &start.report, err) < 0)
		return -1;
	result = process_fork(exec_program, &start, spawn->die_with_parent, &process, err);
	close(start.report);
	if (result < 0)
		return error_context(err, "cannot run '%s'", program);
	errnum = read_report(report);
	if (errnum == 0) {
		*ret_process = process;
		return 0;
	}
	process_kill(&process);
	if (errnum == ENOENT)
		return no_such_program(program, err);
	return error_errnum(err, errnum, "cannot run '%s'", program);
}

/* What a program wrote: the beginning for the caller, the end for the error. */
struct output {
	struct buffer head;
	struct buffer tail;
};

static void output_release(struct output *output)
{
	buffer_release(&output->head);
	buffer_release(&output->tail);
}

static void output_add(struct output *output, const char *data, size_t size)
{
	size_t room = OUTPUT_SIZE_MAX - output->head.size;

	buffer_add(&output->head, data, size < room ? size : room);
	buffer_add(&output->tail, data, size);
	if (output->tail.size > OUTPUT_TAIL_SIZE)
		buffer_consume(&output->tail, output->tail.size - OUTPUT_TAIL_SIZE);
}

/* Reads what is there; false at the end. */
static bool read_output(int fd, struct output *output)
{
	char chunk[4096];
	ssize_t got;

	while ((got = read(fd, chunk, sizeof(chunk))) > 0)
		output_add(output, chunk, (size_t)got);
	return got < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Gathers until the output or the program ends: something it left running in the background may
 * hold the pipe open for ever. */
static void gather(int pipe, int pidfd, struct output *output)
{
	struct pollfd waits[] = {
		{ .fd = pipe, .events = POLLIN },
		{ .fd = pidfd, .events = POLLIN },
	};

	while (!waits[1].revents) {
		if (poll(waits, ARRAY_SIZE(waits), -1) < 0) {
			if (errno != EINTR)
				return;
			waits[1].revents = 0;
		} else if (!read_output(pipe, output)) {
			return;
		}
	}
}

/* The last line that is not blank; NULL if there is none. New string, fit for a message. */
static char *last_line(struct buffer *text)
{
	const char *line;

	while (text->size > 0 && strchr(" \t\r\n", text->data[text->size - 1]))
		text->data[--text->size] = '\0';
	if (text->size == 0)
		return NULL;
	line = memrchr(text->data, '\n', text->size);
	return printable(line ? line + 1 : text->data);
}

static int run_failed(const char *program, int status, struct output *output, struct error *err)
{
	auto_free char *line = last_line(&output->tail);
	const char *colon = line ? ": " : "";
	const char *reason = line ? line : "";

	if (WIFSIGNALED(status))
		return error_set(err, ERROR_OTHER, "'%s' was killed by signal %d%s%s", program,
				 WTERMSIG(status), colon, reason);
	return error_set(err, ERROR_OTHER, "'%s' failed with status %d%s%s", program,
			 WEXITSTATUS(status), colon, reason);
}

int process_run(const struct spawn *spawn, struct buffer *output, struct error *err)
{
	auto_release(output) struct output text = { 0 };
	struct process process = PROCESS_NONE;
	struct spawn piped = *spawn;
	auto_fd int reading = -1;
	int writing;
	int result;
	int status;

	if (fd_pipe(&reading, &writing, err) < 0)
		return -1;
	if (!piped.stdout_fd)
		piped.stdout_fd = writing;
	if (!piped.stderr_fd)
		piped.stderr_fd = writing;
	result = process_spawn(&piped, &process, err);
	close(writing);
	if (result < 0)
		return -1;
	if (fd_set_nonblocking(reading, true) == 0)
		gather(reading, process.pidfd, &text);
	if (process_wait(&process, &status, err) < 0)
		return -1;
	if (output && text.head.size > 0 &&
	    buffer_append(output, text.head.data, text.head.size, err) < 0)
		return error_context(err, "output of '%s'", spawn->argv[0]);
	return status == 0 ? 0 : run_failed(spawn->argv[0], status, &text, err);
}
