/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hiding and write-protecting parts of /proc and /sys (R4).
 *
 * A hidden file becomes our own /dev/null, a hidden directory an empty read-only
 * tmpfs. Nothing is taken by path from what the image could have put there, and
 * the result is looked at again: a mask that is not there is worse than none asked for.
 */
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/rooted.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "engine/runtime/filesystem.h"
#include "engine/runtime/setup.h"

struct masks {
	int root;
	int null;	/* our /dev/null */
	int empty;	/* an empty tmpfs, attached at the first hidden directory; -1 before */
};

static bool is_null(int fd)
{
	struct stat info;

	return fstat(fd, &info) == 0 && S_ISCHR(info.st_mode) &&
	       info.st_rdev == makedev(1, 3);
}

static bool is_empty_tmpfs(int fd)
{
	struct statfs info;

	return fstatfs(fd, &info) == 0 && info.f_type == TMPFS_MAGIC &&
	       (info.f_flags & ST_RDONLY);
}

static bool is_missing(void)
{
	return errno == ENOENT || errno == ENOTDIR;
}

/* The first one is new; further ones are copies of it. */
static int open_empty(struct masks *masks, struct error *err)
{
	auto_release(strings) struct strings options = { 0 };
	int fd;

	if (masks->empty >= 0) {
		fd = filesystem_copy(masks->empty, "", false);
		return fd < 0 ? error_errno(err, "cannot copy a mount") : fd;
	}
	strings_add(&options, "mode=0755");
	strings_add(&options, "nr_inodes=1");
	return filesystem_open("tmpfs", &options, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
			       MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, err);
}

static int hide(struct masks *masks, int target, bool directory, struct error *err)
{
	auto_fd int cover = -1;

	if (directory) {
		cover = open_empty(masks, err);
		if (cover < 0)
			return -1;
	} else {
		cover = filesystem_copy(masks->null, "", false);
	}
	if (cover < 0 || filesystem_attach(cover, target) < 0)
		return error_errno(err, "cannot hide it");
	if (directory && masks->empty < 0)
		masks->empty = take_fd(&cover);
	return 0;
}

static int mask_path(struct masks *masks, const char *path, struct error *err)
{
	auto_fd int target = rooted_open(masks->root, path, ROOTED_IN_ROOT, O_PATH, 0);
	auto_fd int after = -1;
	struct stat info;
	bool directory;

	if (target < 0 && is_missing())
		return 0;
	if (target < 0 || fstat(target, &info) < 0)
		return error_errno(err, "cannot open it");
	directory = S_ISDIR(info.st_mode);
	if (hide(masks, target, directory, err) < 0)
		return -1;
	after = rooted_open(masks->root, path, ROOTED_IN_ROOT, O_PATH, 0);
	if (after < 0 || !(directory ? is_empty_tmpfs(after) : is_null(after)))
		return error_set(err, ERROR_OTHER, "it is not hidden afterwards");
	return 0;
}

static int protect_path(int root, const char *path, struct error *err)
{
	auto_fd int target = rooted_open(root, path, ROOTED_IN_ROOT, O_PATH, 0);
	auto_fd int copy = -1, after = -1;
	struct statfs info;

	if (target < 0 && is_missing())
		return 0;
	if (target < 0)
		return error_errno(err, "cannot open it");
	copy = filesystem_copy(target, "", true);
	if (copy < 0 || filesystem_change(copy, true, MOUNT_ATTR_RDONLY, 0) < 0 ||
	    filesystem_attach(copy, target) < 0)
		return error_errno(err, "cannot mount it read-only");
	after = rooted_open(root, path, ROOTED_IN_ROOT, O_PATH, 0);
	if (after < 0 || fstatfs(after, &info) < 0 || !(info.f_flags & ST_RDONLY))
		return error_set(err, ERROR_OTHER, "it is not read-only afterwards");
	return 0;
}

int setup_masks(struct setup *setup, struct error *err)
{
	const struct strings *hidden = &setup->spec->masked_paths;
	const struct strings *read_only = &setup->spec->read_only_paths;
	auto_fd int null = openat(setup->dev, "null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct masks masks = { .root = setup->root, .null = null, .empty = -1 };
	int result = 0;

	if (!is_null(null))
		return error_set(err, ERROR_OTHER, "/dev/null is not device 1:3");
	for (size_t i = 0; result == 0 && i < read_only->count; i++) {
		result = protect_path(setup->root, read_only->items[i], err);
		if (result < 0)
			error_context(err, "'%s'", read_only->items[i]);
	}
	for (size_t i = 0; result == 0 && i < hidden->count; i++) {
		result = mask_path(&masks, hidden->items[i], err);
		if (result < 0)
			error_context(err, "'%s'", hidden->items[i]);
	}
	auto_close_fd(&masks.empty);
	return result;
}
