/* SPDX-License-Identifier: Apache-2.0 */
/* Packets between the process that sets a container up and its maker. */
#include "engine/runtime/report.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/strings.h"

#define REPORT_TEXT_SIZE 3072

enum report_kind { REPORT_READY = 1, REPORT_FAILED, REPORT_START };

struct report {
	uint32_t kind;
	uint32_t error_kind;
	int32_t errnum;
	char text[REPORT_TEXT_SIZE];
};

int report_open(int ret_sockets[2], struct error *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_sockets) < 0)
		return error_errno(err, "cannot make a socket pair");
	return 0;
}

int report_ready(int socket, int terminal, struct error *err)
{
	struct report report = { .kind = REPORT_READY };

	if (fd_send(socket, &report, sizeof(report), &terminal, terminal >= 0 ? 1 : 0) < 0)
		return error_errno(err, "cannot report to the starting process");
	return 0;
}

void report_failure(int socket, const struct error *failure)
{
	struct report report = {
		.kind = REPORT_FAILED,
		.error_kind = (uint32_t)failure->kind,
		.errnum = failure->errnum,
	};

	snprintf(report.text, sizeof(report.text), "%s",
		 failure->message ? failure->message : "unknown error");
	/* If nobody listens any more, nobody misses it. */
	(void)fd_send(socket, &report, sizeof(report), NULL, 0);
}

int report_wait_for_start(int socket, struct error *err)
{
	struct report report;
	size_t none = 0;
	ssize_t size = fd_receive(socket, &report, sizeof(report), NULL, &none);

	if (size < 0)
		return error_errno(err, "cannot hear from the starting process");
	if (size != sizeof(report) || report.kind != REPORT_START)
		return error_set(err, ERROR_CANCELLED, "the starting process is gone");
	return 0;
}

int report_start(int socket, struct error *err)
{
	struct report report = { .kind = REPORT_START };

	if (fd_send(socket, &report, sizeof(report), NULL, 0) < 0)
		return error_errno(err, "cannot start the process that was set up");
	return 0;
}

/* Turns a failure that came as a packet into *err. */
static int take_failure(struct report *report, struct error *err)
{
	auto_free char *text = NULL;
	enum error_kind kind = ERROR_OTHER;

	report->text[sizeof(report->text) - 1] = '\0';
	text = printable(report->text);
	if (report->error_kind > ERROR_NONE && report->error_kind <= ERROR_CANCELLED)
		kind = (enum error_kind)report->error_kind;
	error_set(err, kind, "%s", text);
	err->errnum = report->errnum;
	return -1;
}

int report_receive(int socket, bool *ret_end, int *ret_terminal, struct error *err)
{
	struct report report;
	auto_fd int terminal = -1;
	size_t count = 1;
	ssize_t size = fd_receive(socket, &report, sizeof(report), &terminal, &count);

	*ret_end = size == 0 || (size < 0 && errno == ECONNRESET);
	if (*ret_end)
		return 0;
	if (size < 0)
		return error_errno(err, "cannot hear from the new process");
	if (size == sizeof(report) && report.kind == REPORT_FAILED)
		return take_failure(&report, err);
	if (size != sizeof(report) || report.kind != REPORT_READY)
		return error_set(err, ERROR_OTHER, "the new process sent an unknown message");
	if (ret_terminal)
		*ret_terminal = count == 1 ? take_fd(&terminal) : -1;
	return 0;
}
