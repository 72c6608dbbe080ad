/* SPDX-License-Identifier: Apache-2.0 */
/* The way back: the record's bytes, and between them the contents from the tree. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/rooted.h"
#include "image/layer-record.h"
#include "image/layer-unpack.h"

struct pack {
	int tree;		/* owned */
	struct spill_index *spilled;
	struct record_reader *record;
	uint64_t markers;	/* passed so far */

	write_function write;
	void *argument;
	unsigned char *buffer;	/* LAYER_BUFFER_SIZE bytes, `used` of them wait */
	size_t used;
	uint64_t total;
};

static int flush(struct pack *pack, struct error *err)
{
	size_t size = pack->used;

	pack->used = 0;
	return size ? pack->write(pack->argument, pack->buffer, size, err) : 0;
}

/* Room in the buffer, at least one byte. */
static int make_room(struct pack *pack, size_t *ret_room, struct error *err)
{
	if (pack->used == LAYER_BUFFER_SIZE && flush(pack, err) < 0)
		return -1;
	*ret_room = LAYER_BUFFER_SIZE - pack->used;
	return 0;
}

static void add_used(struct pack *pack, size_t size)
{
	pack->used += size;
	pack->total += size;
}

static int pack_bytes(struct pack *pack, const unsigned char *data, size_t size,
		      struct error *err)
{
	while (size > 0) {
		size_t part = 0;

		if (make_room(pack, &part, err) < 0)
			return -1;
		if (part > size)
			part = size;
		memcpy(pack->buffer + pack->used, data, part);
		add_used(pack, part);
		data += part;
		size -= part;
	}
	return 0;
}

static int pack_range(struct pack *pack, int fd, uint64_t offset, uint64_t size,
		      struct error *err)
{
	while (size > 0) {
		size_t part = 0;
		ssize_t got;

		if (make_room(pack, &part, err) < 0)
			return -1;
		if (part > size)
			part = (size_t)size;
		do
			got = pread(fd, pack->buffer + pack->used, part, (off_t)offset);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			return error_errno(err, "cannot read it");
		if (got == 0)
			return error_set(err, ERROR_INVALID, "it is shorter than it was");
		add_used(pack, (size_t)got);
		offset += (uint64_t)got;
		size -= (uint64_t)got;
	}
	return 0;
}

static int open_content(struct pack *pack, const struct record_frame *frame, struct error *err)
{
	auto_fd int fd = -1;
	struct stat info;

	fd = spill_index_open(pack->spilled, frame->path, pack->markers);
	if (fd < 0 && errno == ENOENT)
		fd = rooted_open(pack->tree, frame->path, ROOTED_BENEATH,
				 O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return error_set(err, ERROR_INVALID, "it is missing");
	if (fd < 0 || fstat(fd, &info) < 0)
		return error_errno(err, "cannot open it");
	if (!S_ISREG(info.st_mode))
		return error_set(err, ERROR_INVALID, "it is no file any more");
	if ((uint64_t)info.st_size != frame->size)
		return error_set(err, ERROR_INVALID, "it has another size than it had");
	return take_fd(&fd);
}

static int pack_content(struct pack *pack, const struct record_frame *frame, struct error *err)
{
	auto_fd int fd = open_content(pack, frame, err);

	if (fd < 0)
		return -1;
	pack->markers++;
	if (frame->segment_count == 0)
		return pack_range(pack, fd, 0, frame->stored, err);
	for (size_t i = 0; i < frame->segment_count; i++) {
		const struct tar_segment *segment = &frame->segments[i];

		if (pack_range(pack, fd, segment->offset, segment->size, err) < 0)
			return -1;
	}
	return 0;
}

/* 1: there is more; 0: that was the end. */
static int pack_frame(struct pack *pack, const struct record_frame *frame, struct error *err)
{
	switch (frame->kind) {
	case RECORD_BYTES:
		return pack_bytes(pack, frame->data, frame->size, err) < 0 ? -1 : 1;
	case RECORD_CONTENT:
		if (pack_content(pack, frame, err) < 0) {
			auto_free char *path = printable(frame->path);

			return error_context(err, "file '%.*s' of the layer", TAR_LABEL_SIZE, path);
		}
		return 1;
	default:
		if (pack->total != frame->size)
			return error_set(err, ERROR_INVALID,
					 "the layer's record does not add up to its tar");
		return 0;
	}
}

static int pack_all(struct pack *pack, struct error *err)
{
	const struct record_frame *frame = NULL;
	int more = 1;

	while (more == 1) {
		if (record_reader_next(pack->record, &frame, err) < 0)
			return -1;
		more = pack_frame(pack, frame, err);
	}
	return more < 0 ? -1 : flush(pack, err);
}

static int pack_open(struct pack *pack, int folder, struct error *err)
{
	pack->tree = openat(folder, LAYER_TREE, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (pack->tree < 0)
		return error_errno(err, "cannot open the layer's directory '%s'", LAYER_TREE);
	if (spill_index_read(folder, &pack->spilled, err) < 0)
		return -1;
	pack->record = record_reader_new(folder, LAYER_RECORD, err);
	return pack->record ? 0 : -1;
}

static void pack_release(struct pack *pack)
{
	auto_close_fd(&pack->tree);
	spill_index_free(pack->spilled);
	record_reader_free(pack->record);
	free(pack->buffer);
}

int layer_pack(int folder, write_function write, void *argument, struct error *err)
{
	auto_release(pack) struct pack pack = {
		.tree = -1,
		.write = write,
		.argument = argument,
	};

	pack.buffer = xmalloc(LAYER_BUFFER_SIZE);
	if (pack_open(&pack, folder, err) < 0)
		return -1;
	return pack_all(&pack, err);
}
