/* SPDX-License-Identifier: Apache-2.0 */
/* See image/tree-file.h. */
#include "image/tree-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strings.h"

#define XATTR_LIST_MAX 65536
#define OPEN_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define WHITEOUT_PREFIX ".wh."

/* Labels, measurements and overlay's own belong to this machine. */
static const char *const kept_attributes[] = { "security.capability", "system.posix_acl_access",
					       "system.posix_acl_default" };

static const char *const opaque_attributes[] = { "trusted.overlay.opaque", "user.overlay.opaque",
						 "user.fuseoverlayfs.opaque" };

/* What is not opened goes by the link of its directory's descriptor (no call takes both before
 * Linux 6.13). */
struct place {
	int fd;			/* -1: by path */
	char path[64 + 256];
};

static ssize_t list_attributes(const struct place *place, char *names, size_t size)
{
	return place->fd >= 0 ? flistxattr(place->fd, names, size) :
				llistxattr(place->path, names, size);
}

static ssize_t get_attribute(const struct place *place, const char *name, void *value, size_t size)
{
	return place->fd >= 0 ? fgetxattr(place->fd, name, value, size) :
				lgetxattr(place->path, name, value, size);
}

static bool is_listed(const char *const *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static bool is_kept(const char *name)
{
	if (is_listed(kept_attributes, ARRAY_SIZE(kept_attributes), name))
		return true;
	return has_prefix(name, "user.") && !has_prefix(name, "user.overlay.") &&
	       !has_prefix(name, "user.fuseoverlayfs.");
}

static int add_attribute(struct tree_file *file, const char *name, const void *value, size_t size,
			 struct error *err)
{
	struct tar_entry *entry = &file->entry;
	struct tar_xattr *added;

	if (entry->xattr_count == TAR_XATTRS_MAX)
		return error_set(err, ERROR_INVALID, "it has more than %d attributes",
				 TAR_XATTRS_MAX);
	entry->xattrs = xrealloc_array(entry->xattrs, entry->xattr_count + 1,
				       sizeof(*entry->xattrs));
	added = &entry->xattrs[entry->xattr_count++];
	added->name = xstrdup(name);
	added->value = xmalloc(size + 1);
	added->size = size;
	memcpy(added->value, value, size);
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct tar_xattr *a = left, *b = right;

	return strcmp(a->name, b->name);
}

static int read_attributes(struct tree_file *file, const struct place *place, struct error *err)
{
	auto_free char *names = xmalloc(XATTR_LIST_MAX);
	auto_free char *value = xmalloc(TAR_XATTR_VALUE_MAX);
	ssize_t size = list_attributes(place, names, XATTR_LIST_MAX);

	if (size < 0)
		return errno == ENOTSUP || errno == ENOENT || errno == EPERM ?
			       0 : error_errno(err, "cannot list its attributes");
	for (ssize_t at = 0; at < size; at += (ssize_t)strlen(names + at) + 1) {
		const char *name = names + at;
		bool marks = is_listed(opaque_attributes, ARRAY_SIZE(opaque_attributes), name);
		ssize_t length;

		if (!marks && !is_kept(name))
			continue;
		length = get_attribute(place, name, value, TAR_XATTR_VALUE_MAX);
		if (length < 0)
			continue;	/* it has just been removed */
		if (marks)
			file->is_opaque |= length == 1 && value[0] == 'y';
		else if (add_attribute(file, name, value, (size_t)length, err) < 0)
			return -1;
	}
	if (file->entry.xattr_count > 1)
		qsort(file->entry.xattrs, file->entry.xattr_count, sizeof(*file->entry.xattrs),
		      compare);
	return 0;
}

static enum tar_type type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return TAR_DIRECTORY;
	case S_IFLNK:
		return TAR_SYMLINK;
	case S_IFCHR:
		return TAR_CHARACTER;
	case S_IFBLK:
		return TAR_BLOCK;
	case S_IFIFO:
		return TAR_FIFO;
	default:
		return TAR_FILE;
	}
}

static void fill_entry(struct tree_file *file)
{
	const struct stat *stat = &file->stat;

	file->entry.type = type_of(stat->st_mode);
	file->entry.mode = stat->st_mode & 07777;
	file->entry.uid = stat->st_uid;
	file->entry.gid = stat->st_gid;
	file->entry.mtime_ns = stat->st_mtim.tv_sec * NS_PER_SECOND + stat->st_mtim.tv_nsec;
	if (S_ISREG(stat->st_mode))
		file->entry.size = file->entry.stored_size = (uint64_t)stat->st_size;
	file->entry.device_major = major(stat->st_rdev);
	file->entry.device_minor = minor(stat->st_rdev);
	file->is_socket = S_ISSOCK(stat->st_mode);
	file->is_whiteout = S_ISCHR(stat->st_mode) && stat->st_rdev == makedev(0, 0);
}

static bool is_opened(const struct tree_file *file)
{
	return S_ISREG(file->stat.st_mode) || S_ISDIR(file->stat.st_mode);
}

/* 1; 0: it has gone; -1. */
static int look(int dir, const char *name, struct tree_file *file, struct error *err)
{
	if (fstatat(dir, name, &file->stat, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_errno(err, "cannot look at it");
	if (!is_opened(file))
		return 1;
	file->fd = openat(dir, name, OPEN_FLAGS);
	/* Somebody may have put something else there. */
	if (file->fd < 0)
		return errno == ENOENT || errno == ELOOP || errno == ENXIO ?
			       0 : error_errno(err, "cannot open it");
	if (fstat(file->fd, &file->stat) < 0)
		return error_errno(err, "cannot look at it");
	return is_opened(file);
}

static int describe(int dir, const char *name, struct tree_file *file, struct error *err)
{
	struct place place = { .fd = file->fd };

	fill_entry(file);
	if (file->is_whiteout || file->is_socket)
		return 0;
	if (file->fd < 0)
		snprintf(place.path, sizeof(place.path), "/proc/self/fd/%d/%s", dir, name);
	if (file->entry.type == TAR_SYMLINK) {
		file->entry.link = link_read(dir, name, err);
		if (!file->entry.link)
			return -1;
	}
	return read_attributes(file, &place, err);
}

int tree_file_open(int dir, const char *name, struct tree_file *ret_file, struct error *err)
{
	struct tree_file file = { .fd = -1 };
	int result = look(dir, name, &file, err);

	if (result == 1 && describe(dir, name, &file, err) < 0)
		result = -1;
	if (result == 1)
		*ret_file = file;
	else
		tree_file_release(&file);
	return result;
}

int tree_file_directory(int dir, struct tree_file *ret_file, struct error *err)
{
	struct tree_file file = { .fd = fcntl(dir, F_DUPFD_CLOEXEC, 3) };

	if (file.fd < 0 || fstat(file.fd, &file.stat) < 0) {
		auto_close_fd(&file.fd);
		return error_errno(err, "cannot look at the directory");
	}
	if (describe(-1, "", &file, err) < 0) {
		tree_file_release(&file);
		return -1;
	}
	*ret_file = file;
	return 0;
}

void tree_file_release(struct tree_file *file)
{
	auto_close_fd(&file->fd);
	file->fd = -1;
	free(file->entry.link);
	for (size_t i = 0; i < file->entry.xattr_count; i++) {
		free(file->entry.xattrs[i].name);
		free(file->entry.xattrs[i].value);
	}
	free(file->entry.xattrs);
	file->entry = (struct tar_entry){ 0 };
}

const char *tree_file_hidden(const char *name)
{
	return strcmp(name, TREE_OPAQUE_NAME) == 0 ? NULL : skip_prefix(name, WHITEOUT_PREFIX);
}

static int compare_texts(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* What lies in a directory that is listed. */
static int below_left_out(const struct tree_file *file, const char *path, const char *name,
			  const struct strings *left_out, struct error *err)
{
	auto_free char *below = xasprintf("%s/%s", path, name);
	auto_release(tree_file) struct tree_file inner = { .fd = -1 };
	int result = tree_file_open(file->fd, name, &inner, err);

	if (result == 0)
		return 1;
	return result < 0 ? -1 : tree_file_left_out(&inner, below, left_out, err);
}

int tree_file_left_out(const struct tree_file *file, const char *path,
		       const struct strings *left_out, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };
	int result = 1;

	if (!left_out || left_out->count == 0 || file->is_opaque ||
	    !bsearch(&path, left_out->items, left_out->count, sizeof(path), compare_texts))
		return 0;
	if (S_ISREG(file->stat.st_mode))
		return file->stat.st_size == 0;
	if (!S_ISDIR(file->stat.st_mode))
		return 0;
	if (dir_list(file->fd, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count && result == 1; i++)
		result = below_left_out(file, path, names.items[i], left_out, err);
	return result;
}
