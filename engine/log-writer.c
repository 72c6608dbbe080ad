/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing docker's json-file logs. One write(2) takes along all lines of one read
 * of the container's output, so that a reader sees few halves of lines, and a
 * chatty container costs few system calls.
 *
 * Text is escaped as docker does it: < > & and the line separators U+2028 and U+2029 too;
 * bytes that are no UTF-8 become U+FFFD.
 */
#include "engine/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/strings.h"
#include "engine/log-file.h"

#define LINE_SIZE_MAX 16384	/* docker splits longer ones */
#define MAX_SIZE_DEFAULT ((uint64_t)10 << 20)
#define MAX_FILE_DEFAULT 3
#define LOG_MODE 0600

struct pending_line {
	char *text;	/* LINE_SIZE_MAX bytes; NULL until the first unfinished line */
	size_t size;
};

struct log_writer {
	int folder;	/* duplicate */
	char *id;
	int fd;
	uint64_t size, max_size;
	unsigned int max_file;
	struct pending_line pending[2];	/* by stream */
	struct buffer out;
};

static int open_current(struct log_writer *writer, int flags, struct error *err)
{
	char name[LOG_NAME_SIZE];
	struct stat stat;
	char last;

	log_file_name(name, writer->id, 0);
	writer->fd = openat(writer->folder, name,
			    O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, LOG_MODE);
	if (writer->fd < 0 || fstat(writer->fd, &stat) < 0)
		return error_errno(err, "cannot open the log '%s'", name);
	writer->size = (uint64_t)stat.st_size;
	/* A writer that was killed may have left half a line: it shall not spoil the next. */
	if (stat.st_size > 0 && pread(writer->fd, &last, 1, stat.st_size - 1) == 1 && last != '\n')
		buffer_putc(&writer->out, '\n');
	return 0;
}

struct log_writer *log_writer_open(int folder, const char *id, uint64_t max_size,
				   unsigned int max_file, struct error *err)
{
	struct log_writer *writer = xcalloc(1, sizeof(*writer));

	writer->fd = -1;
	writer->id = xstrdup(id);
	writer->max_size = max_size ? max_size : MAX_SIZE_DEFAULT;
	writer->max_file = max_file ? max_file : MAX_FILE_DEFAULT;
	writer->folder = fcntl(folder, F_DUPFD_CLOEXEC, 3);
	if (writer->folder < 0) {
		error_errno(err, "cannot open the log's folder");
		log_writer_close(writer);
		return NULL;
	}
	if (open_current(writer, 0, err) < 0) {
		log_writer_close(writer);
		return NULL;
	}
	return writer;
}

/* current -> .1 -> .2 ...; the last falls off. With one file only, it begins anew. */
static int rotate(struct log_writer *writer, struct error *err)
{
	char from[LOG_NAME_SIZE];
	char to[LOG_NAME_SIZE];

	for (unsigned int i = writer->max_file - 1; i > 0; i--) {
		log_file_name(from, writer->id, i - 1);
		log_file_name(to, writer->id, i);
		if (renameat(writer->folder, from, writer->folder, to) < 0 && errno != ENOENT)
			return error_errno(err, "cannot rotate the log '%s'", from);
	}
	auto_close_fd(&writer->fd);
	return open_current(writer, O_TRUNC, err);
}

static int write_out(struct log_writer *writer, struct error *err)
{
	if (writer->out.size == 0)
		return 0;
	if (writer->size >= writer->max_size && rotate(writer, err) < 0) {
		buffer_clear(&writer->out); /* nor may it pile up in memory */
		return -1;
	}
	if (fd_write_full(writer->fd, writer->out.data, writer->out.size) < 0) {
		error_errno(err, "cannot write the log");
		buffer_clear(&writer->out); /* a full disk: what cannot be kept is lost */
		buffer_putc(&writer->out, '\n');
		return -1;
	}
	writer->size += writer->out.size;
	buffer_clear(&writer->out);
	return 0;
}

/* The length of the UTF-8 character at `text`, or 0 if there is none. */
static size_t character_length(const unsigned char *text, size_t size)
{
	size_t length = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;

	return length <= size && is_utf8((const char *)text, length) ? length : 0;
}

static void escape_ascii(struct buffer *out, unsigned char c)
{
	if (c == '"' || c == '\\')
		buffer_printf(out, "\\%c", c);
	else if (c == '\n')
		buffer_puts(out, "\\n");
	else if (c == '\r')
		buffer_puts(out, "\\r");
	else
		buffer_printf(out, "\\u%04x", c);
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

static void escape(struct buffer *out, const char *line, size_t size)
{
	const unsigned char *text = (const unsigned char *)line;
	size_t i = 0;

	while (i < size) {
		size_t run = 0;
		size_t length;

		while (i + run < size && is_plain(text[i + run]))
			run++;
		buffer_add(out, text + i, run);
		i += run;
		if (i == size)
			break;
		length = character_length(text + i, size - i);
		if (length == 0) {
			buffer_puts(out, "\\ufffd");
			length = 1;
		} else if (length == 1) {
			escape_ascii(out, text[i]);
		} else if (length == 3 && text[i] == 0xe2 && text[i + 1] == 0x80 &&
			   (text[i + 2] & 0xfe) == 0xa8) {
			buffer_printf(out, "\\u202%c", text[i + 2] == 0xa8 ? '8' : '9');
		} else {
			buffer_add(out, text + i, length);
		}
		i += length;
	}
}

static void add_record(struct log_writer *writer, enum log_stream stream, const char *time,
		       const char *line, size_t size)
{
	buffer_puts(&writer->out, "{\"log\":\"");
	escape(&writer->out, line, size);
	buffer_printf(&writer->out, "\",\"stream\":\"%s\",\"time\":\"%s\"}\n",
		      stream == LOG_STDOUT ? "stdout" : "stderr", time);
}

static void finish_pending(struct log_writer *writer, enum log_stream stream, const char *time)
{
	struct pending_line *pending = &writer->pending[stream];

	if (pending->size > 0)
		add_record(writer, stream, time, pending->text, pending->size);
	pending->size = 0;
}

static void keep_pending(struct pending_line *pending, const char *text, size_t size)
{
	if (!pending->text)
		pending->text = xmalloc(LINE_SIZE_MAX);
	memcpy(pending->text + pending->size, text, size);
	pending->size += size;
}

/* Takes one line, or what of it fits, from the front of `text`; the number of bytes taken. */
static size_t take_line(struct log_writer *writer, enum log_stream stream, const char *time,
			const char *text, size_t size)
{
	struct pending_line *pending = &writer->pending[stream];
	size_t room = LINE_SIZE_MAX - pending->size;
	size_t part = size < room ? size : room;
	const char *newline = memchr(text, '\n', part);

	if (newline)
		part = (size_t)(newline - text) + 1;
	if (pending->size == 0 && (newline || part == LINE_SIZE_MAX)) {
		add_record(writer, stream, time, text, part);
		return part;
	}
	keep_pending(pending, text, part);
	if (newline || pending->size == LINE_SIZE_MAX)
		finish_pending(writer, stream, time);
	return part;
}

int log_writer_add(struct log_writer *writer, enum log_stream stream, const void *data,
		   size_t size, struct error *err)
{
	const char *text = data;
	char time[CLOCK_TEXT_SIZE];

	clock_format(clock_now(), time);
	while (size > 0) {
		size_t taken = take_line(writer, stream, time, text, size);

		text += taken;
		size -= taken;
	}
	return write_out(writer, err);
}

void log_writer_close(struct log_writer *writer)
{
	auto_error ignored = { 0 };
	char time[CLOCK_TEXT_SIZE];

	if (!writer)
		return;
	clock_format(clock_now(), time);
	for (int stream = 0; stream < 2; stream++) {
		finish_pending(writer, (enum log_stream)stream, time);
		free(writer->pending[stream].text);
	}
	if (writer->fd >= 0)
		write_out(writer, &ignored);
	buffer_release(&writer->out);
	auto_close_fd(&writer->fd);
	auto_close_fd(&writer->folder);
	free(writer->id);
	free(writer);
}
