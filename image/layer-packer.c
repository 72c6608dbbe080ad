/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes out is not held back until it is known to be right (a layer may be larger than
 * memory): whoever reads it must wait for the report before it gives the bytes a name.
 */
#include "image/layer-packer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "image/child-streams.h"
#include "image/compress.h"
#include "image/layer-confine.h"
#include "image/layer.h"

#define OUTPUT_PIPE_SIZE (1 << 20)

struct report {
	struct packed packed;
	uint32_t failed;
	uint32_t kind;
	char message[1024];
};
_Static_assert(sizeof(struct report) <= PIPE_BUF, "a report is written at once");

struct work {
	int folder, output, report;
	const struct digest *diff_id;
	enum layer_compression compression;
	int level;

	struct compressor *compressor;
	struct sha256 *plain, *packed;
	uint64_t size;
};

static int put_output(void *argument, const void *data, size_t size, struct error *err)
{
	struct work *work = argument;

	sha256_update(work->packed, data, size);
	work->size += size;
	if (fd_write_full(work->output, data, size) < 0)
		return error_errno(err, "cannot pass the layer on");
	return 0;
}

static int put_plain(void *argument, const void *data, size_t size, struct error *err)
{
	struct work *work = argument;

	sha256_update(work->plain, data, size);
	return compressor_write(work->compressor, data, size, err);
}

static int pack_all(struct work *work, struct packed *ret_packed, struct error *err)
{
	struct digest found = { 0 };

	work->plain = sha256_new();
	work->packed = sha256_new();
	work->compressor = compressor_new(work->compression, work->level, put_output, work);
	if (layer_pack(work->folder, put_plain, work, err) < 0 ||
	    compressor_finish(work->compressor, err) < 0)
		return -1;
	sha256_finish(work->plain, found.hex);
	if (!digest_equal(&found, work->diff_id))
		return error_set(err, ERROR_INVALID,
				 "its files were changed in the store: they have the diff ID sha256:%s",
				 found.hex);
	sha256_finish(work->packed, ret_packed->digest.hex);
	ret_packed->size = work->size;
	return 0;
}

static int pack(struct work *work, struct packed *ret_packed, struct error *err)
{
	const int kept[] = { work->folder, work->output, work->report };

	/* A terminal's Ctrl-C is for us as well; our parent decides what becomes of us. */
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (child_streams(kept, ARRAY_SIZE(kept), err) < 0 ||
	    confine_to_folder(work->folder, err) < 0)
		return -1;
	return pack_all(work, ret_packed, err);
}

static int packer_main(void *argument)
{
	struct work *work = argument;
	struct report report = { .failed = 0 };
	auto_error failure = { 0 };

	if (pack(work, &report.packed, &failure) < 0) {
		report.failed = 1;
		report.kind = failure.kind;
		snprintf(report.message, sizeof(report.message), "%s", failure.message);
	}
	close(work->output);
	return fd_write_full(work->report, &report, sizeof(report)) < 0;
}

int packer_start(int folder, const struct digest *diff_id, enum layer_compression compression,
		 int level, struct packer *ret_packer, int *ret_output, struct error *err)
{
	auto_fd int output = -1, output_write = -1, report = -1, report_write = -1;
	struct process process = PROCESS_NONE;
	struct work work = { .folder = folder, .diff_id = diff_id, .compression = compression,
			     .level = level };

	if (fd_pipe(&output, &output_write, err) < 0 || fd_pipe(&report, &report_write, err) < 0)
		return -1;
	(void)fcntl(output, F_SETPIPE_SZ, OUTPUT_PIPE_SIZE);
	work.output = output_write;
	work.report = report_write;
	if (process_fork(packer_main, &work, true, &process, err) < 0)
		return error_context(err, "cannot pack");
	*ret_packer = (struct packer){ .process = process, .report = take_fd(&report) };
	*ret_output = take_fd(&output);
	return 0;
}

/* The child has read what a stranger wrote: its word is checked like any other input. */
static bool is_sound(const struct report *report)
{
	auto_error ignored = { 0 };
	struct digest digest;
	char text[DIGEST_TEXT_SIZE];

	if (!memchr(report->message, '\0', sizeof(report->message)))
		return false;
	if (report->failed)
		return true;
	if (!memchr(report->packed.digest.hex, '\0', sizeof(report->packed.digest.hex)))
		return false;
	digest_format(&report->packed.digest, text);
	return digest_parse(text, &digest, &ignored) == 0;
}

static int end_without_report(int status, struct error *err)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return error_set(err, ERROR_OTHER,
				 "the packing process was killed; is there enough memory?");
	return error_set(err, ERROR_OTHER, "the packing process ended with status %d",
			 process_exit_code(status));
}

int packer_finish(struct packer *packer, struct packed *ret_packed, struct error *err)
{
	auto_free char *message = NULL;
	struct report report;
	ssize_t size = fd_read_full(packer->report, &report, sizeof(report));
	int status = 0;

	if (process_wait(&packer->process, &status, err) < 0)
		return -1;
	packer_release(packer);
	if (size != (ssize_t)sizeof(report) || status != 0)
		return end_without_report(status, err);
	if (!is_sound(&report))
		return error_set(err, ERROR_INVALID, "the packing process gave a broken report");
	if (!report.failed) {
		*ret_packed = report.packed;
		return 0;
	}
	message = printable(report.message);
	return error_set(err, report.kind == ERROR_INVALID ? ERROR_INVALID : ERROR_OTHER, "%s",
			 message);
}

void packer_release(struct packer *packer)
{
	process_kill(&packer->process);
	auto_close_fd(&packer->report);
	packer->report = -1;
}
