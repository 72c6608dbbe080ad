/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving bytes between a container, its log and its clients.
 *
 * One chunk is held at a time: it is logged and queued for the clients before the
 * next is read, and nothing is read while a client's queue is full. The program
 * then waits in write(2), as it would with a slow terminal.
 */
#include "engine/supervisor/supervisor-io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/event.h"
#include "base/fd.h"
#include "engine/container.h"
#include "engine/supervisor/attach-server.h"

#define CHUNK_SIZE 16384
/* More than a pipe can hold (fs.pipe-max-size): who goes on writing after the program's end, from
 * outside of its pid namespace, is not waited for. */
#define DRAIN_CHUNKS_MAX 512

void supervisor_io_init(struct supervisor_io *io, struct event_loop *loop)
{
	*io = (struct supervisor_io){ .loop = loop, .input = -1, .terminal = -1,
				      .terminal_peer = -1, .passed = { -1, -1, -1 } };
	for (int i = 0; i < 2; i++)
		io->output[i] = (struct io_stream){ .io = io, .stream = (enum log_stream)i,
						    .fd = -1 };
}

/* A pipe whose end of ours (`ours`: 0 reads, 1 writes) does not block. The program's end stays as
 * programs expect it. */
static int make_pipe(int ours, int *ret_ours, int *ret_child, struct error *err)
{
	if ((ours ? fd_pipe(ret_child, ret_ours, err) : fd_pipe(ret_ours, ret_child, err)) < 0)
		return -1;
	if (fd_set_nonblocking(*ret_ours, true) < 0)
		return error_errno(err, "cannot set up a pipe");
	return 0;
}

static int open_null(int *ret_fd, struct error *err)
{
	*ret_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return *ret_fd < 0 ? error_errno(err, "cannot open '/dev/null'") : 0;
}

/* The driver passthrough: what is 0, 1, 2 at the first start is the program's, at restarts too. */
static int pass_streams(struct supervisor_io *io, const struct container_config *config,
			struct launch_stdio *ret_child, struct error *err)
{
	int copies[3] = { -1, -1, -1 };

	for (int i = 0; i < 3; i++) {
		if (io->passed[i] < 0)
			io->passed[i] = fcntl(i, F_DUPFD_CLOEXEC, 3);
		copies[i] = fcntl(io->passed[i], F_DUPFD_CLOEXEC, 3);
	}
	*ret_child = (struct launch_stdio){ copies[0], copies[1], copies[2] };
	if (copies[0] < 0 || copies[1] < 0 || copies[2] < 0)
		return error_errno(err, "cannot pass our streams on");
	if (config->open_stdin)
		return 0;
	auto_close_fd(&ret_child->in);
	return open_null(&ret_child->in, err);
}

void supervisor_io_release(struct supervisor_io *io)
{
	supervisor_io_close(io);
	for (int i = 0; i < 3; i++) {
		auto_close_fd(&io->passed[i]);
		io->passed[i] = -1;
	}
}

int supervisor_io_prepare(struct supervisor_io *io, const struct container_config *config,
			  struct launch_stdio *ret_child, struct error *err)
{
	*ret_child = (struct launch_stdio){ -1, -1, -1 };
	if (config->tty)
		return 0;
	if (log_driver_is(config, "passthrough"))
		return pass_streams(io, config, ret_child, err);
	if (config->open_stdin ? make_pipe(1, &io->input, &ret_child->in, err) < 0
			       : open_null(&ret_child->in, err) < 0)
		return -1;
	if (make_pipe(0, &io->output[LOG_STDOUT].fd, &ret_child->out, err) < 0)
		return -1;
	return make_pipe(0, &io->output[LOG_STDERR].fd, &ret_child->error, err);
}

void supervisor_io_close_child(struct launch_stdio *child)
{
	auto_close_fd(&child->in);
	auto_close_fd(&child->out);
	auto_close_fd(&child->error);
	*child = (struct launch_stdio){ -1, -1, -1 };
}

static void close_stream(struct io_stream *stream)
{
	event_remove(stream->source);
	stream->source = NULL;
	auto_close_fd(&stream->fd);
	stream->fd = -1;
}

/* Logs and queues one chunk. What the log cannot take (a full disk) is lost, the program goes
 * on. */
static void hand_over(struct io_stream *stream, const char *data, size_t size)
{
	struct supervisor_io *io = stream->io;
	auto_error ignored = { 0 };

	if (io->log)
		log_writer_add(io->log, stream->stream, data, size, &ignored);
	attach_server_output(io->server,
			     stream->stream == LOG_STDOUT ? ATTACH_STDOUT : ATTACH_STDERR, data,
			     size);
}

/* Reads one chunk; whether there may be more. */
static bool take_chunk(struct io_stream *stream)
{
	char data[CHUNK_SIZE];
	ssize_t got = read(stream->fd, data, sizeof(data));

	if (got > 0)
		hand_over(stream, data, (size_t)got);
	else if (got == 0 || (errno != EAGAIN && errno != EINTR)) /* EIO: nobody has the terminal */
		close_stream(stream);
	return got > 0 || (got < 0 && errno == EINTR && stream->fd >= 0);
}

static void watch_outputs(struct supervisor_io *io)
{
	auto_error ignored = { 0 };

	for (int i = 0; i < 2; i++)
		if (io->output[i].source)
			event_change_fd(io->output[i].source, io->paused ? 0 : EPOLLIN, &ignored);
}

static int output_ready(void *argument, int fd, uint32_t events, struct error *err)
{
	struct io_stream *stream = argument;
	struct supervisor_io *io = stream->io;

	(void)fd;
	(void)events;
	(void)err;
	/* EPOLLHUP comes unasked: a pipe that nobody writes to any more stays ready. */
	if (io->paused) {
		event_remove(stream->source);
		stream->source = NULL;
		return 0;
	}
	take_chunk(stream);
	if (!attach_server_has_room(io->server)) {
		io->paused = true;
		watch_outputs(io);
	}
	return 0;
}

static int watch_stream(struct io_stream *stream, struct error *err)
{
	if (stream->fd < 0 || stream->source)
		return 0;
	stream->source = event_add_fd(stream->io->loop, stream->fd, EPOLLIN, output_ready, stream,
				      err);
	return stream->source ? 0 : -1;
}

void supervisor_io_resume(void *argument)
{
	struct supervisor_io *io = argument;
	auto_error ignored = { 0 };

	io->paused = false;
	watch_outputs(io);
	for (int i = 0; i < 2; i++)
		watch_stream(&io->output[i], &ignored);
}

/* The supervisor keeps the terminal's other side open, so that its end is the program's end, not
 * the moment when nobody happens to have it open. */
static int begin_terminal(struct supervisor_io *io, int terminal, struct error *err)
{
	io->terminal = terminal;
	io->terminal_peer = ioctl(terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (io->terminal_peer < 0 || fd_set_nonblocking(terminal, true) < 0)
		return error_errno(err, "cannot set up the container's terminal");
	/* Reading and writing are watched apart: epoll knows a descriptor once only. */
	io->input = fcntl(terminal, F_DUPFD_CLOEXEC, 3);
	io->output[LOG_STDOUT].fd = fcntl(terminal, F_DUPFD_CLOEXEC, 3);
	if (io->input < 0 || io->output[LOG_STDOUT].fd < 0)
		return error_errno(err, "cannot set up the container's terminal");
	return 0;
}

int supervisor_io_begin(struct supervisor_io *io, int terminal, struct error *err)
{
	if (terminal >= 0 && begin_terminal(io, terminal, err) < 0)
		return -1;
	if (watch_stream(&io->output[LOG_STDOUT], err) < 0)
		return -1;
	return watch_stream(&io->output[LOG_STDERR], err);
}

void supervisor_io_drain(struct supervisor_io *io)
{
	for (int i = 0; i < 2; i++) {
		int chunks = 0;

		while (io->output[i].fd >= 0 && chunks++ < DRAIN_CHUNKS_MAX &&
		       take_chunk(&io->output[i]))
			;
		close_stream(&io->output[i]);
	}
}

static void close_input(struct supervisor_io *io)
{
	event_remove(io->input_source);
	io->input_source = NULL;
	auto_close_fd(&io->input);
	io->input = -1;
}

void supervisor_io_close(struct supervisor_io *io)
{
	close_input(io);
	close_stream(&io->output[LOG_STDOUT]);
	close_stream(&io->output[LOG_STDERR]);
	auto_close_fd(&io->terminal);
	auto_close_fd(&io->terminal_peer);
	io->terminal = io->terminal_peer = -1;
	io->paused = false;
}

static int input_ready(void *argument, int fd, uint32_t events, struct error *err)
{
	struct supervisor_io *io = argument;

	(void)fd;
	(void)events;
	(void)err;
	event_remove(io->input_source);
	io->input_source = NULL;
	attach_server_resume_input(io->server);
	return 0;
}

size_t supervisor_io_input(void *argument, const void *data, size_t size)
{
	struct supervisor_io *io = argument;
	auto_error ignored = { 0 };
	ssize_t written;

	if (io->input < 0)
		return size; /* nobody reads: gone, as with a closed pipe */
	do {
		written = write(io->input, data, size);
	} while (written < 0 && errno == EINTR);
	if (written >= 0)
		return (size_t)written;
	if (errno != EAGAIN) {
		close_input(io);
		return size;
	}
	if (!io->input_source)
		io->input_source = event_add_fd(io->loop, io->input, EPOLLOUT, input_ready, io,
						&ignored);
	return 0;
}

void supervisor_io_end_of_input(void *argument)
{
	struct supervisor_io *io = argument;

	if (io->terminal < 0)
		close_input(io);
}

void supervisor_io_resize(void *argument, unsigned short rows, unsigned short columns)
{
	struct supervisor_io *io = argument;
	struct winsize size = { .ws_row = rows, .ws_col = columns };

	if (io->terminal >= 0 && ioctl(io->terminal, TIOCSWINSZ, &size) == 0 && io->resized)
		io->resized(io->owner, rows, columns);
}
