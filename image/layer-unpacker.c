/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report is one struct of fixed size, smaller than what a pipe takes at once,
 * so that the child never waits for its reader. Its content is checked like any
 * other input: the child may have been taken over by the layer it unpacked.
 */
#include "image/layer-unpacker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/strings.h"
#include "image/child-streams.h"
#include "image/layer-confine.h"

#define WARNINGS_MAX 6
#define INPUT_PIPE_SIZE (1 << 20)

struct report {
	struct layer_info info;
	uint32_t failed, kind, errnum;
	uint32_t warning_count;
	char warnings[WARNINGS_MAX][256];
	char message[1024];
};
_Static_assert(sizeof(struct report) <= PIPE_BUF, "a report is written at once");

struct work {
	int folder, input, report;
	enum layer_ownership ownership;
};

/* The child's own: it warns by its report. */
static struct report child_report;

static void keep_warning(const char *message)
{
	if (child_report.warning_count >= WARNINGS_MAX)
		return;
	snprintf(child_report.warnings[child_report.warning_count++],
		 sizeof(child_report.warnings[0]), "%s", message);
}

static ssize_t read_input(void *argument, void *data, size_t size, struct error *err)
{
	const int *input = argument;
	ssize_t count;

	do {
		count = read(*input, data, size);
	} while (count < 0 && errno == EINTR);
	return count < 0 ? error_errno(err, "cannot read the layer") : count;
}

static int unpack(struct work *work, struct error *err)
{
	const int kept[] = { work->folder, work->input, work->report };

	/* A terminal's Ctrl-C is for us as well; our parent decides what becomes of us. */
	signal(SIGINT, SIG_IGN);
	if (child_streams(kept, ARRAY_SIZE(kept), err) < 0 ||
	    confine_to_folder(work->folder, err) < 0)
		return -1;
	return layer_unpack(work->folder, read_input, &work->input, work->ownership, NULL,
			    &child_report.info, err);
}

static int unpacker_main(void *argument)
{
	struct work *work = argument;
	auto_error failure = { 0 };

	warnings_to(keep_warning);
	if (unpack(work, &failure) < 0) {
		child_report.failed = 1;
		child_report.kind = failure.kind;
		child_report.errnum = (uint32_t)failure.errnum;
		snprintf(child_report.message, sizeof(child_report.message), "%s", failure.message);
	}
	return fd_write_full(work->report, &child_report, sizeof(child_report)) < 0;
}

int unpacker_start(int folder, enum layer_ownership ownership, struct unpacker *ret_unpacker,
		   int *ret_input, struct error *err)
{
	auto_fd int input_read = -1, input = -1, report = -1, report_write = -1;
	struct work work = { .folder = folder, .ownership = ownership };
	struct process process = PROCESS_NONE;

	if (fd_pipe(&input_read, &input, err) < 0 || fd_pipe(&report, &report_write, err) < 0)
		return -1;
	/* Large steps: fewer wake-ups. A user over his quota of pipe memory gets the usual size. */
	(void)fcntl(input, F_SETPIPE_SZ, INPUT_PIPE_SIZE);
	work.input = input_read;
	work.report = report_write;
	if (process_fork(unpacker_main, &work, true, &process, err) < 0)
		return error_context(err, "cannot unpack");
	*ret_unpacker = (struct unpacker){ .process = process, .report = take_fd(&report) };
	*ret_input = take_fd(&input);
	return 0;
}

static bool is_terminated(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static bool is_sound(const struct report *report)
{
	const struct layer_info *info = &report->info;
	auto_error ignored = { 0 };
	struct digest digest;
	char text[DIGEST_TEXT_SIZE];

	if (report->warning_count > WARNINGS_MAX ||
	    !is_terminated(report->message, sizeof(report->message)))
		return false;
	for (uint32_t i = 0; i < report->warning_count; i++) {
		if (!is_terminated(report->warnings[i], sizeof(report->warnings[i])))
			return false;
	}
	if (report->failed)
		return true;
	if (!is_terminated(info->diff_id.hex, sizeof(info->diff_id.hex)))
		return false;
	digest_format(&info->diff_id, text);
	return digest_parse(text, &digest, &ignored) == 0;
}

static void hand_on_warnings(const struct report *report)
{
	for (uint32_t i = 0; i < report->warning_count; i++) {
		auto_free char *text = printable(report->warnings[i]);

		warning("%s", text);
	}
}

static int end_without_report(int status, struct error *err)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return error_set(err, ERROR_OTHER,
				 "the unpacking process was killed; is there enough memory?");
	return error_set(err, ERROR_OTHER, "the unpacking process ended with status %d",
			 process_exit_code(status));
}

int unpacker_finish(struct unpacker *unpacker, struct layer_info *ret_info, struct error *err)
{
	auto_free char *message = NULL;
	struct report report;
	ssize_t size = fd_read_full(unpacker->report, &report, sizeof(report));
	int status = 0;

	if (process_wait(&unpacker->process, &status, err) < 0)
		return -1;
	unpacker_release(unpacker);
	if (size != (ssize_t)sizeof(report) || status != 0)
		return end_without_report(status, err);
	if (!is_sound(&report))
		return error_set(err, ERROR_INVALID, "the unpacking process gave a broken report");
	hand_on_warnings(&report);
	if (!report.failed) {
		*ret_info = report.info;
		return 0;
	}
	message = printable(report.message);
	if (report.kind == ERROR_INVALID || report.kind == ERROR_UNSUPPORTED)
		return error_set(err, (enum error_kind)report.kind, "%s", message);
	return error_set(err, ERROR_OTHER, "%s", message);
}

void unpacker_release(struct unpacker *unpacker)
{
	process_kill(&unpacker->process);
	auto_close_fd(&unpacker->report);
	unpacker->report = -1;
}
