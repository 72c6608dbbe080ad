/* SPDX-License-Identifier: Apache-2.0 */
/* See image/archive-spool.h. */
#include "image/archive-spool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/strings.h"
#include "image/decompress.h"
#include "image/layer-confine.h"
#include "image/store.h"

#define CHUNK_SIZE ((size_t)1 << 20)
#define SPOOL_NAME "spool"

struct answer {
	enum error_kind kind;	/* ERROR_NONE: done */
	char message[1000];
};

struct task {
	int folder, input, output;
	int report;
};

static ssize_t read_input(void *argument, void *data, size_t size, struct error *err)
{
	const int *input = argument;
	ssize_t got;

	do
		got = read(*input, data, size);
	while (got < 0 && errno == EINTR);
	return got < 0 ? error_errno(err, "cannot read the archive") : got;
}

static int decode(struct task *task, struct error *err)
{
	auto_free char *chunk = xmalloc(CHUNK_SIZE);
	struct decompressor *decompressor;
	ssize_t got = 0;

	if (confine_to_folder(task->folder, err) < 0)
		return -1;
	decompressor = decompressor_new(read_input, &task->input);
	while ((got = decompressor_read(decompressor, chunk, CHUNK_SIZE, err)) > 0) {
		if (fd_write_full(task->output, chunk, (size_t)got) < 0) {
			got = error_errno(err, "cannot keep the archive in the store's tmp/");
			break;
		}
	}
	decompressor_free(decompressor);
	return got < 0 ? -1 : 0;
}

static int child_main(void *argument)
{
	struct task *task = argument;
	struct answer answer = { .kind = ERROR_NONE };
	auto_error err = { 0 };

	/* Ctrl-C is for our parent, with whom we die. */
	signal(SIGINT, SIG_IGN);
	if (decode(task, &err) < 0) {
		answer.kind = err.kind == ERROR_INVALID ? ERROR_INVALID : ERROR_OTHER;
		snprintf(answer.message, sizeof(answer.message), "%s", err.message);
	}
	return fd_write_full(task->report, &answer, sizeof(answer)) < 0;
}

static int decode_in_child(struct task *task, struct error *err)
{
	struct answer answer;
	auto_free char *message = NULL;
	int status = 0;
	int asked = process_ask(child_main, task, &task->report, &answer, sizeof(answer), &status,
				err);

	if (asked < 0)
		return -1;
	if (asked == 1)
		return error_set(err, ERROR_OTHER, "the decoding process ended with status %d",
				 process_exit_code(status));
	answer.message[sizeof(answer.message) - 1] = '\0';
	message = printable(answer.message);
	if (answer.kind == ERROR_NONE)
		return 0;
	return error_set(err, answer.kind == ERROR_INVALID ? ERROR_INVALID : ERROR_OTHER, "%s",
			 message);
}

/* A file that goes away with its descriptors. */
static int make_file(const struct store_staging *staging, struct error *err)
{
	auto_fd int file = openat(staging->folder, SPOOL_NAME,
				  O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (file < 0 || unlinkat(staging->folder, SPOOL_NAME, 0) < 0)
		return error_errno(err, "cannot make a file in the store's tmp/");
	return take_fd(&file);
}

static bool is_plain_file(int input)
{
	unsigned char head[DECOMPRESS_MAGIC_SIZE];
	struct stat info;
	ssize_t got;

	if (fstat(input, &info) < 0 || !S_ISREG(info.st_mode) || lseek(input, 0, SEEK_CUR) != 0)
		return false;
	got = pread(input, head, sizeof(head), 0);
	return got >= 0 && decompress_is_plain(head, (size_t)got);
}

int archive_spool(struct store *store, int input, struct error *err)
{
	struct store_staging staging = { .folder = -1, .lock = -1 };
	struct task task = { .input = input };
	auto_fd int file = -1;
	struct stat info;
	int result;

	if (fstat(input, &info) < 0)
		return error_errno(err, "cannot look at the archive");
	if (S_ISDIR(info.st_mode) || is_plain_file(input)) {
		file = fcntl(input, F_DUPFD_CLOEXEC, 3);
		return file < 0 ? error_errno(err, "cannot open the archive again")
				: take_fd(&file);
	}
	if (store_stage(store, "archive", &staging, err) < 0)
		return -1;
	file = make_file(&staging, err);
	task.folder = staging.folder;
	task.output = file;
	result = file < 0 ? -1 : decode_in_child(&task, err);
	store_staging_release(&staging);
	return result < 0 ? -1 : take_fd(&file);
}
