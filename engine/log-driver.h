/* SPDX-License-Identifier: Apache-2.0 */
/* What a log driver offers to log-writer.c, which cuts the output into lines for it. */
#ifndef ENGINE_LOG_DRIVER_H
#define ENGINE_LOG_DRIVER_H

#include "engine/logs.h"

/* Docker splits what is longer. */
#define LOG_LINE_MAX 16384

struct log_driver {
	/* A line, its newline included unless it was split or the output ended. */
	void (*record)(void *sink, enum log_stream stream, int64_t time_ns, const char *text,
		       size_t size);
	/* After the records of one read. What cannot be written is lost, and the error of this once. */
	int (*flush)(void *sink, struct error *err);
	void (*close)(void *sink);
};

extern const struct log_driver log_driver_file;
extern const struct log_driver log_driver_journal;

void *log_file_open(const struct container *container, struct event_loop *loop, struct error *err);
void *log_journal_open(const struct container *container, struct error *err);

/* The value of a log option, or NULL. */
const char *log_option(const struct container_config *config, const char *name);
/* "{{.Name}}/{{.ID}}" filled in; ERROR_USAGE for a field that there is not. */
char *log_tag_format(const struct container_config *config, const char *tag, struct error *err);

#endif
