/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop. Nothing blocks but poll(2): while the user's output takes no more, his
 * signals still get through. Standard output is not ours to make non-blocking (it is
 * shared with the shell), so that pieces of PIPE_BUF are written once poll says that they fit.
 */
#include "engine/supervisor/pump.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "engine/supervisor/attach-protocol.h"
#include "engine/supervisor/detach-keys.h"
#include "engine/supervisor/terminal.h"

#define DETACH_KEYS_DEFAULT "ctrl-p,ctrl-q"
#define INPUT_SIZE 8192
#define OUTPUT_SIZE 32768
#define CODE_VANISHED 137

/* Never forwarded: ours, or sent by the kernel for a fault of ours. */
static const int own_signals[] = { SIGCHLD, SIGPIPE, SIGURG, SIGSEGV, SIGBUS,  SIGFPE, SIGILL,
				   SIGTRAP, SIGABRT, SIGSYS, SIGKILL, SIGSTOP };
/* Without forwarding these end us, after the terminal was given back. */
static const int fatal_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

struct pump {
	const struct pump_peer *peer;
	const struct attach_options *options;
	struct detach_matcher keys;
	int signals;
	bool stdin_open;
	bool resize;		/* the user's terminal has another size */
	bool ended, detached;
	bool coded;		/* the exit code was told */
	int exit_code;

	uint8_t input[ATTACH_HEADER_SIZE + INPUT_SIZE + DETACH_KEYS_MAX];	/* to the peer */
	size_t input_at, input_size;

	uint8_t received[OUTPUT_SIZE];	/* from the peer; worked off from `at` on */
	size_t received_at, received_size;
	struct attach_header frame;
	size_t frame_left;
	const uint8_t *output;		/* a part of `received`, to output_fd */
	size_t output_size;
	int output_fd;
};

static bool contains(const int *signals, size_t count, int number)
{
	for (size_t i = 0; i < count; i++)
		if (signals[i] == number)
			return true;
	return false;
}

static void choose_signals(const struct attach_options *options, sigset_t *set)
{
	sigemptyset(set);
	for (int number = 1; number < NSIG; number++) {
		bool wanted = contains(fatal_signals, ARRAY_SIZE(fatal_signals), number) ||
			      (options->tty && number == SIGWINCH);

		if (options->sig_proxy)
			wanted = !contains(own_signals, ARRAY_SIZE(own_signals), number);
		if (wanted)
			sigaddset(set, number); /* those of libc itself are refused */
	}
}

static int use_keys(struct pump *pump, struct error *err)
{
	const char *text = pump->options->detach_keys;

	if (!pump->options->tty || !pump->options->stdin_attached)
		return 0;
	return detach_keys_parse(is_empty(text) ? DETACH_KEYS_DEFAULT : text, pump->keys.keys,
				 &pump->keys.count, err);
}

/* Puts a frame's header before `size` bytes that stand at the content's place. */
static void queue_input(struct pump *pump, enum attach_frame type, size_t size)
{
	pump->input_at = ATTACH_HEADER_SIZE;
	if (pump->peer->framed) {
		attach_header_format(type, (uint32_t)size, pump->input);
		pump->input_at = 0;
	}
	pump->input_size = ATTACH_HEADER_SIZE + size;
}

static void queue_resize(struct pump *pump)
{
	unsigned short rows, columns;
	uint8_t *content = pump->input + ATTACH_HEADER_SIZE;

	pump->resize = false;
	if (!terminal_size(STDIN_FILENO, &rows, &columns) &&
	    !terminal_size(STDOUT_FILENO, &rows, &columns))
		return;
	if (!pump->peer->framed) {
		terminal_set_size(pump->peer->fd, rows, columns);
		return;
	}
	content[0] = (uint8_t)(rows >> 8);
	content[1] = (uint8_t)rows;
	content[2] = (uint8_t)(columns >> 8);
	content[3] = (uint8_t)columns;
	queue_input(pump, ATTACH_RESIZE, 4);
}

static void end_stdin(struct pump *pump)
{
	pump->stdin_open = false;
	if (pump->peer->framed)
		queue_input(pump, ATTACH_STDIN, 0);
}

static void read_stdin(struct pump *pump)
{
	uint8_t typed[INPUT_SIZE];
	ssize_t got = read(STDIN_FILENO, typed, sizeof(typed));
	size_t size;

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got <= 0) {
		end_stdin(pump);
		return;
	}
	pump->detached = detach_matcher_filter(&pump->keys, typed, (size_t)got,
					       pump->input + ATTACH_HEADER_SIZE, &size);
	if (size > 0)
		queue_input(pump, ATTACH_STDIN, size);
}

/* A peer that takes no more input may still have output. */
static void send_input(struct pump *pump)
{
	const uint8_t *data = pump->input + pump->input_at;
	size_t size = pump->input_size - pump->input_at;
	ssize_t sent = pump->peer->framed
			       ? send(pump->peer->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT)
			       : write(pump->peer->fd, data, size);

	if (sent >= 0)
		pump->input_at += (size_t)sent;
	else if (errno != EAGAIN && errno != EINTR)
		pump->input_at = pump->input_size;
}

static void receive(struct pump *pump)
{
	ssize_t got = read(pump->peer->fd, pump->received, sizeof(pump->received));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		pump->ended = true;
		return;
	}
	pump->received_at = 0;
	pump->received_size = (size_t)got;
}

/* The bytes of one frame's header may come apart. */
static bool take_header(struct pump *pump, struct error *err)
{
	size_t left = pump->received_size - pump->received_at;
	uint8_t header[ATTACH_HEADER_SIZE];
	ssize_t got;

	if (left < sizeof(header)) {
		memcpy(header, pump->received + pump->received_at, left);
		got = fd_read_full(pump->peer->fd, header + left, sizeof(header) - left);
		pump->received_at = pump->received_size;
		if (got != (ssize_t)(sizeof(header) - left)) {
			pump->ended = true;
			return false;
		}
	} else {
		memcpy(header, pump->received + pump->received_at, sizeof(header));
		pump->received_at += sizeof(header);
	}
	if (attach_header_parse(header, &pump->frame, err) < 0)
		return false;
	pump->frame_left = pump->frame.size;
	return true;
}

static void take_content(struct pump *pump, const uint8_t *data, size_t size)
{
	const struct attach_options *options = pump->options;
	bool wanted = pump->frame.type == ATTACH_STDOUT ? options->stdout_attached
							: options->stderr_attached;

	if (pump->frame.type == ATTACH_EXIT && size > 0) {
		pump->exit_code = data[0];
		pump->coded = pump->ended = true;
	} else if ((pump->frame.type == ATTACH_STDOUT || pump->frame.type == ATTACH_STDERR) &&
		   wanted) {
		pump->output = data;
		pump->output_size = size;
		pump->output_fd = pump->frame.type == ATTACH_STDOUT ? STDOUT_FILENO
								    : STDERR_FILENO;
	}
}

/* Works off what was received, up to the next bytes for the user. */
static int next_output(struct pump *pump, struct error *err)
{
	while (pump->output_size == 0 && pump->received_at < pump->received_size && !pump->ended) {
		size_t part = pump->received_size - pump->received_at;

		if (pump->peer->framed && pump->frame_left == 0) {
			if (!take_header(pump, err) && err->kind != ERROR_NONE)
				return -1;
			continue;
		}
		if (!pump->peer->framed)
			pump->frame = (struct attach_header){ .type = ATTACH_STDOUT };
		else if (part > pump->frame_left)
			part = pump->frame_left;
		take_content(pump, pump->received + pump->received_at, part);
		pump->received_at += part;
		pump->frame_left -= pump->peer->framed ? part : 0;
	}
	return 0;
}

static int write_output(struct pump *pump, struct error *err)
{
	size_t part = pump->output_size < PIPE_BUF ? pump->output_size : PIPE_BUF;
	ssize_t written = write(pump->output_fd, pump->output, part);

	if (written < 0 && errno != EINTR && errno != EAGAIN)
		return error_errno(err, "cannot write the container's output");
	if (written > 0) {
		pump->output += written;
		pump->output_size -= (size_t)written;
	}
	return 0;
}

/* Dies of the signal, as if it had not been waited for. */
static void die_of(int number)
{
	sigset_t set;

	terminal_restore();
	signal(number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void take_signal(struct pump *pump)
{
	struct signalfd_siginfo info;

	if (read(pump->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGWINCH && pump->options->tty)
		pump->resize = true;
	else if (!pump->options->sig_proxy)
		die_of((int)info.ssi_signo);
	else if (pump->options->signal_pidfd >= 0)
		sys_pidfd_send_signal(pump->options->signal_pidfd, (int)info.ssi_signo, NULL, 0);
}

enum { PEER, STDIN, SIGNALS, OUTPUT, END, POLL_COUNT };

static void choose_events(const struct pump *pump, struct pollfd poll_fds[POLL_COUNT])
{
	bool sends = pump->input_at < pump->input_size;
	bool outputs = pump->output_size > 0;

	poll_fds[PEER] = (struct pollfd){ .fd = outputs && !sends ? -1 : pump->peer->fd };
	poll_fds[PEER].events = (short)((outputs ? 0 : POLLIN) | (sends ? POLLOUT : 0));
	poll_fds[STDIN] = (struct pollfd){ .fd = pump->stdin_open && !sends ? STDIN_FILENO : -1,
					   .events = POLLIN };
	poll_fds[SIGNALS] = (struct pollfd){ .fd = pump->signals, .events = POLLIN };
	poll_fds[OUTPUT] = (struct pollfd){ .fd = outputs ? pump->output_fd : -1,
					    .events = POLLOUT };
	/* Its end counts once nothing is left to read. */
	poll_fds[END] = (struct pollfd){ .fd = outputs ? -1 : pump->peer->end_pidfd,
					 .events = POLLIN };
}

static int run_once(struct pump *pump, struct error *err)
{
	struct pollfd poll_fds[POLL_COUNT];

	if (pump->resize && pump->input_at == pump->input_size)
		queue_resize(pump);
	choose_events(pump, poll_fds);
	if (poll(poll_fds, POLL_COUNT, -1) < 0)
		return errno == EINTR ? 0 : error_errno(err, "cannot wait for input");
	if (poll_fds[SIGNALS].revents)
		take_signal(pump);
	if (poll_fds[OUTPUT].revents && write_output(pump, err) < 0)
		return -1;
	if (poll_fds[PEER].revents & POLLOUT)
		send_input(pump);
	if (poll_fds[STDIN].revents)
		read_stdin(pump);
	if ((poll_fds[PEER].events & POLLIN) && (poll_fds[PEER].revents & ~POLLOUT))
		receive(pump);
	else if (poll_fds[END].revents)
		pump->ended = true;
	return next_output(pump, err);
}

static int loop(struct pump *pump, struct error *err)
{
	while (!pump->detached && !(pump->ended && pump->output_size == 0))
		if (run_once(pump, err) < 0)
			return -1;
	if (pump->detached && pump->input_at < pump->input_size)
		send_input(pump); /* what was typed before the keys */
	return 0;
}

static int finish(const struct pump *pump, enum attach_end *ret_end, int *ret_exit_code,
		  struct error *err)
{
	*ret_end = pump->detached ? ATTACH_DETACHED : ATTACH_ENDED;
	if (pump->detached || !pump->peer->framed)
		return 0;
	*ret_exit_code = pump->coded ? pump->exit_code : CODE_VANISHED;
	if (pump->coded)
		return 0;
	return error_set(err, ERROR_OTHER,
			 "the container's supervisor has vanished, and the container with it");
}

int pump_run(const struct pump_peer *peer, const struct attach_options *options,
	     enum attach_end *ret_end, int *ret_exit_code, struct error *err)
{
	auto_free struct pump *pump = xcalloc(1, sizeof(*pump));
	auto_fd int signals = -1;
	sigset_t wanted, before;
	int result;

	pump->peer = peer;
	pump->options = options;
	pump->stdin_open = options->stdin_attached;
	pump->resize = options->tty;
	if (use_keys(pump, err) < 0)
		return -1;
	choose_signals(options, &wanted);
	signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0 || sigprocmask(SIG_BLOCK, &wanted, &before) < 0)
		return error_errno(err, "cannot wait for signals");
	pump->signals = signals;
	if (options->tty && options->stdin_attached)
		terminal_make_raw(STDIN_FILENO);
	result = loop(pump, err);
	terminal_restore();
	sigprocmask(SIG_SETMASK, &before, NULL);
	return result < 0 ? -1 : finish(pump, ret_end, ret_exit_code, err);
}
