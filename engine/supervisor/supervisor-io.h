/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's standard input and output, as its supervisor holds them: pipes
 * or a terminal on one side, the log and the attached clients on the other.
 */
#ifndef ENGINE_SUPERVISOR_SUPERVISOR_IO_H
#define ENGINE_SUPERVISOR_SUPERVISOR_IO_H

#include <stdbool.h>

#include "engine/logs.h"
#include "engine/runtime/launch.h"

struct attach_server;
struct container_config;
struct error;
struct event_loop;
struct event_source;
struct supervisor_io;

struct io_stream {
	struct supervisor_io *io;
	enum log_stream stream;
	int fd;		/* -1: closed */
	struct event_source *source;
};

struct supervisor_io {
	struct event_loop *loop;
	struct attach_server *server;	/* borrowed */
	struct log_writer *log;		/* borrowed; NULL: none is kept */
	struct io_stream output[2];	/* by log_stream; a terminal is the first alone */
	int input;			/* -1: none, or ended */
	struct event_source *input_source;	/* while it is full */
	int terminal, terminal_peer;	/* master and a slave side of ours, or -1 */
	bool paused;			/* a client does not read */
	void (*resized)(void *owner, unsigned short rows, unsigned short columns);	/* or NULL */
	void *owner;
	int passed[3];			/* the caller's streams, for the driver passthrough; or -1 */
};

void supervisor_io_init(struct supervisor_io *io, struct event_loop *loop);
/* Makes what the program gets as 0, 1, 2 (nothing, if it gets a terminal) in *ret_child, whose
 * descriptors the caller closes by supervisor_io_close_child(). */
int supervisor_io_prepare(struct supervisor_io *io, const struct container_config *config,
			  struct launch_stdio *ret_child, struct error *err);
void supervisor_io_close_child(struct launch_stdio *child);
/* Begins to move bytes. `terminal` is the master side, owned from now on, or -1. */
int supervisor_io_begin(struct supervisor_io *io, int terminal, struct error *err);
/* The program has ended: takes along all that it has written, whether the clients read or not. */
void supervisor_io_drain(struct supervisor_io *io);
/* Closes all of it; supervisor_io_prepare() may follow. */
void supervisor_io_close(struct supervisor_io *io);
/* At the end: the caller's streams, too. */
void supervisor_io_release(struct supervisor_io *io);

/* For the clients' side (struct attach_hooks; the argument is the io). */
size_t supervisor_io_input(void *io, const void *data, size_t size);
void supervisor_io_end_of_input(void *io);
void supervisor_io_resize(void *io, unsigned short rows, unsigned short columns);
void supervisor_io_resume(void *io);

#endif
