/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading events, and following them. The log is held by descriptor: when it has been
 * rotated away, it is read to its end before the new one is opened.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "engine/events-log.h"
#include "engine/events.h"

#define CHUNK_SIZE 65536
#define NS_PER_MS 1000000

struct events_reader {
	const struct events_request *request;
	int folder;
	int log;		/* what is read; -1: there is none yet */
	int notify;
	struct buffer pending;	/* a line whose end has not come yet */
	bool stopped;
};

static int open_log(const struct events_reader *reader, const char *name)
{
	return openat(reader->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

static void take_line(struct events_reader *reader, const char *line, size_t size)
{
	const struct events_request *request = reader->request;
	auto_release(event) struct event event = { 0 };
	auto_free char *text = xstrndup(line, size);

	if (event_decode(line, size, &event) < 0)
		return;
	if (request->until_ns && event.time_ns > request->until_ns) {
		reader->stopped = true;
		return;
	}
	if (event.time_ns < request->since_ns)
		return;
	if (request->take(request->argument, &event, text) < 0)
		reader->stopped = true;
}

static void take_lines(struct events_reader *reader)
{
	size_t done = 0;

	while (!reader->stopped && done < reader->pending.size) {
		const char *from = reader->pending.data + done;
		const char *newline = memchr(from, '\n', reader->pending.size - done);

		if (!newline)
			break;
		take_line(reader, from, (size_t)(newline - from));
		done += (size_t)(newline - from) + 1;
	}
	buffer_consume(&reader->pending, done);
	if (reader->pending.size > EVENT_LINE_MAX)
		buffer_clear(&reader->pending);
}

static int read_to_end(struct events_reader *reader, struct error *err)
{
	auto_free char *chunk = xmalloc(CHUNK_SIZE);
	ssize_t got;

	while (reader->log >= 0 && !reader->stopped &&
	       (got = read(reader->log, chunk, CHUNK_SIZE)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(err, "cannot read the events");
		buffer_add(&reader->pending, chunk, (size_t)got);
		take_lines(reader);
	}
	return 0;
}

static void change_log(struct events_reader *reader, int log)
{
	auto_close_fd(&reader->log);
	reader->log = log;
	buffer_clear(&reader->pending);
}

/* Whether the log that is read has been rotated away (or was not there). */
static bool has_successor(const struct events_reader *reader)
{
	struct stat open, named;

	if (fstatat(reader->folder, EVENTS_LOG, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	return reader->log < 0 || fstat(reader->log, &open) < 0 || open.st_ino != named.st_ino ||
	       open.st_dev != named.st_dev;
}

/* Until something is written, or `until` has come. */
static void wait_for_news(struct events_reader *reader)
{
	struct pollfd news = { .fd = reader->notify, .events = POLLIN };
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	int64_t left = -1;

	if (reader->request->until_ns) {
		left = (reader->request->until_ns - clock_now()) / NS_PER_MS + 1;
		if (left <= 0) {
			reader->stopped = true;
			return;
		}
		if (left > 60 * 1000)
			left = 60 * 1000; /* the clock may be set meanwhile */
	}
	if (poll(&news, 1, (int)left) > 0)
		while (read(reader->notify, events, sizeof(events)) > 0)
			;
}

static int follow(struct events_reader *reader, struct error *err)
{
	while (!reader->stopped) {
		bool successor = has_successor(reader); /* asked before the last look */

		if (read_to_end(reader, err) < 0)
			return -1;
		if (successor)
			change_log(reader, open_log(reader, EVENTS_LOG));
		else if (!reader->stopped)
			wait_for_news(reader);
	}
	return 0;
}

static int watch(struct events_reader *reader, struct error *err)
{
	char path[64];

	reader->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", reader->folder);
	if (reader->notify < 0 ||
	    inotify_add_watch(reader->notify, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
		return error_errno(err, "cannot watch the events");
	return 0;
}

static int read_history(struct events_reader *reader, struct error *err)
{
	change_log(reader, open_log(reader, EVENTS_LOG_BEFORE));
	if (read_to_end(reader, err) < 0)
		return -1;
	change_log(reader, open_log(reader, EVENTS_LOG));
	return read_to_end(reader, err);
}

static int run(struct events_reader *reader, struct error *err)
{
	if (reader->request->follow && watch(reader, err) < 0)
		return -1;
	if (reader->request->history) {
		if (read_history(reader, err) < 0)
			return -1;
	} else {
		change_log(reader, open_log(reader, EVENTS_LOG));
		if (reader->log >= 0)
			lseek(reader->log, 0, SEEK_END);
	}
	return reader->request->follow ? follow(reader, err) : 0;
}

int events_read(int root, const struct events_request *request, struct error *err)
{
	struct events_reader reader = { .request = request, .log = -1, .notify = -1 };
	int result;

	reader.folder = dir_make(root, EVENTS_FOLDER, 0700, err);
	result = reader.folder < 0 ? -1 : run(&reader, err);
	auto_close_fd(&reader.folder);
	auto_close_fd(&reader.log);
	auto_close_fd(&reader.notify);
	buffer_release(&reader.pending);
	return result;
}
