/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What containers write, kept by one of these drivers:
 *
 *	json-file	docker's form, one object a line: {"log":"text\n","stream":"stdout","time":
 *			"RFC3339Nano"}; rotated at max-size (10m) to .1, .2 ... (max-file 3)
 *	local		the same, rotated files compressed (20m, 5 files)
 *	journald	sent to the machine's journal, and read there (journalctl)
 *	none		not kept
 *	passthrough	the program has the caller's own streams; we see nothing of it
 */
#ifndef ENGINE_LOGS_H
#define ENGINE_LOGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct container;
struct container_config;
struct error;
struct event_loop;
struct strings;

/* Puts `driver` (NULL: json-file) and `options` (KEY=VALUE) into *config after checking each by
 * name. ERROR_USAGE, or ERROR_UNSUPPORTED for drivers of docker's that there are not. */
int log_options_apply(struct container_config *config, const char *driver,
		      const struct strings *options, struct error *err);
bool log_driver_is(const struct container_config *config, const char *name);
/* Whether logs_read() finds what the container writes. */
bool log_is_readable(const struct container_config *config);
/* What the options labels, env and tag add to each record: KEY=VALUE, sorted. */
void log_attributes(const struct container_config *config, struct strings *ret_attributes);

/* Writing: in the supervisor. Lines longer than 16 KiB are split as docker does (no newline at
 * the end). */
enum log_stream { LOG_STDOUT, LOG_STDERR };
struct log_writer;
/* `loop` (may be NULL) is where the end of compressing is heard. NULL without an error, where the
 * driver has nothing to write. */
struct log_writer *log_writer_open(const struct container *container, struct event_loop *loop,
				   struct error *err);
int log_writer_add(struct log_writer *writer, enum log_stream stream, const void *data,
		   size_t size, struct error *err);
void log_writer_close(struct log_writer *writer);	/* flushes unfinished lines; NULL is fine */

/* Reading. */
struct log_request {
	int64_t since_ns, until_ns;	/* 0: unbounded */
	int64_t tail;			/* lines; -1 all */
	bool follow;	/* until the container ends, or `until_ns`; over rotations, losing nothing */
	bool stdout_wanted, stderr_wanted;
	/* One record. Negative: stop. `text` includes its newline. */
	int (*record)(void *argument, enum log_stream stream, int64_t time_ns, const char *text,
		      size_t size);
	void *argument;
};
int logs_read(struct container *container, const struct log_request *request, struct error *err);

#endif
