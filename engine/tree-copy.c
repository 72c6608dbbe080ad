/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copying a tree, name by name below two directory descriptors. Hard links between
 * files become copies: a volume is seeded once, and its sharing is not asked for.
 */
#include "engine/tree-copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/strings.h"

#define DEPTH_MAX 1000
#define XATTR_SIZE_MAX 65536

static int copy_tree(int from, int to, unsigned int depth, struct error *err);

/* What cannot be set here (security labels, another file system's) is not part of the content. */
static void copy_attributes(int from, int to)
{
	auto_free char *names = malloc(XATTR_SIZE_MAX);
	auto_free char *value = malloc(XATTR_SIZE_MAX);
	ssize_t size = names && value ? flistxattr(from, names, XATTR_SIZE_MAX) : -1;

	for (ssize_t at = 0; at < size; at += (ssize_t)strlen(names + at) + 1) {
		ssize_t length;

		if (has_prefix(names + at, "trusted.overlay.") ||
		    has_prefix(names + at, "user.overlay."))
			continue;
		length = fgetxattr(from, names + at, value, XATTR_SIZE_MAX);
		if (length >= 0)
			fsetxattr(to, names + at, value, (size_t)length, 0);
	}
}

/* Owner first: changing it clears set-id bits and capabilities. */
static int copy_metadata(int from, int to, const struct stat *stat, struct error *err)
{
	const struct timespec times[2] = { stat->st_atim, stat->st_mtim };

	if (fchown(to, stat->st_uid, stat->st_gid) < 0)
		return error_errno(err, "cannot set the owner");
	if (fchmod(to, stat->st_mode & 07777) < 0)
		return error_errno(err, "cannot set the mode");
	copy_attributes(from, to);
	if (futimens(to, times) < 0)
		return error_errno(err, "cannot set the times");
	return 0;
}

static int copy_file(int from_dir, int to_dir, const char *name, const struct stat *stat,
		     struct error *err)
{
	auto_fd int from = openat(from_dir, name,
				  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	auto_fd int to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				0600);

	if (from < 0 || to < 0)
		return error_errno(err, "cannot copy");
	if (fd_copy(from, to, err) < 0)
		return -1;
	return copy_metadata(from, to, stat, err);
}

static int copy_directory(int from_dir, int to_dir, const char *name, unsigned int depth,
			  struct error *err)
{
	auto_fd int from = dir_open(from_dir, name, err);
	auto_fd int to = -1;

	if (from < 0)
		return -1;
	if (mkdirat(to_dir, name, 0700) < 0)
		return error_errno(err, "cannot make the directory");
	to = dir_open(to_dir, name, err);
	return to < 0 ? -1 : copy_tree(from, to, depth + 1, err);
}

/* Links, pipes and devices: what has no content of its own. */
static int copy_node(int from_dir, int to_dir, const char *name, const struct stat *stat,
		     struct error *err)
{
	const struct timespec times[2] = { stat->st_atim, stat->st_mtim };
	auto_free char *target = NULL;

	if (S_ISSOCK(stat->st_mode))
		return 0;
	if (S_ISLNK(stat->st_mode)) {
		target = link_read(from_dir, name, err);
		if (!target)
			return -1;
		if (symlinkat(target, to_dir, name) < 0)
			return error_errno(err, "cannot make the link");
	} else if (mknodat(to_dir, name, stat->st_mode, stat->st_rdev) < 0) {
		return errno == EPERM ? 0 : error_errno(err, "cannot make the node");
	}
	if (fchownat(to_dir, name, stat->st_uid, stat->st_gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot set owner and times");
	return 0;
}

static int copy_entry(int from, int to, const char *name, unsigned int depth, struct error *err)
{
	struct stat stat;

	if (fstatat(from, name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot look at it");
	if (S_ISREG(stat.st_mode))
		return copy_file(from, to, name, &stat, err);
	if (S_ISDIR(stat.st_mode))
		return copy_directory(from, to, name, depth, err);
	return copy_node(from, to, name, &stat, err);
}

static int copy_tree(int from, int to, unsigned int depth, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };

	if (depth > DEPTH_MAX)
		return error_set(err, ERROR_INVALID, "directories nested more than %d deep",
				 DEPTH_MAX);
	if (dir_list(from, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		if (copy_entry(from, to, names.items[i], depth, err) < 0)
			return error_context(err, "copy '%s'", names.items[i]);
	return tree_copy_attributes(from, to, err);
}

int tree_copy_attributes(int from, int to, struct error *err)
{
	struct stat stat;

	if (fstat(from, &stat) < 0)
		return error_errno(err, "cannot look at a directory");
	return copy_metadata(from, to, &stat, err);
}

int tree_copy(int from, int to, struct error *err)
{
	return copy_tree(from, to, 0, err);
}
