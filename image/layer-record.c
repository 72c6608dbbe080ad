/* SPDX-License-Identifier: Apache-2.0 */
/* Writes and reads the record of a tar: framing and compression. */
#include "image/layer-record.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "image/decompress.h"

#define LEVEL 1	/* headers are mostly zeros: higher levels gain little and cost time */
#define OUTPUT_SIZE ((size_t)128 << 10)


struct record_writer {
	int fd;
	ZSTD_CCtx *context;
	unsigned char run[RECORD_RUN_MAX];
	size_t run_size;
	unsigned char output[OUTPUT_SIZE];
	uint64_t markers;
};

static int compress(struct record_writer *writer, const void *data, size_t size,
		    ZSTD_EndDirective directive, struct error *err)
{
	ZSTD_inBuffer in = { .src = data, .size = size };
	size_t left;

	do {
		ZSTD_outBuffer out = { .dst = writer->output, .size = sizeof(writer->output) };

		left = ZSTD_compressStream2(writer->context, &out, &in, directive);
		if (ZSTD_isError(left))
			return error_set(err, ERROR_OTHER, "cannot compress the layer's record: %s",
					 ZSTD_getErrorName(left));
		if (out.pos > 0 && fd_write_full(writer->fd, writer->output, out.pos) < 0)
			return error_errno(err, "cannot write the layer's record");
	} while (in.pos < in.size || (directive == ZSTD_e_end && left > 0));
	return 0;
}

static int put(struct record_writer *writer, const void *data, size_t size, struct error *err)
{
	return compress(writer, data, size, ZSTD_e_continue, err);
}

static int put_u64(struct record_writer *writer, uint64_t value, struct error *err)
{
	uint64_t little = htole64(value);

	return put(writer, &little, sizeof(little), err);
}

static int put_u32(struct record_writer *writer, uint32_t value, struct error *err)
{
	uint32_t little = htole32(value);

	return put(writer, &little, sizeof(little), err);
}

static int put_kind(struct record_writer *writer, enum record_kind kind, struct error *err)
{
	unsigned char byte = (unsigned char)kind;

	return put(writer, &byte, 1, err);
}

struct record_writer *record_writer_new(int folder, const char *name, struct error *err)
{
	struct record_writer *writer = xcalloc(1, sizeof(*writer));

	writer->context = ZSTD_createCCtx();
	if (!writer->context)
		abort();
	ZSTD_CCtx_setParameter(writer->context, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(writer->context, ZSTD_c_checksumFlag, 1);
	writer->fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0600);
	if (writer->fd < 0)
		error_errno(err, "cannot make the layer's record '%s'", name);
	else if (put(writer, RECORD_MAGIC, RECORD_MAGIC_SIZE, err) == 0)
		return writer;
	record_writer_free(writer);
	return NULL;
}

void record_writer_free(struct record_writer *writer)
{
	if (!writer)
		return;
	auto_close_fd(&writer->fd);
	ZSTD_freeCCtx(writer->context);
	free(writer);
}

static int flush_run(struct record_writer *writer, struct error *err)
{
	size_t size = writer->run_size;

	if (size == 0)
		return 0;
	writer->run_size = 0;
	if (put_kind(writer, RECORD_BYTES, err) < 0 ||
	    put_u32(writer, (uint32_t)size, err) < 0)
		return -1;
	return put(writer, writer->run, size, err);
}

int record_writer_bytes(struct record_writer *writer, const void *data, size_t size,
			struct error *err)
{
	const unsigned char *from = data;

	while (size > 0) {
		size_t part = RECORD_RUN_MAX - writer->run_size;

		if (part == 0) {
			if (flush_run(writer, err) < 0)
				return -1;
			continue;
		}
		if (part > size)
			part = size;
		memcpy(writer->run + writer->run_size, from, part);
		writer->run_size += part;
		from += part;
		size -= part;
	}
	return 0;
}

int record_writer_content(struct record_writer *writer, const char *path,
			  const struct tar_entry *entry, struct error *err)
{
	uint16_t length = (uint16_t)strlen(path);
	uint16_t little = htole16(length);

	writer->markers++;
	if (flush_run(writer, err) < 0 || put_kind(writer, RECORD_CONTENT, err) < 0 ||
	    put(writer, &little, sizeof(little), err) < 0 ||
	    put(writer, path, length, err) < 0 || put_u64(writer, entry->size, err) < 0 ||
	    put_u64(writer, entry->stored_size, err) < 0 ||
	    put_u32(writer, (uint32_t)entry->segment_count, err) < 0)
		return -1;
	for (size_t i = 0; i < entry->segment_count; i++) {
		if (put_u64(writer, entry->segments[i].offset, err) < 0 ||
		    put_u64(writer, entry->segments[i].size, err) < 0)
			return -1;
	}
	return 0;
}

uint64_t record_writer_markers(const struct record_writer *writer)
{
	return writer->markers;
}

int record_writer_finish(struct record_writer *writer, uint64_t tar_size, struct error *err)
{
	if (flush_run(writer, err) < 0 || put_kind(writer, RECORD_END, err) < 0 ||
	    put_u64(writer, tar_size, err) < 0)
		return -1;
	return compress(writer, NULL, 0, ZSTD_e_end, err);
}

struct record_reader {
	int fd;
	struct decompressor *decompressor;
	unsigned char run[RECORD_RUN_MAX];
	struct record_frame frame;
};

static ssize_t read_file(void *argument, void *data, size_t size, struct error *err)
{
	struct record_reader *reader = argument;
	ssize_t got = fd_read_full(reader->fd, data, size);

	if (got < 0)
		return error_errno(err, "cannot read the layer's record");
	return got;
}

static int damaged(struct error *err)
{
	return error_set(err, ERROR_INVALID, "the layer's record is damaged");
}

static int get(struct record_reader *reader, void *data, size_t size, struct error *err)
{
	unsigned char *to = data;

	while (size > 0) {
		ssize_t got = decompressor_read(reader->decompressor, to, size, err);

		if (got < 0)
			return error_context(err, "the layer's record");
		if (got == 0)
			return damaged(err);
		to += got;
		size -= (size_t)got;
	}
	return 0;
}

static int get_u64(struct record_reader *reader, uint64_t *ret_value, struct error *err)
{
	uint64_t little = 0;

	if (get(reader, &little, sizeof(little), err) < 0)
		return -1;
	*ret_value = le64toh(little);
	return 0;
}

static int get_u32(struct record_reader *reader, uint32_t *ret_value, struct error *err)
{
	uint32_t little = 0;

	if (get(reader, &little, sizeof(little), err) < 0)
		return -1;
	*ret_value = le32toh(little);
	return 0;
}

static int open_record(struct record_reader *reader, int folder, const char *name,
		       struct error *err)
{
	char magic[RECORD_MAGIC_SIZE];
	struct stat info;

	reader->fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (reader->fd < 0 || fstat(reader->fd, &info) < 0)
		return error_errno(err, "cannot open the layer's record '%s'", name);
	if (!S_ISREG(info.st_mode))
		return damaged(err);
	if (get(reader, magic, sizeof(magic), err) < 0)
		return -1;
	if (memcmp(magic, RECORD_MAGIC, RECORD_MAGIC_SIZE) != 0)
		return error_set(err, ERROR_INVALID, "the layer's record has another format");
	return 0;
}

struct record_reader *record_reader_new(int folder, const char *name, struct error *err)
{
	struct record_reader *reader = xcalloc(1, sizeof(*reader));

	reader->fd = -1;
	reader->decompressor = decompressor_new(read_file, reader);
	if (open_record(reader, folder, name, err) == 0)
		return reader;
	record_reader_free(reader);
	return NULL;
}

void record_reader_free(struct record_reader *reader)
{
	if (!reader)
		return;
	auto_close_fd(&reader->fd);
	decompressor_free(reader->decompressor);
	free(reader->frame.segments);
	free(reader);
}

static int get_bytes(struct record_reader *reader, struct error *err)
{
	uint32_t size = 0;

	if (get_u32(reader, &size, err) < 0)
		return -1;
	if (size > RECORD_RUN_MAX)
		return damaged(err);
	reader->frame.data = reader->run;
	reader->frame.size = size;
	return get(reader, reader->run, size, err);
}

static int get_segments(struct record_reader *reader, uint32_t count, struct error *err)
{
	struct record_frame *frame = &reader->frame;

	if (count == 0)
		return 0;
	if (count > TAR_SPARSE_MAX)
		return damaged(err);
	frame->segments = xcalloc(count, sizeof(*frame->segments));
	frame->segment_count = count;
	for (uint32_t i = 0; i < count; i++) {
		if (get_u64(reader, &frame->segments[i].offset, err) < 0 ||
		    get_u64(reader, &frame->segments[i].size, err) < 0)
			return -1;
	}
	return 0;
}

static int get_content(struct record_reader *reader, struct error *err)
{
	struct record_frame *frame = &reader->frame;
	uint16_t little = 0;
	uint32_t count = 0;
	size_t length;

	if (get(reader, &little, sizeof(little), err) < 0)
		return -1;
	length = le16toh(little);
	if (length == 0 || length >= sizeof(frame->path))
		return damaged(err);
	if (get(reader, frame->path, length, err) < 0)
		return -1;
	frame->path[length] = '\0';
	if (get_u64(reader, &frame->size, err) < 0 ||
	    get_u64(reader, &frame->stored, err) < 0 || get_u32(reader, &count, err) < 0)
		return -1;
	return get_segments(reader, count, err);
}

/* Nothing follows but the checksum of all that was read. */
static int get_end(struct record_reader *reader, struct error *err)
{
	unsigned char more;
	ssize_t got;

	if (get_u64(reader, &reader->frame.size, err) < 0)
		return -1;
	got = decompressor_read(reader->decompressor, &more, 1, err);
	if (got < 0)
		return error_context(err, "the layer's record");
	return got == 0 ? 0 : damaged(err);
}

int record_reader_next(struct record_reader *reader, const struct record_frame **ret_frame,
		       struct error *err)
{
	struct record_frame *frame = &reader->frame;
	unsigned char kind = 0;
	int failed;

	free(frame->segments);
	frame->segments = NULL;
	frame->segment_count = 0;
	if (get(reader, &kind, 1, err) < 0)
		return -1;
	frame->kind = (enum record_kind)kind;
	switch (frame->kind) {
	case RECORD_BYTES:
		failed = get_bytes(reader, err);
		break;
	case RECORD_CONTENT:
		failed = get_content(reader, err);
		break;
	case RECORD_END:
		failed = get_end(reader, err);
		break;
	default:
		return damaged(err);
	}
	*ret_frame = frame;
	return failed;
}
