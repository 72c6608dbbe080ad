/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps content that one entry brought and a later entry of the same tar took
 * away again. Honest tars hardly ever do so (`tar -r`), but the tar must come
 * out identical all the same.
 *
 * spill/index is a list of: u64 at, u16 length, path (little-endian). The Nth
 * of them is the file spill/N: what `path` held when `at` content markers had
 * been recorded.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "image/layer-record.h"
#include "image/layer-unpack.h"

#define INDEX_NAME "index"
#define INDEX_SIZE_MAX ((size_t)16 << 20)

struct name {
	char text[24];
};

static struct name name_of(uint64_t number)
{
	struct name name;

	snprintf(name.text, sizeof(name.text), "%llu", (unsigned long long)number);
	return name;
}

static int note(struct spill *spill, const char *path, uint64_t at, struct error *err)
{
	uint64_t little_at = htole64(at);
	uint16_t length = (uint16_t)strlen(path);
	uint16_t little_length = htole16(length);

	spill->index.max = INDEX_SIZE_MAX;
	if (buffer_append(&spill->index, &little_at, sizeof(little_at), err) < 0 ||
	    buffer_append(&spill->index, &little_length, sizeof(little_length), err) < 0 ||
	    buffer_append(&spill->index, path, length, err) < 0)
		return error_set(err, ERROR_INVALID,
				 "the layer replaces too many of its own files");
	spill->count++;
	return 0;
}

static int open_spill(struct unpack *unpack, struct error *err)
{
	if (unpack->spill.dir >= 0)
		return 0;
	unpack->spill.dir = dir_make(unpack->folder, LAYER_SPILL, 0700, err);
	return unpack->spill.dir < 0 ? -1 : 0;
}

/* Another name holds the file too, and its link count must not tell of us. */
static int copy_away(struct unpack *unpack, int dir, const char *name, const char *to,
		     const struct stat *info, struct error *err)
{
	auto_fd int from = -1, copy = -1;

	/* What is copied was in the tar once; without a bound a few links copy it for ever. */
	unpack->spill.copied += (uint64_t)info->st_size;
	if (unpack->spill.copied > unpack->tar_size)
		return error_set(err, ERROR_INVALID,
				 "the layer replaces hard links too many times");
	from = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (from < 0)
		return error_errno(err, "cannot open what it replaces");
	copy = openat(unpack->spill.dir, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (copy < 0)
		return error_errno(err, "cannot keep what it replaces");
	if (fd_copy(from, copy, err) < 0)
		return error_context(err, "cannot keep what it replaces");
	if (unlinkat(dir, name, 0) < 0)
		return error_errno(err, "cannot remove what it replaces");
	return 0;
}

int spill_take(struct unpack *unpack, int dir, const char *name, const char *path,
	       const struct stat *info, struct error *err)
{
	struct name to = name_of(unpack->spill.count);

	if (open_spill(unpack, err) < 0 ||
	    note(&unpack->spill, path, record_writer_markers(unpack->record), err) < 0)
		return -1;
	if (info->st_nlink > 1)
		return copy_away(unpack, dir, name, to.text, info, err);
	if (renameat(dir, name, unpack->spill.dir, to.text) < 0)
		return error_errno(err, "cannot keep what it replaces");
	return 0;
}

int spill_finish(struct unpack *unpack, struct error *err)
{
	const struct spill *spill = &unpack->spill;

	if (spill->dir < 0)
		return 0;
	return file_create(spill->dir, INDEX_NAME, spill->index.data, spill->index.size, 0600,
			   err);
}

void spill_release(struct spill *spill)
{
	auto_close_fd(&spill->dir);
	buffer_release(&spill->index);
}

struct spilled {
	char *path;
	uint64_t at, number;
};

struct spill_index {
	int dir;
	struct spilled *items;	/* by path, then at */
	size_t count;
};

void spill_index_free(struct spill_index *index)
{
	if (!index)
		return;
	auto_close_fd(&index->dir);
	for (size_t i = 0; i < index->count; i++)
		free(index->items[i].path);
	free(index->items);
	free(index);
}

static int compare(const void *left, const void *right)
{
	const struct spilled *a = left, *b = right;
	int order = strcmp(a->path, b->path);

	if (order != 0)
		return order;
	return a->at < b->at ? -1 : a->at > b->at;
}

static int parse_index(struct spill_index *index, const char *data, size_t size,
		       struct error *err)
{
	size_t room = 0;

	while (size > 0) {
		uint64_t at;
		uint16_t length;

		if (size < sizeof(at) + sizeof(length))
			return error_set(err, ERROR_INVALID, "the layer's spill index is damaged");
		memcpy(&at, data, sizeof(at));
		memcpy(&length, data + sizeof(at), sizeof(length));
		data += sizeof(at) + sizeof(length);
		size -= sizeof(at) + sizeof(length);
		length = le16toh(length);
		if (length > size)
			return error_set(err, ERROR_INVALID, "the layer's spill index is damaged");
		if (index->count == room) {
			room = room ? room * 2 : 64;
			index->items = xrealloc_array(index->items, room, sizeof(*index->items));
		}
		index->items[index->count] = (struct spilled){
			.path = xstrndup(data, length),
			.at = le64toh(at),
			.number = index->count,
		};
		index->count++;
		data += length;
		size -= length;
	}
	qsort(index->items, index->count, sizeof(*index->items), compare);
	return 0;
}

static int load(struct spill_index *index, int folder, struct error *err)
{
	auto_release(buffer) struct buffer data = { .max = INDEX_SIZE_MAX };

	index->dir = openat(folder, LAYER_SPILL, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (index->dir < 0 && errno == ENOENT)
		return 0;
	if (index->dir < 0)
		return error_errno(err, "cannot open the layer's folder '%s'", LAYER_SPILL);
	if (file_read(index->dir, INDEX_NAME, INDEX_SIZE_MAX, &data, err) < 0)
		return -1;
	return parse_index(index, data.data, data.size, err);
}

int spill_index_read(int folder, struct spill_index **ret_index, struct error *err)
{
	struct spill_index *index = xcalloc(1, sizeof(*index));

	index->dir = -1;
	if (load(index, folder, err) < 0) {
		spill_index_free(index);
		return -1;
	}
	*ret_index = index;
	return 0;
}

int spill_index_open(const struct spill_index *index, const char *path, uint64_t marker)
{
	size_t low = 0, high = index->count;

	/* The first of (path, at > marker): the next time that this path was taken away. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct spilled *item = &index->items[middle];
		int order = strcmp(item->path, path);

		if (order < 0 || (order == 0 && item->at <= marker))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == index->count || strcmp(index->items[low].path, path) != 0) {
		errno = ENOENT;
		return -1;
	}
	return openat(index->dir, name_of(index->items[low].number).text,
		      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}
