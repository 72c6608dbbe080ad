/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See engine/export.h. The layers are read as image/merged-tree.h merges them, by names in
 * directories that are open: a container that runs can exchange its files for links meanwhile,
 * but there is none that is followed.
 */
#include "engine/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/strings.h"
#include "engine/layer-trees.h"
#include "image/hard-links.h"
#include "image/merged-tree.h"
#include "image/tar-write.h"
#include "image/tree-file.h"

#define CHUNK_SIZE ((size_t)256 << 10)
#define DEPTH_MAX 512

struct export {
	int output;
	struct hard_links links;
	unsigned char *chunk;
};

static void export_release(struct export *export)
{
	hard_links_release(&export->links);
	free(export->chunk);
}

static int write_out(const struct export *export, const void *data, size_t size, struct error *err)
{
	if (fd_write_full(export->output, data, size) < 0)
		return error_errno(err, "cannot write the archive");
	return 0;
}

static int write_header(const struct export *export, const struct tar_entry *entry,
			struct error *err)
{
	auto_release(buffer) struct buffer header = { 0 };

	if (tar_write_header(&header, entry, err) < 0)
		return -1;
	return write_out(export, header.data, header.size, err);
}

/* As many bytes as the header said; of a file that became shorter, zeros. */
static int write_content(const struct export *export, int fd, uint64_t size, struct error *err)
{
	auto_release(buffer) struct buffer padding = { 0 };
	uint64_t left = size;

	while (left > 0) {
		size_t part = left < CHUNK_SIZE ? (size_t)left : CHUNK_SIZE;
		ssize_t got = fd_read_full(fd, export->chunk, part);

		if (got < 0)
			return error_errno(err, "cannot read it");
		memset(export->chunk + got, 0, part - (size_t)got);
		if (write_out(export, export->chunk, part, err) < 0)
			return -1;
		left -= part;
	}
	tar_write_padding(&padding, size);
	return write_out(export, padding.data, padding.size, err);
}

static int write_link(struct export *export, const struct tree_file *file, const char *target,
		      struct error *err)
{
	struct tar_entry entry = file->entry;
	auto_free char *link = xstrdup(target);

	entry.type = TAR_HARDLINK;
	entry.link = link;
	entry.xattr_count = 0;
	return write_header(export, &entry, err);
}

static int export_directory(struct export *export, const struct merged_dir *dir, const char *path,
			    unsigned int depth, struct error *err);

/* A name of `dir`, which lies `depth` directories deep. */
static int export_file(struct export *export, const struct merged_dir *dir,
		       const struct merged_name *name, const struct tree_file *file,
		       unsigned int depth, struct error *err)
{
	const char *path = file->entry.name;
	auto_release(merged_dir) struct merged_dir inner = { 0 };
	const char *first;

	if (file->is_socket || file->is_whiteout)
		return 0;
	first = hard_links_meet(&export->links, &file->stat, path);
	if (first)
		return write_link(export, file, first, err);
	if (write_header(export, &file->entry, err) < 0)
		return -1;
	if (file->entry.type == TAR_FILE)
		return write_content(export, file->fd, file->entry.size, err);
	if (file->entry.type != TAR_DIRECTORY)
		return 0;
	if (merged_enter(dir, name->name, name->part, &inner, err) < 0)
		return -1;
	return export_directory(export, &inner, path, depth + 1, err);
}

static int export_name(struct export *export, const struct merged_dir *dir,
		       const struct merged_name *name, const char *path, unsigned int depth,
		       struct error *err)
{
	auto_free char *below = xasprintf("%s%s%s", path, *path ? "/" : "", name->name);
	auto_release(tree_file) struct tree_file file = { .fd = -1 };
	int result = tree_file_open(dir->parts[name->part].fd, name->name, &file, err);

	file.entry.name = below;
	if (result == 1)
		result = export_file(export, dir, name, &file, depth, err);
	if (result < 0 && depth == 0) {
		auto_free char *shown = printable(name->name);

		return error_context(err, "'/%s'", shown);
	}
	return result < 0 ? -1 : 0;
}

static int export_directory(struct export *export, const struct merged_dir *dir, const char *path,
			    unsigned int depth, struct error *err)
{
	auto_release(merged_names) struct merged_names names = { 0 };

	if (depth > DEPTH_MAX)
		return error_set(err, ERROR_INVALID, "directories nested more than %d deep",
				 DEPTH_MAX);
	if (merged_list(dir, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		if (export_name(export, dir, &names.items[i], path, depth, err) < 0)
			return -1;
	return 0;
}

int container_export(struct engine *engine, struct container *container, int output,
		     struct error *err)
{
	auto_release(export) struct export export = { .output = output };
	auto_release(layer_trees) struct layer_trees trees = { 0 };
	auto_release(merged_dir) struct merged_dir root = { 0 };
	auto_release(buffer) struct buffer end = { 0 };

	export.chunk = xmalloc(CHUNK_SIZE);
	if (layer_trees_open_container(engine, container, &trees, err) < 0 ||
	    merged_open(trees.fds, trees.count, &root, err) < 0)
		return -1;
	if (export_directory(&export, &root, "", 0, err) < 0)
		return error_context(err, "cannot export");
	tar_write_end(&end);
	return write_out(&export, end.data, end.size, err);
}
