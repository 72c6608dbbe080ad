/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs in docker's json-file form: one object a line, {"log":"text\n","stream":
 * "stdout","time":"RFC3339Nano"}; rotated at log_max_size to .1, .2 ...
 */
#ifndef ENGINE_LOGS_H
#define ENGINE_LOGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct container;
struct error;

/* Writing: in the supervisor. Lines longer than 16 KiB are split as docker does (no newline at
 * the end). */
enum log_stream { LOG_STDOUT, LOG_STDERR };
struct log_writer;
struct log_writer *log_writer_open(int folder, const char *id, uint64_t max_size,
				   unsigned int max_file, struct error *err);
int log_writer_add(struct log_writer *writer, enum log_stream stream, const void *data,
		   size_t size, struct error *err);
void log_writer_close(struct log_writer *writer);	/* flushes unfinished lines; NULL is fine */

/* Reading. */
struct log_request {
	int64_t since_ns, until_ns;	/* 0: unbounded */
	int64_t tail;			/* lines; -1 all */
	bool follow;	/* until the container ends; over rotations, losing nothing */
	bool stdout_wanted, stderr_wanted;
	/* One record. Negative: stop. `text` includes its newline. */
	int (*record)(void *argument, enum log_stream stream, int64_t time_ns, const char *text,
		      size_t size);
	void *argument;
};
int logs_read(struct container *container, const struct log_request *request, struct error *err);

#endif
