/* SPDX-License-Identifier: Apache-2.0 */
/* See image/save-sink.h. Times and owners in the tar are always 0. */
#include "image/save-sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "image/tar-write.h"

#define CHUNK_SIZE ((size_t)256 << 10)
#define UNNAMED ".unnamed"

void save_sink_release(struct save_sink *sink)
{
	strings_release(&sink->written);
}

bool save_sink_has(const struct save_sink *sink, const char *name)
{
	return strings_contain(&sink->written, name) ||
	       (!sink->is_tar && file_exists(sink->fd, name));
}

static int write_failed(struct error *err)
{
	return error_errno(err, "cannot write the images");
}

static int write_all(const struct save_sink *sink, const void *data, size_t size,
		     struct error *err)
{
	return fd_write_full(sink->fd, data, size) < 0 ? write_failed(err) : 0;
}

static int write_header(const struct save_sink *sink, const char *name, enum tar_type type,
			uint64_t size, struct error *err)
{
	auto_release(buffer) struct buffer header = { 0 };
	const struct tar_entry entry = {
		.type = type,
		.name = (char *)name,
		.mode = type == TAR_DIRECTORY ? 0755 : 0644,
		.size = size,
	};

	if (tar_write_header(&header, &entry, err) < 0)
		return -1;
	return write_all(sink, header.data, header.size, err);
}

static int write_padding(const struct save_sink *sink, uint64_t size, struct error *err)
{
	static const char zeros[TAR_PADDING_MAX];

	return write_all(sink, zeros, tar_padding(size), err);
}

int save_sink_directory(struct save_sink *sink, const char *name, struct error *err)
{
	if (sink->is_tar)
		return write_header(sink, name, TAR_DIRECTORY, 0, err);
	if (mkdirat(sink->fd, name, 0755) < 0 && errno != EEXIST)
		return error_errno(err, "cannot make the directory '%s'", name);
	return 0;
}

/* In a directory files appear by rename: one that is there already is whole. */
static int open_file(const struct save_sink *sink, struct error *err)
{
	int fd = openat(sink->fd, UNNAMED, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
			0644);

	return fd < 0 ? error_errno(err, "cannot make a file in the directory") : fd;
}

static int name_file(const struct save_sink *sink, const char *name, struct error *err)
{
	if (renameat(sink->fd, UNNAMED, sink->fd, name) < 0)
		return error_errno(err, "cannot name the file '%s'", name);
	return 0;
}

int save_sink_file(struct save_sink *sink, const char *name, const void *data, size_t size,
		   struct error *err)
{
	auto_fd int file = -1;

	strings_add(&sink->written, name);
	if (!sink->is_tar) {
		file = open_file(sink, err);
		if (file < 0)
			return -1;
		return fd_write_full(file, data, size) < 0 ? write_failed(err) :
							     name_file(sink, name, err);
	}
	if (write_header(sink, name, TAR_FILE, size, err) < 0 ||
	    write_all(sink, data, size, err) < 0)
		return -1;
	return write_padding(sink, size, err);
}

/* The pipe's bytes without passing through memory of ours, where `to` takes that. *ret_size counts. */
static int copy_pipe(int from, int to, uint64_t max, uint64_t *ret_size, struct error *err)
{
	auto_free char *chunk = NULL;
	uint64_t done = 0;
	ssize_t got = 1;

	while (got > 0) {
		if (!chunk)
			got = splice(from, NULL, to, NULL, CHUNK_SIZE, SPLICE_F_MOVE);
		if (!chunk && got < 0 && (errno == EINVAL || errno == EAGAIN))
			chunk = xmalloc(CHUNK_SIZE);
		if (chunk)
			got = read(from, chunk, CHUNK_SIZE);
		if (got < 0 && errno == EINTR) {
			got = 1;
			continue;
		}
		if (got < 0 || (chunk && fd_write_full(to, chunk, (size_t)got) < 0))
			return write_failed(err);
		done += (uint64_t)got;
		if (done > max)
			break;
	}
	*ret_size = done;
	return 0;
}

int save_sink_stream(struct save_sink *sink, const char *name, int input, uint64_t size,
		     struct error *err)
{
	auto_fd int file = -1;
	uint64_t copied = 0;

	strings_add(&sink->written, name);
	if (sink->is_tar ? write_header(sink, name, TAR_FILE, size, err) < 0 :
			   (file = open_file(sink, err)) < 0)
		return -1;
	if (copy_pipe(input, sink->is_tar ? sink->fd : file, size, &copied, err) < 0)
		return -1;
	if (copied != size)
		return error_set(err, ERROR_INVALID, "it has another size than it had");
	return sink->is_tar ? write_padding(sink, size, err) : name_file(sink, name, err);
}

int save_sink_stream_unnamed(struct save_sink *sink, int input, struct error *err)
{
	auto_fd int file = open_file(sink, err);
	uint64_t copied;

	return file < 0 ? -1 : copy_pipe(input, file, UINT64_MAX, &copied, err);
}

int save_sink_name(struct save_sink *sink, const char *name, struct error *err)
{
	strings_add(&sink->written, name);
	return name_file(sink, name, err);
}

int save_sink_finish(struct save_sink *sink, struct error *err)
{
	auto_release(buffer) struct buffer end = { 0 };

	if (!sink->is_tar)
		return syncfs(sink->fd) < 0 ? write_failed(err) : 0;
	tar_write_end(&end);
	return write_all(sink, end.data, end.size, err);
}
