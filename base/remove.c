/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing a tree that may have been built to stop us: thousands of levels,
 * directories without permissions, links, and mounts inside.
 *
 * Each level on the way down costs a descriptor and a stack frame. So where it
 * gets deep, a directory is renamed up to the tree's top and removed from
 * there; nothing is ever reached by a long path or through "..".
 * RESOLVE_NO_XDEV stops at mounts, bind mounts of the same file system too,
 * which a look at st_dev would let us walk into.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "base/random.h"
#include "base/syscalls.h"

#define DEPTH_MOVE_UP 64	/* from here on down, directories are moved to the top */
#define DEPTH_MAX 512		/* where the file system does not let us move them */

struct removal {
	int top;		/* the tree's own directory, borrowed; -1 until it is open */
	unsigned int depth;
	bool progress;		/* something was removed or moved since this was cleared */
};

static int remove_entry(struct removal *removal, int dir, const char *name, unsigned char type,
			struct error *err);

/* Gives the owner back the right to list and change the directory of an O_PATH descriptor. */
static void make_accessible(int dir, mode_t mode)
{
	char path[sizeof("/proc/self/fd/") + 12];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
	(void)chmod(path, (mode & 07777) | S_IRWXU); /* if it fails, the next step tells why */
}

/* A descriptor to read directory `name` in `dir`; -1 and errno, EXDEV for a mount point. */
static int open_to_empty(int dir, const char *name)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	auto_fd int fd = sys_openat2(dir, name, &how);
	struct stat info;

	if (fd < 0 || fstat(fd, &info) < 0)
		return -1;
	if ((info.st_mode & S_IRWXU) != S_IRWXU)
		make_accessible(fd, info.st_mode);
	return openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int removal_failed(struct error *err, const char *name)
{
	if (errno != EXDEV && errno != EBUSY)
		return error_errno(err, "cannot remove '%s'", name);
	error_set(err, ERROR_BUSY, "cannot remove '%s': something is mounted there", name);
	err->errnum = EBUSY;
	return -1;
}

/* One pass over the entries of `fd`, which is taken. */
static int remove_entries(struct removal *removal, int fd, struct error *err)
{
	auto_dir DIR *stream = fdopendir(fd);
	const struct dirent *entry;

	if (!stream) {
		error_errno(err, "cannot list a directory");
		close(fd);
		return -1;
	}
	if (removal->top < 0)
		removal->top = dirfd(stream);
	while (errno = 0, (entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (remove_entry(removal, dirfd(stream), entry->d_name, entry->d_type, err) < 0)
			return -1;
	}
	return errno ? error_errno(err, "cannot list a directory") : 0;
}

/* Moves a directory that stands too deep to the tree's top; false where that cannot be done. */
static bool move_up(struct removal *removal, int dir, const char *name)
{
	char new_name[sizeof(".deep-0123456789abcdef")] = ".deep-";
	auto_fd int accessible = -1;

	random_hex(new_name + 6, 16);
	if (renameat(dir, name, removal->top, new_name) == 0)
		return true;
	if (errno != EACCES)
		return false;
	accessible = open_to_empty(dir, name); /* its ".." changes: that takes write permission */
	return renameat(dir, name, removal->top, new_name) == 0;
}

/* Empties directory `name` once; what was moved up or came late may be left in it. */
static int empty_dir(struct removal *removal, int dir, const char *name, struct error *err)
{
	int top_before = removal->top;
	int result;
	int fd = open_to_empty(dir, name);

	if (fd < 0)
		return errno == ENOENT ? 0 : removal_failed(err, name);
	if (removal->depth >= DEPTH_MAX) {
		close(fd);
		return error_errnum(err, ELOOP, "cannot remove '%s': too deep", name);
	}
	removal->depth++;
	result = remove_entries(removal, fd, err);
	removal->depth--;
	removal->top = top_before;
	return result;
}

static int remove_dir(struct removal *removal, int dir, const char *name, struct error *err)
{
	for (;;) {
		if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT) {
			removal->progress = true;
			return 0;
		}
		/* EACCES: an overlay or FUSE looks inside first. */
		if (errno != ENOTEMPTY && errno != EEXIST && errno != EACCES)
			return removal_failed(err, name);
		if (removal->depth >= DEPTH_MOVE_UP && move_up(removal, dir, name)) {
			removal->progress = true;
			return 0;
		}
		removal->progress = false;
		if (empty_dir(removal, dir, name, err) < 0)
			return -1;
		if (!removal->progress) {
			/* Nothing left to remove, and yet it cannot be: the errno says why. */
			if (unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
				return removal_failed(err, name);
			removal->progress = true;
			return 0;
		}
	}
}

static int remove_entry(struct removal *removal, int dir, const char *name, unsigned char type,
			struct error *err)
{
	if (type != DT_DIR) {
		if (unlinkat(dir, name, 0) == 0 || errno == ENOENT) {
			removal->progress = true;
			return 0;
		}
		if (errno != EISDIR) /* d_type may be unknown, or the entry has changed */
			return removal_failed(err, name);
	}
	return remove_dir(removal, dir, name, err);
}

int dir_remove_tree(int dir, const char *name, struct error *err)
{
	struct removal removal = { .top = -1 };
	auto_fd int parent = path_open_parent(dir, &name, err);

	if (parent < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_release(err);
		return 0;
	}
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return error_set(err, ERROR_INVALID, "cannot remove '%s': not a name", name);
	if (remove_entry(&removal, parent, name, DT_UNKNOWN, err) < 0)
		return error_context(err, "cannot remove '%s' and what is in it", name);
	return 0;
}
