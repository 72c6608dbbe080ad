/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an upload's bytes come from: a file, or a pipe whose other end a child fills. A pipe
 * that is opened again begins anew; what the registry has already is read and dropped.
 */
#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/fd.h"
#include "registry/upload-internal.h"

void upload_source_close(struct upload *upload)
{
	auto_close_fd(&upload->fd);
	upload->fd = -1;
	upload->stalled = false;
}

int upload_source_open(struct upload *upload, struct error *err)
{
	struct stat info;

	upload_source_close(upload);
	upload->source_ended = false;
	upload->position = 0;
	if (upload->asked.open(upload->asked.argument, &upload->fd, err) < 0)
		return -1;
	if (fstat(upload->fd, &info) < 0 || fd_set_nonblocking(upload->fd, true) < 0)
		return error_errno(err, "cannot read what is to be sent");
	upload->is_file = S_ISREG(info.st_mode);
	if (upload->is_file)
		upload->position = upload->offset;
	return 0;
}

/* As read(2). */
static ssize_t read_some(struct upload *upload, void *data, size_t size)
{
	ssize_t count;

	do
		count = upload->is_file ? pread(upload->fd, data, size, (off_t)upload->position) :
					  read(upload->fd, data, size);
	while (count < 0 && errno == EINTR);
	if (count > 0)
		upload->position += (uint64_t)count;
	return count;
}

static int note_end(struct upload *upload, struct error *err)
{
	const struct registry_upload *asked = &upload->asked;
	struct digest found = asked->digest;

	upload->source_ended = true;
	if (asked->finish && asked->finish(asked->argument, &found, err) < 0)
		return -1;
	if (asked->size != UPLOAD_SIZE_UNKNOWN && upload->position != asked->size)
		return error_set(err, ERROR_INVALID, "its source gave %llu bytes instead of %llu",
				 (unsigned long long)upload->position,
				 (unsigned long long)asked->size);
	if (digest_is_set(&asked->digest) && !digest_equal(&asked->digest, &found))
		return error_set(err, ERROR_INVALID, "its source gave sha256:%s", found.hex);
	upload->asked.digest = found;
	return 0;
}

/* What is left of the request's body may be less than the source has. */
static size_t held_to_size(const struct upload *upload, size_t room)
{
	uint64_t size = upload->asked.size;

	if (size == UPLOAD_SIZE_UNKNOWN || size - upload->position > room)
		return room;
	return (size_t)(size - upload->position);
}

/* Passes over what the registry has: 1 done; 0 later; -1. */
static int skip(struct upload *upload, void *scratch, size_t room, struct error *err)
{
	while (upload->position < upload->offset) {
		uint64_t left = upload->offset - upload->position;
		ssize_t count = read_some(upload, scratch, left < room ? (size_t)left : room);

		if (count < 0 && errno == EAGAIN)
			return 0;
		if (count <= 0)
			return error_set(err, ERROR_OTHER, "its source does not give the same again");
	}
	return 1;
}

/* 1 with bytes (none: the end); 0 later; -1. */
static int read_for_request(struct upload *upload, void *data, size_t room, size_t *ret_size,
			    struct error *err)
{
	int there = skip(upload, data, room, err);
	ssize_t count;

	*ret_size = 0;
	if (there <= 0 || upload->source_ended)
		return there;
	room = held_to_size(upload, room);
	if (room == 0)
		return 1;
	count = read_some(upload, data, room);
	if (count > 0) {
		*ret_size = (size_t)count;
		return 1;
	}
	if (count == 0)
		return note_end(upload, err) < 0 ? -1 : 1;
	return errno == EAGAIN ? 0 : error_errno(err, "cannot read what is to be sent");
}

enum http_given upload_source_give(struct http_request *request, void *data, size_t room,
				   size_t *ret_size)
{
	struct exchange *exchange = request->argument;
	struct upload *upload = exchange->argument;
	int got = read_for_request(upload, data, room, ret_size, &upload->failure);

	if (got < 0)
		return HTTP_GIVE_UP;
	if (got == 0) {
		upload->stalled = true;
		return HTTP_GIVE_LATER;
	}
	if (*ret_size > 0 && upload->asked.progress)
		upload->asked.progress(upload->asked.argument, upload->position);
	return HTTP_GIVEN;
}

bool upload_source_is_ready(const struct upload *upload)
{
	struct pollfd source = { .fd = upload->fd, .events = POLLIN };

	return upload->source_ended || poll(&source, 1, 0) != 0;
}

int upload_source_end(struct upload *upload, struct error *err)
{
	unsigned char more;
	ssize_t count;

	if (upload->source_ended)
		return 1;
	count = read_some(upload, &more, 1);
	if (count < 0 && errno == EAGAIN)
		return 0;
	if (count < 0)
		return error_errno(err, "cannot read what is to be sent");
	if (count > 0)
		return error_set(err, ERROR_INVALID, "its source has more than %llu bytes",
				 (unsigned long long)upload->asked.size);
	return note_end(upload, err) < 0 ? -1 : 1;
}
