/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The drivers json-file and local. One write(2) takes along all lines of one read
 * of the container's output, so that a reader sees few halves of lines, and a
 * chatty container costs few system calls.
 *
 * A full file becomes .1, which a child compresses if that was asked for: the supervisor
 * itself stays small, and puts the result in its place when the child has ended.
 */
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
#include "base/event.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/module.h"
#include "base/process.h"
#include "base/strings.h"
#include "engine/container.h"
#include "engine/log-driver.h"
#include "engine/log-escape.h"
#include "engine/log-file.h"
#include "engine/log-gzip.h"

#define COMPRESSING_NAME "log.gz.tmp"
#define LOG_MODE 0600

struct file_sink {
	int folder;	/* duplicate */
	char id[CONTAINER_ID_SIZE];
	int fd;
	uint64_t size, max_size;
	unsigned int max_file;
	char *attributes;	/* "\"attrs\":{...}," or "" */
	struct buffer out;
	int64_t time_ns;	/* of `time` */
	char time[CLOCK_TEXT_SIZE];

	bool compress;
	struct event_loop *loop;
	struct process compressor;
	struct event_source *compressed;
};

static int open_current(struct file_sink *sink, int flags, struct error *err)
{
	char name[LOG_NAME_SIZE];
	struct stat stat;
	char last;

	log_file_name(name, sink->id, 0);
	sink->fd = openat(sink->folder, name,
			  O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, LOG_MODE);
	if (sink->fd < 0 || fstat(sink->fd, &stat) < 0)
		return error_errno(err, "cannot open the log '%s'", name);
	sink->size = (uint64_t)stat.st_size;
	/* A writer that was killed may have left half a line: it shall not spoil the next. */
	if (stat.st_size > 0 && pread(sink->fd, &last, 1, stat.st_size - 1) == 1 && last != '\n')
		buffer_putc(&sink->out, '\n');
	return 0;
}

static char *format_attributes(const struct container_config *config)
{
	auto_release(strings) struct strings attributes = { 0 };
	auto_json json_t *json = NULL;
	auto_free char *text = NULL;

	log_attributes(config, &attributes);
	if (attributes.count == 0)
		return xstrdup("");
	json = json_from_map(&attributes);
	text = json_text(json);
	return xasprintf("\"attrs\":%s,", text);
}

static void close_file(void *argument);

void *log_file_open(const struct container *container, struct event_loop *loop, struct error *err)
{
	const struct container_config *config = &container->config;
	bool local = log_driver_is(config, "local");
	const char *compress = log_option(config, "compress");
	struct file_sink *sink = xcalloc(1, sizeof(*sink));

	sink->fd = -1;
	sink->compressor = PROCESS_NONE;
	sink->loop = loop;
	memcpy(sink->id, config->id, sizeof(sink->id));
	sink->max_size = config->log_max_size ? config->log_max_size
					      : (uint64_t)(local ? 20 : 10) << 20;
	sink->max_file = config->log_max_file ? config->log_max_file : local ? 5 : 3;
	sink->compress = compress ? strcmp(compress, "true") == 0 : local;
	sink->attributes = format_attributes(config);
	sink->folder = fcntl(container->folder, F_DUPFD_CLOEXEC, 3);
	if (sink->folder < 0)
		error_errno(err, "cannot open the log's folder");
	else if (open_current(sink, 0, err) == 0)
		return sink;
	close_file(sink);
	return NULL;
}

struct compress_request {
	int from, folder;
};

/* The child. The result has the time of what it was made from: see log-file.h. */
static int compress_main(void *argument)
{
	const struct compress_request *request = argument;
	auto_error err = { 0 };
	const struct log_gzip *gzip = module_symbol(LOG_GZIP_MODULE, LOG_GZIP_SYMBOL, &err);
	auto_fd int to = openat(request->folder, COMPRESSING_NAME,
				O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, LOG_MODE);
	struct stat stat;

	if (!gzip || to < 0 || gzip->compress(request->from, to, &err) < 0 ||
	    fstat(request->from, &stat) < 0)
		return EXIT_FAILURE;
	return futimens(to, (struct timespec[]){ stat.st_atim, stat.st_mtim }) == 0 ? EXIT_SUCCESS
										     : EXIT_FAILURE;
}

/* Waits for the child, if there is one. What could not be compressed stays as it is. */
static void finish_compressing(struct file_sink *sink)
{
	char plain[LOG_NAME_SIZE];
	char compressed[LOG_NAME_SIZE];
	auto_error ignored = { 0 };
	int status = -1;

	event_remove(sink->compressed);
	sink->compressed = NULL;
	if (sink->compressor.pidfd < 0)
		return;
	log_file_name(plain, sink->id, 1);
	log_file_name_compressed(compressed, sink->id, 1);
	if (process_wait(&sink->compressor, &status, &ignored) == 0 && status == 0 &&
	    renameat(sink->folder, COMPRESSING_NAME, sink->folder, compressed) == 0)
		unlinkat(sink->folder, plain, 0);
	else
		unlinkat(sink->folder, COMPRESSING_NAME, 0);
	sink->compressor = PROCESS_NONE;
}

static int compressor_ended(void *argument, int fd, uint32_t events, struct error *err)
{
	(void)fd;
	(void)events;
	(void)err;
	finish_compressing(argument);
	return 0;
}

static void compress_last(struct file_sink *sink)
{
	char name[LOG_NAME_SIZE];
	auto_fd int from = -1;
	struct compress_request request = { .folder = sink->folder };
	auto_error ignored = { 0 };

	log_file_name(name, sink->id, 1);
	from = openat(sink->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	request.from = from;
	if (from < 0 ||
	    process_fork(compress_main, &request, true, &sink->compressor, &ignored) < 0)
		return;
	if (sink->loop)
		sink->compressed = event_add_fd(sink->loop, sink->compressor.pidfd, EPOLLIN,
						compressor_ended, sink, &ignored);
	if (!sink->compressed)
		finish_compressing(sink);
}

static int move(const struct file_sink *sink, const char *from, const char *to, struct error *err)
{
	if (renameat(sink->folder, from, sink->folder, to) < 0 && errno != ENOENT)
		return error_errno(err, "cannot rotate the log '%s'", from);
	return 0;
}

/* .1 -> .2 -> .3 ...; the last falls off. */
static int shift_files(const struct file_sink *sink, struct error *err)
{
	char from[LOG_NAME_SIZE];
	char to[LOG_NAME_SIZE];

	log_file_name(to, sink->id, sink->max_file - 1);
	unlinkat(sink->folder, to, 0);
	log_file_name_compressed(to, sink->id, sink->max_file - 1);
	unlinkat(sink->folder, to, 0);
	for (unsigned int i = sink->max_file - 1; i > 1; i--) {
		log_file_name_compressed(from, sink->id, i - 1);
		log_file_name_compressed(to, sink->id, i);
		if (move(sink, from, to, err) < 0)
			return -1;
		log_file_name(from, sink->id, i - 1);
		log_file_name(to, sink->id, i);
		if (move(sink, from, to, err) < 0)
			return -1;
	}
	log_file_name(from, sink->id, 0);
	log_file_name(to, sink->id, 1);
	return move(sink, from, to, err);
}

/* With one file only, it begins anew. */
static int rotate(struct file_sink *sink, struct error *err)
{
	finish_compressing(sink);
	if (sink->max_file > 1 && shift_files(sink, err) < 0)
		return -1;
	auto_close_fd(&sink->fd);
	if (open_current(sink, O_TRUNC, err) < 0)
		return -1;
	if (sink->compress && sink->max_file > 1)
		compress_last(sink);
	return 0;
}

static int flush_file(void *argument, struct error *err)
{
	struct file_sink *sink = argument;

	if (sink->out.size == 0)
		return 0;
	if (sink->size >= sink->max_size && rotate(sink, err) < 0) {
		buffer_clear(&sink->out); /* nor may it pile up in memory */
		return -1;
	}
	if (fd_write_full(sink->fd, sink->out.data, sink->out.size) < 0) {
		error_errno(err, "cannot write the log");
		buffer_clear(&sink->out); /* a full disk: what cannot be kept is lost */
		buffer_putc(&sink->out, '\n');
		return -1;
	}
	sink->size += sink->out.size;
	buffer_clear(&sink->out);
	return 0;
}

static void record_file(void *argument, enum log_stream stream, int64_t time_ns, const char *text,
			size_t size)
{
	struct file_sink *sink = argument;

	if (time_ns != sink->time_ns) {
		clock_format(time_ns, sink->time);
		sink->time_ns = time_ns;
	}
	buffer_puts(&sink->out, "{\"log\":\"");
	log_escape(&sink->out, text, size);
	buffer_puts(&sink->out, stream == LOG_STDOUT ? "\",\"stream\":\"stdout\","
						     : "\",\"stream\":\"stderr\",");
	buffer_printf(&sink->out, "%s\"time\":\"%s\"}\n", sink->attributes, sink->time);
}

static void close_file(void *argument)
{
	struct file_sink *sink = argument;

	finish_compressing(sink);
	buffer_release(&sink->out);
	auto_close_fd(&sink->fd);
	auto_close_fd(&sink->folder);
	free(sink->attributes);
	free(sink);
}

const struct log_driver log_driver_file = {
	.record = record_file,
	.flush = flush_file,
	.close = close_file,
};
