/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading logs back, and following them. Files are held by descriptor: one that is
 * rotated away while it is read is read to its end, and its successor is the next
 * younger name, however often names have moved meanwhile. A compressed file is
 * expanded into memory once it is known to be wanted.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/module.h"
#include "base/process.h"
#include "engine/container.h"
#include "engine/log-file.h"
#include "engine/log-gzip.h"
#include "engine/log-record.h"
#include "engine/logs.h"

#define CHUNK_SIZE 65536
#define LINE_SIZE_MAX ((size_t)1 << 20)	/* what is longer is no line of ours */
#define FILES_MAX 1000
#define OPEN_TRIES_MAX 10
#define WAIT_MAX 60000	/* milliseconds: the clock may be set while we wait for `until` */

struct log_files {	/* oldest first */
	int fds[FILES_MAX + 1];
	bool compressed[FILES_MAX + 1];
	size_t count;
};

struct log_reader {
	struct container *container;
	const struct log_request *request;
	int notify;		/* -1: not following */
	int supervisor;		/* pidfd, or -1: it has ended */
	int fd;			/* the file that is read */
	struct buffer line;	/* what of it has no newline yet */
	struct buffer text;
	bool stopped;		/* by the caller, or past `until` */
};

static void close_files(struct log_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		auto_close_fd(&files->fds[i]);
	files->count = 0;
}

static int open_file(const struct log_reader *reader, unsigned int number, bool *ret_compressed)
{
	const char *id = reader->container->config.id;
	char name[LOG_NAME_SIZE];
	int fd;

	log_file_name(name, id, number);
	fd = openat(reader->container->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	*ret_compressed = fd < 0 && number > 0;
	if (!*ret_compressed)
		return fd;
	log_file_name_compressed(name, id, number);
	return openat(reader->container->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* Whether `fd` is the file called `number` now, or what that was made from. */
static bool is_file(const struct log_reader *reader, int fd, unsigned int number)
{
	const char *id = reader->container->config.id;
	int folder = reader->container->folder;
	char name[LOG_NAME_SIZE];
	struct stat open, named;

	log_file_name(name, id, number);
	if (fstat(fd, &open) < 0)
		return false;
	if (fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0)
		return is_same(&open, &named);
	log_file_name_compressed(name, id, number);
	return number > 0 && fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (is_same(&open, &named) || (open.st_mtim.tv_sec == named.st_mtim.tv_sec &&
					   open.st_mtim.tv_nsec == named.st_mtim.tv_nsec));
}

static bool is_there(const struct log_reader *reader, unsigned int number)
{
	const char *id = reader->container->config.id;
	char plain[LOG_NAME_SIZE];
	char compressed[LOG_NAME_SIZE];

	log_file_name(plain, id, number);
	log_file_name_compressed(compressed, id, number);
	return faccessat(reader->container->folder, plain, F_OK, 0) == 0 ||
	       (number > 0 && faccessat(reader->container->folder, compressed, F_OK, 0) == 0);
}

static unsigned int count_files(const struct log_reader *reader)
{
	unsigned int count = 0;

	while (count <= FILES_MAX && is_there(reader, count))
		count++;
	return count;
}

/* Replaces the descriptor of a compressed file by one of its content. A file that cannot be
 * expanded has none. */
static void expand(int *fd, bool *compressed)
{
	auto_error err = { 0 };
	const struct log_gzip *gzip;
	auto_fd int plain = -1;

	if (*fd < 0 || !*compressed)
		return;
	*compressed = false;
	gzip = module_symbol(LOG_GZIP_MODULE, LOG_GZIP_SYMBOL, &err);
	plain = memfd_create("log", MFD_CLOEXEC);
	if (!gzip || plain < 0 || gzip->expand(*fd, plain, &err) < 0 ||
	    lseek(plain, 0, SEEK_SET) < 0) {
		warning("a part of the log cannot be read: %s", err.message ? err.message : "");
		auto_close_fd(&plain);
		plain = -1;
	}
	auto_close_fd(fd);
	*fd = take_fd(&plain);
}

/* Opens all of them as they were at one moment: anew, if the log was rotated meanwhile. */
static void open_files(const struct log_reader *reader, struct log_files *files)
{
	for (int tries = 0; tries < OPEN_TRIES_MAX; tries++) {
		unsigned int count = count_files(reader);

		close_files(files);
		while (count > 0) {
			bool compressed;
			int fd = open_file(reader, --count, &compressed);

			if (fd < 0)
				continue;
			files->compressed[files->count] = compressed;
			files->fds[files->count++] = fd;
		}
		if (files->count == 0 || is_file(reader, files->fds[files->count - 1], 0))
			return;
	}
}

/* Goes back in one file until *lines newlines (beside one at the very end) are found; the offset
 * behind the last of them. *lines is what is still to be found in older files. */
static off_t find_tail(int fd, int64_t *lines)
{
	auto_free char *chunk = xmalloc(CHUNK_SIZE);
	off_t end = lseek(fd, 0, SEEK_END);

	for (off_t at = end; at > 0;) {
		off_t from = at > CHUNK_SIZE ? at - CHUNK_SIZE : 0;
		ssize_t got = pread(fd, chunk, (size_t)(at - from), from);

		for (ssize_t i = got; i > 0; i--) {
			if (chunk[i - 1] != '\n' || from + i == end)
				continue;
			if (--*lines == 0)
				return from + i;
		}
		at = from;
	}
	if (end > 0)
		--*lines; /* the first line has no newline before it */
	return 0;
}

/* Sets the files' positions so that `tail` lines follow; those before are closed. */
static void seek_tail(struct log_files *files, int64_t tail)
{
	size_t first = files->count;

	if (tail == 0 && first > 0)
		lseek(files->fds[--first], 0, SEEK_END); /* what comes is still wanted */
	for (; first > 0 && tail > 0; first--) {
		int *fd = &files->fds[first - 1];

		expand(fd, &files->compressed[first - 1]);
		if (*fd >= 0)
			lseek(*fd, find_tail(*fd, &tail), SEEK_SET);
	}
	for (size_t i = 0; i < first; i++) {
		auto_close_fd(&files->fds[i]);
		files->fds[i] = -1;
	}
}

static void take_line(struct log_reader *reader, const char *line, size_t size)
{
	const struct log_request *request = reader->request;
	enum log_stream stream;
	int64_t time;

	if (!log_record_parse(line, size, &reader->text, &stream, &time))
		return;
	if (request->until_ns && time > request->until_ns) {
		reader->stopped = true;
		return;
	}
	if ((request->since_ns && time < request->since_ns) ||
	    !(stream == LOG_STDOUT ? request->stdout_wanted : request->stderr_wanted))
		return;
	if (request->record(request->argument, stream, time,
			    reader->text.data ? reader->text.data : "", reader->text.size) < 0)
		reader->stopped = true;
}

/* The whole lines in what was read so far. */
static void take_lines(struct log_reader *reader)
{
	size_t done = 0;

	while (!reader->stopped && done < reader->line.size) {
		const char *from = reader->line.data + done;
		const char *newline = memchr(from, '\n', reader->line.size - done);

		if (!newline)
			break;
		take_line(reader, from, (size_t)(newline - from));
		done += (size_t)(newline - from) + 1;
	}
	buffer_consume(&reader->line, done);
	if (reader->line.size > LINE_SIZE_MAX)
		buffer_clear(&reader->line);
}

/* Whether anything was read. A file that became shorter was begun anew (max-file=1). */
static int read_to_end(struct log_reader *reader, bool *ret_any, struct error *err)
{
	auto_free char *chunk = xmalloc(CHUNK_SIZE);
	struct stat stat;
	ssize_t got;

	*ret_any = false;
	if (fstat(reader->fd, &stat) == 0 && stat.st_size < lseek(reader->fd, 0, SEEK_CUR)) {
		lseek(reader->fd, 0, SEEK_SET);
		buffer_clear(&reader->line);
	}
	while (!reader->stopped && (got = read(reader->fd, chunk, CHUNK_SIZE)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(err, "cannot read the log");
		*ret_any = true;
		buffer_add(&reader->line, chunk, (size_t)got);
		take_lines(reader);
	}
	return 0;
}

static void change_file(struct log_reader *reader, int fd)
{
	auto_close_fd(&reader->fd);
	reader->fd = fd;
	buffer_clear(&reader->line);
}

/* Goes on to the file that came after the one that is read, if there is one. */
static bool open_next(struct log_reader *reader)
{
	unsigned int number = 0;
	unsigned int count;
	bool compressed;
	int fd;

	if (reader->fd >= 0 && is_file(reader, reader->fd, 0))
		return false;
	count = count_files(reader);
	while (reader->fd >= 0 && number < count && !is_file(reader, reader->fd, number))
		number++;
	/* Not found any more: it fell off the end, and the oldest is the next. */
	fd = open_file(reader, number > 0 ? number - 1 : 0, &compressed);
	expand(&fd, &compressed);
	if (fd < 0)
		return false;
	change_file(reader, fd);
	return true;
}

static bool has_ended(struct log_reader *reader)
{
	auto_error gone = { 0 };
	enum container_phase phase;

	if (reader->supervisor < 0 || container_refresh(reader->container, &gone) < 0)
		return true;
	phase = reader->container->state.phase;
	return phase != CONTAINER_RUNNING && phase != CONTAINER_PAUSED &&
	       phase != CONTAINER_RESTARTING;
}

/* How long to wait at most, in milliseconds; -1: without end. */
static int patience(struct log_reader *reader)
{
	int64_t left;

	if (!reader->request->until_ns)
		return -1;
	left = (reader->request->until_ns - clock_now()) / 1000000 + 1;
	if (left <= 0)
		reader->stopped = true;
	return left < 0 ? 0 : left < WAIT_MAX ? (int)left : WAIT_MAX;
}

/* Until something happens in the container's folder, or to its supervisor, or `until` is there. */
static void wait_for_news(struct log_reader *reader)
{
	struct pollfd poll_fds[] = { { .fd = reader->notify, .events = POLLIN },
				     { .fd = reader->supervisor, .events = POLLIN } };
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));

	if (poll(poll_fds, ARRAY_SIZE(poll_fds), patience(reader)) < 0)
		return;
	while (read(reader->notify, events, sizeof(events)) > 0)
		;
	if (poll_fds[1].revents) {
		auto_close_fd(&reader->supervisor);
		reader->supervisor = -1;
	}
}

static int follow(struct log_reader *reader, struct error *err)
{
	while (!reader->stopped) {
		bool ended = has_ended(reader); /* asked before the last look at the file */
		bool any = false;

		if (reader->fd >= 0 && read_to_end(reader, &any, err) < 0)
			return -1;
		if (reader->stopped || open_next(reader) || any)
			continue;
		if (ended)
			return 0;
		wait_for_news(reader);
	}
	return 0;
}

static int watch_folder(struct log_reader *reader, struct error *err)
{
	char path[64];

	reader->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", reader->container->folder);
	if (reader->notify < 0 ||
	    inotify_add_watch(reader->notify, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO |
							    IN_DELETE_SELF | IN_MOVE_SELF) < 0)
		return error_errno(err, "cannot watch the log");
	reader->supervisor = process_find(&reader->container->state.supervisor);
	return 0;
}

static int read_files(struct log_reader *reader, struct log_files *files, struct error *err)
{
	bool any;

	for (size_t i = 0; i < files->count && !reader->stopped; i++) {
		expand(&files->fds[i], &files->compressed[i]);
		if (files->fds[i] < 0)
			continue;
		change_file(reader, take_fd(&files->fds[i]));
		if (read_to_end(reader, &any, err) < 0)
			return -1;
	}
	return reader->request->follow ? follow(reader, err) : 0;
}

int logs_read(struct container *container, const struct log_request *request, struct error *err)
{
	struct log_reader reader = { .container = container, .request = request, .notify = -1,
				     .supervisor = -1, .fd = -1 };
	struct log_files files = { .count = 0 };
	int result = 0;

	if (!log_is_readable(&container->config))
		return error_set(err, ERROR_UNSUPPORTED,
				 "configured logging driver does not support reading");
	if (request->follow)
		result = watch_folder(&reader, err);
	if (result == 0) {
		open_files(&reader, &files);
		if (request->tail >= 0)
			seek_tail(&files, request->tail);
		result = read_files(&reader, &files, err);
	}
	close_files(&files);
	auto_close_fd(&reader.fd);
	auto_close_fd(&reader.notify);
	auto_close_fd(&reader.supervisor);
	buffer_release(&reader.line);
	buffer_release(&reader.text);
	return result;
}
