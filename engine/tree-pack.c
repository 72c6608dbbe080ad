/* SPDX-License-Identifier: Apache-2.0 */
/* A tree as a tar: see tree-pack.h. */
#include "engine/tree-pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/strings.h"
#include "image/hard-links.h"
#include "image/tar-write.h"
#include "image/tree-file.h"

#define CHUNK_SIZE ((size_t)256 << 10)
#define DEPTH_MAX 512

struct packing {
	int output;
	struct hard_links links;
	unsigned char *chunk;
};

static void packing_release(struct packing *packing)
{
	hard_links_release(&packing->links);
	free(packing->chunk);
}

static int write_out(const struct packing *packing, const void *data, size_t size,
		     struct error *err)
{
	if (fd_write_full(packing->output, data, size) < 0)
		return error_errno(err, "cannot write the archive");
	return 0;
}

static int write_header(const struct packing *packing, const struct tar_entry *entry,
			struct error *err)
{
	auto_release(buffer) struct buffer header = { 0 };

	if (tar_write_header(&header, entry, err) < 0)
		return -1;
	return write_out(packing, header.data, header.size, err);
}

/* As many bytes as the header said; of a file that became shorter, zeros. */
static int write_content(const struct packing *packing, int fd, uint64_t size, struct error *err)
{
	auto_release(buffer) struct buffer padding = { 0 };

	for (uint64_t left = size; left > 0;) {
		size_t part = left < CHUNK_SIZE ? (size_t)left : CHUNK_SIZE;
		ssize_t got = fd_read_full(fd, packing->chunk, part);

		if (got < 0)
			return error_errno(err, "cannot read it");
		memset(packing->chunk + got, 0, part - (size_t)got);
		if (write_out(packing, packing->chunk, part, err) < 0)
			return -1;
		left -= part;
	}
	tar_write_padding(&padding, size);
	return write_out(packing, padding.data, padding.size, err);
}

/* A file that an earlier entry already has. */
static int write_link(struct packing *packing, const struct tree_file *file, const char *first,
		      struct error *err)
{
	struct tar_entry entry = file->entry;
	auto_free char *link = xstrdup(first);

	entry.type = TAR_HARDLINK;
	entry.link = link;
	entry.xattr_count = 0;
	return write_header(packing, &entry, err);
}

static int pack_below(struct packing *packing, int dir, const char *path, unsigned int depth,
		      struct error *err);

static int pack_file(struct packing *packing, const struct tree_file *file, unsigned int depth,
		     struct error *err)
{
	const char *path = file->entry.name;
	const char *first = file->entry.type == TAR_DIRECTORY ?
				    NULL :
				    hard_links_meet(&packing->links, &file->stat, path);

	if (file->is_socket)
		return 0;
	if (first)
		return write_link(packing, file, first, err);
	if (write_header(packing, &file->entry, err) < 0)
		return -1;
	if (file->entry.type == TAR_FILE)
		return write_content(packing, file->fd, file->entry.size, err);
	return file->entry.type == TAR_DIRECTORY ?
		       pack_below(packing, file->fd, path, depth + 1, err) :
		       0;
}

static int pack_name(struct packing *packing, int dir, const char *name, char *path,
		     unsigned int depth, struct error *err)
{
	auto_release(tree_file) struct tree_file file = { .fd = -1 };
	int found = tree_file_open(dir, name, &file, err);

	file.entry.name = path;
	if (found == 1)
		found = pack_file(packing, &file, depth, err);
	if (found < 0 && depth <= 1) {
		auto_free char *shown = printable(name);

		return error_context(err, "'%s'", shown);
	}
	return found < 0 ? -1 : 0;
}

static int pack_below(struct packing *packing, int dir, const char *path, unsigned int depth,
		      struct error *err)
{
	auto_release(strings) struct strings names = { 0 };

	if (depth > DEPTH_MAX)
		return error_set(err, ERROR_INVALID, "directories nested more than %d deep",
				 DEPTH_MAX);
	if (dir_list(dir, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		auto_free char *below = xasprintf("%s/%s", path, names.items[i]);

		if (pack_name(packing, dir, names.items[i], below, depth, err) < 0)
			return -1;
	}
	return 0;
}

/* The directory `dir` itself. */
static int pack_self(struct packing *packing, int dir, char *path, struct error *err)
{
	auto_release(tree_file) struct tree_file file = { .fd = -1 };

	if (tree_file_directory(dir, &file, err) < 0)
		return -1;
	file.entry.name = path;
	if (write_header(packing, &file.entry, err) < 0)
		return -1;
	return pack_below(packing, dir, path, 1, err);
}

int tree_pack(int dir, const char *name, const char *entry_name, int output, struct error *err)
{
	auto_release(packing) struct packing packing = { .output = output };
	auto_release(buffer) struct buffer end = { 0 };
	auto_free char *path = xstrdup(entry_name);
	int packed;

	packing.chunk = xmalloc(CHUNK_SIZE);
	packed = strcmp(name, ".") == 0 ? pack_self(&packing, dir, path, err) :
					  pack_name(&packing, dir, name, path, 0, err);
	if (packed < 0)
		return -1;
	tar_write_end(&end);
	return write_out(&packing, end.data, end.size, err);
}
