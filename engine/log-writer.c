/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts a container's output into lines for its log driver. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "engine/container.h"
#include "engine/log-driver.h"

struct pending_line {
	char *text;	/* LOG_LINE_MAX bytes; NULL until the first unfinished line */
	size_t size;
};

struct log_writer {
	const struct log_driver *driver;
	void *sink;
	struct pending_line pending[2];	/* by stream */
};

struct log_writer *log_writer_open(const struct container *container, struct event_loop *loop,
				   struct error *err)
{
	bool is_journal = log_driver_is(&container->config, "journald");
	struct log_writer *writer;
	void *sink;

	if (!is_journal && !log_is_readable(&container->config))
		return NULL;
	sink = is_journal ? log_journal_open(container, err) : log_file_open(container, loop, err);
	if (!sink)
		return NULL;
	writer = xcalloc(1, sizeof(*writer));
	writer->driver = is_journal ? &log_driver_journal : &log_driver_file;
	writer->sink = sink;
	return writer;
}

static void finish_pending(struct log_writer *writer, enum log_stream stream, int64_t time)
{
	struct pending_line *pending = &writer->pending[stream];

	if (pending->size > 0)
		writer->driver->record(writer->sink, stream, time, pending->text, pending->size);
	pending->size = 0;
}

static void keep_pending(struct pending_line *pending, const char *text, size_t size)
{
	if (!pending->text)
		pending->text = xmalloc(LOG_LINE_MAX);
	memcpy(pending->text + pending->size, text, size);
	pending->size += size;
}

/* Takes one line, or what of it fits, from the front of `text`; the number of bytes taken. */
static size_t take_line(struct log_writer *writer, enum log_stream stream, int64_t time,
			const char *text, size_t size)
{
	struct pending_line *pending = &writer->pending[stream];
	size_t room = LOG_LINE_MAX - pending->size;
	size_t part = size < room ? size : room;
	const char *newline = memchr(text, '\n', part);

	if (newline)
		part = (size_t)(newline - text) + 1;
	if (pending->size == 0 && (newline || part == LOG_LINE_MAX)) {
		writer->driver->record(writer->sink, stream, time, text, part);
		return part;
	}
	keep_pending(pending, text, part);
	if (newline || pending->size == LOG_LINE_MAX)
		finish_pending(writer, stream, time);
	return part;
}

int log_writer_add(struct log_writer *writer, enum log_stream stream, const void *data,
		   size_t size, struct error *err)
{
	const char *text = data;
	int64_t time = clock_now();

	while (size > 0) {
		size_t taken = take_line(writer, stream, time, text, size);

		text += taken;
		size -= taken;
	}
	return writer->driver->flush(writer->sink, err);
}

void log_writer_close(struct log_writer *writer)
{
	auto_error ignored = { 0 };

	if (!writer)
		return;
	for (int stream = 0; stream < 2; stream++) {
		finish_pending(writer, (enum log_stream)stream, clock_now());
		free(writer->pending[stream].text);
	}
	writer->driver->flush(writer->sink, &ignored);
	writer->driver->close(writer->sink);
	free(writer);
}
