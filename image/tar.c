/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks a tar stream: gathers the headers that belong to one entry (long names,
 * pax, sparse maps), hands the entry out, and keeps to its content.
 */
#include "image/tar.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"
#include "image/tar-format.h"

#define BUFFER_SIZE ((size_t)256 << 10)
#define META_HEADERS_MAX 64	/* in front of one entry */
#define SPARSE_NUMBER_MAX 20	/* digits */

struct tar_reader {
	read_function read;
	void *argument;
	int (*skip)(void *argument, uint64_t size, struct error *err);	/* NULL: by reading */
	const struct tar_recorder *recorder;	/* NULL: nobody records */

	unsigned char *buffer;	/* BUFFER_SIZE bytes; buffer[start..end) waits */
	size_t start, end;
	uint64_t taken;		/* bytes of the input so far, skipped ones too */
	bool ended;		/* the input */
	bool done;		/* the archive */

	uint64_t content;	/* stored bytes of the current entry not yet read */
	size_t padding;		/* behind them */

	struct tar_entry entry;
	char *long_name, *long_link;	/* GNU 'L' and 'K' */
	struct tar_pax pax;
	struct tar_sparse sparse;
};

struct tar_reader *tar_reader_new(read_function read, void *argument,
				  const struct tar_recorder *recorder)
{
	struct tar_reader *reader = xcalloc(1, sizeof(*reader));

	reader->read = read;
	reader->argument = argument;
	reader->recorder = recorder;
	reader->buffer = xmalloc(BUFFER_SIZE);
	return reader;
}

void tar_reader_skip_by(struct tar_reader *reader,
			int (*skip)(void *argument, uint64_t size, struct error *err))
{
	reader->skip = skip;
}

uint64_t tar_reader_content_offset(const struct tar_reader *reader)
{
	return reader->taken - (reader->end - reader->start);
}

static void clear_entry(struct tar_reader *reader)
{
	free(reader->entry.name);
	free(reader->entry.link);
	reader->entry = (struct tar_entry){ 0 };
	replace_string(&reader->long_name, NULL);
	replace_string(&reader->long_link, NULL);
	tar_pax_release(&reader->pax);
	tar_sparse_clear(&reader->sparse);
}

void tar_reader_free(struct tar_reader *reader)
{
	if (!reader)
		return;
	clear_entry(reader);
	tar_sparse_release(&reader->sparse);
	free(reader->buffer);
	free(reader);
}

/* Reads more into the buffer, which has room. 0 at the end of the input. */
static ssize_t fill(struct tar_reader *reader, struct error *err)
{
	ssize_t got;

	if (reader->start > 0) {
		memmove(reader->buffer, reader->buffer + reader->start,
			reader->end - reader->start);
		reader->end -= reader->start;
		reader->start = 0;
	}
	if (reader->ended)
		return 0;
	got = reader->read(reader->argument, reader->buffer + reader->end,
			   BUFFER_SIZE - reader->end, err);
	if (got == 0)
		reader->ended = true;
	if (got > 0) {
		reader->end += (size_t)got;
		reader->taken += (uint64_t)got;
	}
	return got;
}

static int truncated(struct error *err)
{
	return error_set(err, ERROR_INVALID, "tar: the archive is truncated");
}

static int record(struct tar_reader *reader, const void *data, size_t size, struct error *err)
{
	if (!reader->recorder || size == 0)
		return 0;
	return reader->recorder->bytes(reader->recorder->argument, data, size, err);
}

/* The next block, recorded and used up. 1; 0 if the input ends here; -1. */
static int next_block(struct tar_reader *reader, const unsigned char **ret_block,
		      struct error *err)
{
	ssize_t got = 1;

	while (reader->end - reader->start < TAR_BLOCK_SIZE && got > 0)
		got = fill(reader, err);
	if (got < 0)
		return -1;
	if (reader->end == reader->start)
		return 0;
	if (reader->end - reader->start < TAR_BLOCK_SIZE)
		return truncated(err);
	*ret_block = reader->buffer + reader->start;
	reader->start += TAR_BLOCK_SIZE;
	if (record(reader, *ret_block, TAR_BLOCK_SIZE, err) < 0)
		return -1;
	return 1;
}

static int must_have_block(struct tar_reader *reader, const unsigned char **ret_block,
			   struct error *err)
{
	int got = next_block(reader, ret_block, err);

	if (got == 0)
		return truncated(err);
	return got < 0 ? -1 : 0;
}

static size_t padding_of(uint64_t size)
{
	return (size_t)(-size & (TAR_BLOCK_SIZE - 1));
}

ssize_t tar_reader_content(struct tar_reader *reader, void *data, size_t size,
			   struct error *err)
{
	size_t waiting = reader->end - reader->start;
	ssize_t got;

	if (size > reader->content)
		size = (size_t)reader->content;
	if (size == 0)
		return 0;
	if (waiting == 0 && size >= BUFFER_SIZE) {
		got = reader->ended ? 0 : reader->read(reader->argument, data, size, err);
		if (got <= 0)
			return got < 0 ? -1 : truncated(err);
		reader->content -= (uint64_t)got;
		reader->taken += (uint64_t)got;
		return got;
	}
	if (waiting == 0) {
		got = fill(reader, err);
		if (got <= 0)
			return got < 0 ? -1 : truncated(err);
		waiting = reader->end - reader->start;
	}
	if (size > waiting)
		size = waiting;
	memcpy(data, reader->buffer + reader->start, size);
	reader->start += size;
	reader->content -= size;
	return (ssize_t)size;
}

/* The buffer is empty. */
static int skip_content(struct tar_reader *reader, struct error *err)
{
	uint64_t size = reader->content;

	reader->taken += size;
	reader->content = 0;
	return reader->skip(reader->argument, size, err);
}

/* Passes over what is left of the current entry. */
static int finish_entry(struct tar_reader *reader, struct error *err)
{
	while (reader->content > 0) {
		size_t waiting = reader->end - reader->start;
		ssize_t got;

		if (waiting > reader->content)
			waiting = (size_t)reader->content;
		reader->start += waiting;
		reader->content -= waiting;
		if (reader->content == 0)
			break;
		if (reader->skip) {
			if (skip_content(reader, err) < 0)
				return -1;
			break;
		}
		got = fill(reader, err);
		if (got <= 0)
			return got < 0 ? -1 : truncated(err);
	}
	while (reader->padding > 0) {
		size_t waiting = reader->end - reader->start;

		if (waiting > reader->padding)
			waiting = reader->padding;
		if (record(reader, reader->buffer + reader->start, waiting, err) < 0)
			return -1;
		reader->start += waiting;
		reader->padding -= waiting;
		if (reader->padding == 0)
			break;
		ssize_t got = fill(reader, err);
		if (got <= 0)
			return got < 0 ? -1 : truncated(err);
	}
	return 0;
}

/* Everything behind the two zero blocks belongs to the archive's bytes too. */
static int drain(struct tar_reader *reader, struct error *err)
{
	ssize_t got;

	do {
		if (record(reader, reader->buffer + reader->start, reader->end - reader->start,
			   err) < 0)
			return -1;
		reader->start = reader->end = 0;
		got = fill(reader, err);
	} while (got > 0);
	return got < 0 ? -1 : 0;
}

/* The data of a header that describes another one: new bytes, terminated. */
static char *read_meta(struct tar_reader *reader, uint64_t size, uint64_t max,
		       struct error *err)
{
	auto_free char *data = NULL;
	size_t at = 0;

	if (size > max) {
		error_set(err, ERROR_INVALID, "tar: a header of %llu bytes, more than %llu",
			  (unsigned long long)size, (unsigned long long)max);
		return NULL;
	}
	data = xmalloc((size_t)size + 1);
	data[size] = '\0';
	while (at < size) {
		const unsigned char *block;
		size_t part = (size_t)size - at;

		if (must_have_block(reader, &block, err) < 0)
			return NULL;
		if (part > TAR_BLOCK_SIZE)
			part = TAR_BLOCK_SIZE;
		memcpy(data + at, block, part);
		at += part;
	}
	return take_ptr(&data);
}

static int read_long(struct tar_reader *reader, uint64_t size, char **slot, struct error *err)
{
	char *text = read_meta(reader, size, TAR_NAME_MAX, err);

	if (!text)
		return -1;
	free(*slot);
	*slot = text;
	return 0;
}

static int read_pax(struct tar_reader *reader, uint64_t size, bool global, struct error *err)
{
	auto_free char *data = read_meta(reader, size, TAR_PAX_SIZE_MAX, err);

	if (!data)
		return -1;
	if (global ? tar_pax_check(data, (size_t)size, err) < 0 :
		     tar_pax_decode(&reader->pax, data, (size_t)size, err) < 0)
		return error_context(err, "tar");
	return 0;
}

/* 1: `header` described another one, and has been taken in; 0: it is an entry's own. */
static int take_meta(struct tar_reader *reader, const struct tar_header *header,
		     struct error *err)
{
	int failed;

	switch (header->flag) {
	case 'L':
		failed = read_long(reader, header->size, &reader->long_name, err);
		break;
	case 'K':
		failed = read_long(reader, header->size, &reader->long_link, err);
		break;
	case 'x':
	case 'X':	/* Solaris, before pax was a standard */
	case 'g':
		failed = read_pax(reader, header->size, header->flag == 'g', err);
		break;
	default:
		return 0;
	}
	return failed < 0 ? -1 : 1;
}

static int choose_type(const struct tar_header *header, struct tar_entry *entry,
		       struct error *err)
{
	switch (header->flag) {
	case '\0':	/* v7 knows directories by the slash at their end */
		entry->type = has_suffix(entry->name, "/") ? TAR_DIRECTORY : TAR_FILE;
		return 0;
	case '0':
	case '7':	/* contiguous, as if anybody cared */
	case 'S':
		entry->type = TAR_FILE;
		return 0;
	case '1':
		entry->type = TAR_HARDLINK;
		return 0;
	case '2':
		entry->type = TAR_SYMLINK;
		return 0;
	case '3':
		entry->type = TAR_CHARACTER;
		return 0;
	case '4':
		entry->type = TAR_BLOCK;
		return 0;
	case '5':
		entry->type = TAR_DIRECTORY;
		return 0;
	case '6':
		entry->type = TAR_FIFO;
		return 0;
	default:
		return error_set(err, ERROR_INVALID, "an unknown type of entry (0x%02x)",
				 (unsigned char)header->flag);
	}
}

static void take_name(char **slot, char **long_name, char **pax_name, const char *header_name)
{
	if (*long_name)
		*slot = take_ptr(long_name);
	else if (*pax_name)
		*slot = take_ptr(pax_name);
	else
		*slot = xstrdup(header_name);
}

static int check_names(const struct tar_entry *entry, struct error *err)
{
	if (*entry->name == '\0')
		return error_set(err, ERROR_INVALID, "an entry has no name");
	if (strlen(entry->name) >= TAR_NAME_MAX)
		return error_set(err, ERROR_INVALID, "a name is longer than %d bytes",
				 TAR_NAME_MAX - 1);
	if (!entry->link)
		return 0;
	if (*entry->link == '\0')
		return error_set(err, ERROR_INVALID, "a link has no target");
	if (strlen(entry->link) >= TAR_NAME_MAX)
		return error_set(err, ERROR_INVALID, "the target of a link is longer than %d bytes",
				 TAR_NAME_MAX - 1);
	return 0;
}

/* The entry's own header, and what the headers before it said. */
static int build_entry(struct tar_reader *reader, const struct tar_header *header,
		       struct error *err)
{
	struct tar_entry *entry = &reader->entry;
	struct tar_pax *pax = &reader->pax;

	take_name(&entry->name, &reader->long_name, &pax->path, header->name);
	if (choose_type(header, entry, err) < 0)
		return -1;
	if (entry->type == TAR_HARDLINK || entry->type == TAR_SYMLINK)
		take_name(&entry->link, &reader->long_link, &pax->link, header->link);
	entry->mode = header->mode;
	entry->uid = pax->has_uid ? pax->uid : header->uid;
	entry->gid = pax->has_gid ? pax->gid : header->gid;
	entry->mtime_ns = pax->has_mtime ? pax->mtime_ns : header->mtime_ns;
	entry->device_major = header->device_major;
	entry->device_minor = header->device_minor;
	entry->xattrs = pax->xattrs;
	entry->xattr_count = pax->xattr_count;
	if (entry->type == TAR_FILE)
		entry->size = pax->has_size ? pax->size : header->size;
	entry->stored_size = entry->size;
	reader->content = entry->stored_size;
	reader->padding = padding_of(entry->stored_size);
	return check_names(entry, err);
}

static int read_old_sparse(struct tar_reader *reader, const unsigned char *block,
			   struct error *err)
{
	bool more = false;

	if (tar_sparse_old_header(&reader->sparse, block, &reader->entry.size, &more, err) < 0)
		return -1;
	while (more) {
		if (must_have_block(reader, &block, err) < 0 ||
		    tar_sparse_old_extension(&reader->sparse, block, &more, err) < 0)
			return -1;
	}
	return 0;
}

/* A line of the map that stands in front of a version 1.0 file's data. */
struct map_reader {
	struct tar_reader *reader;
	const unsigned char *block;
	size_t at;		/* in block */
	uint64_t left;		/* stored bytes behind the block */
};

static int map_number(struct map_reader *map, uint64_t *ret_value, struct error *err)
{
	char digits[SPARSE_NUMBER_MAX];
	size_t count = 0;

	for (;;) {
		if (map->at == TAR_BLOCK_SIZE) {
			if (map->left < TAR_BLOCK_SIZE)
				return error_set(err, ERROR_INVALID, "a sparse map is truncated");
			if (must_have_block(map->reader, &map->block, err) < 0)
				return -1;
			map->left -= TAR_BLOCK_SIZE;
			map->at = 0;
		}
		char c = (char)map->block[map->at++];

		if (c == '\n')
			return tar_decimal(digits, count, ret_value, err);
		if (count == sizeof(digits))
			return error_set(err, ERROR_INVALID, "a sparse map is malformed");
		digits[count++] = c;
	}
}

/* The map is recorded as bytes: what is left of the stored bytes is the content. */
static int read_map_in_data(struct tar_reader *reader, struct error *err)
{
	struct map_reader map = { .reader = reader, .at = TAR_BLOCK_SIZE,
				  .left = reader->entry.stored_size };
	uint64_t count = 0, offset = 0, size = 0;

	if (map_number(&map, &count, err) < 0)
		return error_context(err, "sparse map");
	if (count > TAR_SPARSE_MAX)
		return error_set(err, ERROR_INVALID, "a sparse map has more than %d segments",
				 TAR_SPARSE_MAX);
	for (uint64_t i = 0; i < count; i++) {
		if (map_number(&map, &offset, err) < 0 || map_number(&map, &size, err) < 0)
			return error_context(err, "sparse map");
		if (tar_sparse_add(&reader->sparse, offset, size, err) < 0)
			return -1;
	}
	reader->entry.stored_size = map.left;
	reader->content = map.left;
	return 0;
}

static int read_pax_sparse(struct tar_reader *reader, enum tar_sparse_kind kind,
			   struct error *err)
{
	struct tar_pax *pax = &reader->pax;
	struct tar_sparse listed;

	if (!pax->has_sparse_size)
		return error_set(err, ERROR_INVALID, "a sparse file without its size");
	reader->entry.size = pax->sparse_size;
	if (pax->sparse_name) {
		free(reader->entry.name);
		reader->entry.name = take_ptr(&pax->sparse_name);
		if (check_names(&reader->entry, err) < 0)
			return -1;
	}
	if (kind == TAR_SPARSE_IN_DATA)
		return read_map_in_data(reader, err);
	listed = reader->sparse;
	reader->sparse = pax->sparse;
	pax->sparse = listed;
	return 0;
}

static int read_sparse(struct tar_reader *reader, const struct tar_header *header,
		       const unsigned char *block, struct error *err)
{
	struct tar_entry *entry = &reader->entry;
	enum tar_sparse_kind kind = TAR_SPARSE_NONE;

	if (entry->type != TAR_FILE)
		return 0;
	if (tar_pax_sparse_kind(&reader->pax, &kind, err) < 0)
		return -1;
	if (header->flag == 'S' && !header->gnu)
		return error_set(err, ERROR_INVALID, "a sparse file without the GNU magic");
	if (header->flag != 'S' && kind == TAR_SPARSE_NONE)
		return 0;
	if (header->flag == 'S' ? read_old_sparse(reader, block, err) < 0 :
				  read_pax_sparse(reader, kind, err) < 0)
		return -1;
	if (reader->sparse.end > entry->size)
		return error_set(err, ERROR_INVALID, "a sparse map goes beyond the file's end");
	if (reader->sparse.data != entry->stored_size)
		return error_set(err, ERROR_INVALID,
				 "a sparse map does not fit the bytes that are stored");
	/* Not NULL even for a file that is one hole. */
	if (!reader->sparse.segments)
		reader->sparse.segments = xcalloc(1, sizeof(*reader->sparse.segments));
	entry->segments = reader->sparse.segments;
	entry->segment_count = reader->sparse.count;
	return 0;
}

/* An archive ends in two zero blocks, or with the input after one or none of them. */
static int finish_archive(struct tar_reader *reader, struct error *err)
{
	const unsigned char *block;
	int got = next_block(reader, &block, err);

	if (got < 0)
		return -1;
	if (got == 1 && !tar_block_is_zero(block))
		return error_set(err, ERROR_INVALID, "tar: a zero block among the headers");
	if (drain(reader, err) < 0)
		return -1;
	reader->done = true;
	return 0;
}

/* Reads up to and including the next entry's own header. 1, 0 at the end, -1. */
static int next_header(struct tar_reader *reader, struct tar_header *header,
		       unsigned char *ret_block, struct error *err)
{
	for (unsigned int count = 0; count < META_HEADERS_MAX; count++) {
		const unsigned char *block;
		int got = next_block(reader, &block, err);

		if (got < 0)
			return -1;
		if (got == 0 || tar_block_is_zero(block)) {
			if (got == 1 && finish_archive(reader, err) < 0)
				return -1;
			reader->done = true;
			return 0;
		}
		memcpy(ret_block, block, TAR_BLOCK_SIZE);
		if (tar_header_decode(block, header, err) < 0)
			return error_context(err, "tar");
		got = take_meta(reader, header, err);
		if (got < 0)
			return -1;
		if (got == 0)
			return 1;
	}
	return error_set(err, ERROR_INVALID, "tar: more than %d headers in front of one entry",
			 META_HEADERS_MAX);
}

/* The name makes the message useful; it comes from outside and goes to a terminal. */
static int name_in_error(struct tar_reader *reader, struct error *err)
{
	auto_free char *name = printable(reader->entry.name);

	return error_context(err, "tar: entry '%.*s'", TAR_LABEL_SIZE, name);
}

int tar_reader_next(struct tar_reader *reader, const struct tar_entry **ret_entry,
		    struct error *err)
{
	const struct tar_recorder *recorder = reader->recorder;
	unsigned char block[TAR_BLOCK_SIZE];
	struct tar_header header = { 0 };
	int got;

	if (reader->done)
		return 0;
	if (finish_entry(reader, err) < 0)
		return -1;
	clear_entry(reader);
	got = next_header(reader, &header, block, err);
	if (got <= 0)
		return got;
	if (build_entry(reader, &header, err) < 0 ||
	    read_sparse(reader, &header, block, err) < 0)
		return name_in_error(reader, err);
	if (recorder && reader->content > 0 &&
	    recorder->content(recorder->argument, &reader->entry, err) < 0)
		return -1;
	*ret_entry = &reader->entry;
	return 1;
}
