/* SPDX-License-Identifier: Apache-2.0 */
/* See image/merged-tree.h; the kernel's Documentation/filesystems/overlayfs.rst. */
#include "image/merged-tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strings.h"
#include "image/tree-file.h"

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

void merged_dir_release(struct merged_dir *dir)
{
	for (size_t i = 0; i < dir->count; i++)
		auto_close_fd(&dir->parts[i].fd);
	free(dir->parts);
	*dir = (struct merged_dir){ 0 };
}

static void add_part(struct merged_dir *dir, int fd, size_t tree)
{
	dir->parts = xrealloc_array(dir->parts, dir->count + 1, sizeof(*dir->parts));
	dir->parts[dir->count++] = (struct merged_part){ fd, tree };
}

int merged_open(const int *trees, size_t count, struct merged_dir *ret_dir, struct error *err)
{
	auto_release(merged_dir) struct merged_dir dir = { 0 };

	for (size_t i = 0; i < count; i++) {
		int fd = fcntl(trees[i], F_DUPFD_CLOEXEC, 3);

		if (fd < 0)
			return error_errno(err, "cannot open a layer's root");
		add_part(&dir, fd, i);
	}
	*ret_dir = dir;
	dir = (struct merged_dir){ 0 };
	return 0;
}

void merged_names_release(struct merged_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i].name);
	free(names->items);
	*names = (struct merged_names){ 0 };
}

/* Names of one part. Those that fuse-overlayfs marks as hidden count as names that do not show. */
static void add_names(struct merged_names *names, const struct strings *list, size_t part)
{
	names->items = xrealloc_array(names->items, names->count + list->count + 1,
				      sizeof(*names->items));
	for (size_t i = 0; i < list->count; i++) {
		const char *hidden = tree_file_hidden(list->items[i]);

		if (strcmp(list->items[i], TREE_OPAQUE_NAME) == 0)
			continue;
		names->items[names->count++] = (struct merged_name){
			xstrdup(hidden ? hidden : list->items[i]), part,
		};
	}
}

static int compare(const void *left, const void *right)
{
	const struct merged_name *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	if (order != 0)
		return order;
	return a->part < b->part ? -1 : a->part > b->part;
}

static bool shows(const struct merged_dir *dir, const struct merged_name *name)
{
	struct stat stat;

	/* fuse-overlayfs' mark has no file of that name beside it. */
	if (fstatat(dir->parts[name->part].fd, name->name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	return !(S_ISCHR(stat.st_mode) && stat.st_rdev == makedev(0, 0));
}

int merged_list(const struct merged_dir *dir, struct merged_names *ret_names, struct error *err)
{
	auto_release(merged_names) struct merged_names all = { 0 };
	struct merged_names shown = { 0 };

	for (size_t i = 0; i < dir->count; i++) {
		auto_release(strings) struct strings list = { 0 };

		if (dir_list(dir->parts[i].fd, &list, err) < 0)
			return -1;
		add_names(&all, &list, i);
	}
	if (all.count > 1)
		qsort(all.items, all.count, sizeof(*all.items), compare);
	shown.items = xcalloc(all.count + 1, sizeof(*shown.items));
	for (size_t i = 0; i < all.count; i++) {
		bool is_below = i > 0 && all.items[i - 1].name && all.items[i].name &&
				strcmp(all.items[i - 1].name, all.items[i].name) == 0;

		if (!is_below && shows(dir, &all.items[i]))
			shown.items[shown.count++] = (struct merged_name){
				xstrdup(all.items[i].name), all.items[i].part,
			};
	}
	*ret_names = shown;
	return 0;
}

/* Whether fuse-overlayfs hides `name` in this part. */
static bool is_marked(int part, const char *name)
{
	auto_free char *mark = xasprintf(".wh.%s", name);
	struct stat stat;

	return fstatat(part, mark, &stat, AT_SYMLINK_NOFOLLOW) == 0;
}

int merged_find(const struct merged_dir *dir, const char *name, struct tree_file *ret_file,
		size_t *ret_part, struct error *err)
{
	for (size_t i = 0; i < dir->count; i++) {
		int result = tree_file_open(dir->parts[i].fd, name, ret_file, err);

		if (result < 0)
			return -1;
		if (result == 0 && is_marked(dir->parts[i].fd, name))
			return 0;
		if (result == 0)
			continue;
		if (ret_file->is_whiteout) {
			tree_file_release(ret_file);
			return 0;
		}
		if (ret_part)
			*ret_part = i;
		return 1;
	}
	return 0;
}

/* Adds what one part has of the directory. 1: lower ones count, too; 0: no more; -1. */
static int enter_part(const struct merged_part *part, const char *name, struct merged_dir *dir,
		      struct error *err)
{
	auto_release(tree_file) struct tree_file file = { .fd = -1 };
	auto_fd int fd = openat(part->fd, name, DIRECTORY_FLAGS);

	if (fd < 0 && errno == ENOENT)
		return !is_marked(part->fd, name);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return 0;
	if (fd < 0)
		return error_errno(err, "cannot open the directory '%s'", name);
	if (tree_file_directory(fd, &file, err) < 0)
		return -1;
	add_part(dir, take_fd(&fd), part->tree);
	return !file.is_opaque;
}

int merged_enter(const struct merged_dir *dir, const char *name, size_t part,
		 struct merged_dir *ret_dir, struct error *err)
{
	auto_release(merged_dir) struct merged_dir inner = { .is_cut = dir->is_cut };

	for (size_t i = part; i < dir->count; i++) {
		int more = enter_part(&dir->parts[i], name, &inner, err);

		if (more < 0)
			return -1;
		if (more == 0) {
			inner.is_cut = true;
			break;
		}
	}
	*ret_dir = inner;
	inner = (struct merged_dir){ 0 };
	return 0;
}
