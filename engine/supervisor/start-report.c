/* SPDX-License-Identifier: Apache-2.0 */
/* See start-report.h: one struct, between two processes of the same binary. */
#include "engine/supervisor/start-report.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "engine/container.h"

#define MESSAGE_SIZE 4000	/* with the rest below PIPE_BUF: one write */

struct start_report {
	enum error_kind kind;	/* ERROR_NONE: it runs */
	int errnum;
	int64_t started_ns;
	struct process_identity init, supervisor;
	char message[];
};

#define REPORT_SIZE (sizeof(struct start_report) + MESSAGE_SIZE)

union report_bytes {
	struct start_report report;
	char bytes[REPORT_SIZE];
};

static void send_report(int fd, const union report_bytes *report, size_t message_size)
{
	fd_write_full(fd, report, sizeof(report->report) + message_size);
	close(fd);
}

void start_report_success(int fd, const struct container_state *state)
{
	union report_bytes all = { .report = { .kind = ERROR_NONE,
					       .started_ns = state->started_ns,
					       .init = state->init,
					       .supervisor = state->supervisor } };

	send_report(fd, &all, 1);
}

void start_report_failure(int fd, const struct error *failure)
{
	union report_bytes all = { .report = { .kind = failure->kind,
					       .errnum = failure->errnum } };
	size_t length = strnlen(failure->message, MESSAGE_SIZE - 1);

	memcpy(all.report.message, failure->message, length);
	send_report(fd, &all, length + 1);
}

int start_report_receive(int fd, struct container_state *state, struct error *err)
{
	union report_bytes all = { .bytes = { 0 } };
	ssize_t got = fd_read_full(fd, &all, sizeof(all) - 1);

	if (got < (ssize_t)sizeof(all.report))
		return error_set(err, ERROR_OTHER,
				 "the container's supervisor ended before the program ran");
	if (all.report.kind != ERROR_NONE) {
		error_set(err, all.report.kind, "%s", all.report.message);
		err->errnum = all.report.errnum;
		return -1;
	}
	state->phase = CONTAINER_RUNNING;
	state->started_ns = all.report.started_ns;
	state->init = all.report.init;
	state->supervisor = all.report.supervisor;
	return 0;
}
