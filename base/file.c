/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and writing whole files by descriptor. A file that others may have
 * put there is opened without waiting and looked at first: a FIFO in its place
 * must not hang us, a device must not be touched.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/random.h"
#include "base/syscalls.h"

#define TEMPORARY_NAME_SIZE sizeof(".tmp-0123456789abcdef")

static int open_regular(int dir, const char *path, struct stat *ret_stat, struct error *err)
{
	auto_fd int fd = openat(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC |
				path_nofollow(dir));

	if (fd < 0)
		return path_error(err, "cannot open '%s'", path);
	if (fstat(fd, ret_stat) < 0)
		return error_errno(err, "cannot look at '%s'", path);
	if (!S_ISREG(ret_stat->st_mode))
		return error_set(err, ERROR_INVALID, "cannot read '%s': not a regular file", path);
	return take_fd(&fd);
}

int file_read(int dir, const char *path, size_t max, struct buffer *buffer, struct error *err)
{
	size_t max_before = buffer->max;
	struct stat info;
	auto_fd int fd = open_regular(dir, path, &info, err);
	int result;

	if (fd < 0)
		return -1;
	if ((uint64_t)info.st_size > max)
		return error_set(err, ERROR_INVALID, "cannot read '%s': larger than %zu bytes",
				 path, max);
	buffer->max = buffer->size + max;
	result = fd_read_all(fd, path, buffer, err);
	buffer->max = max_before;
	return result;
}

char *file_read_line(int dir, const char *path, size_t max, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };

	if (file_read(dir, path, max, &text, err) < 0)
		return NULL;
	if (text.size > 0 && memchr(text.data, '\0', text.size)) {
		error_set(err, ERROR_INVALID, "cannot read '%s': it holds a NUL byte", path);
		return NULL;
	}
	if (text.size > 0 && text.data[text.size - 1] == '\n')
		text.data[--text.size] = '\0';
	return buffer_take(&text);
}

/* Makes a file of a new name in `dir` with the whole content; its descriptor. */
static int write_temporary(int dir, const void *data, size_t size, mode_t mode,
			   char ret_name[TEMPORARY_NAME_SIZE])
{
	auto_fd int fd = -1;
	int saved;

	memcpy(ret_name, ".tmp-", 5);
	random_hex(ret_name + 5, TEMPORARY_NAME_SIZE - 6);
	fd = openat(dir, ret_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	/* The mode is set only now: neither the umask nor a reader comes in between. */
	if (fd_write_full(fd, data, size) == 0 && fchmod(fd, mode) == 0)
		return take_fd(&fd);
	saved = errno;
	unlinkat(dir, ret_name, 0);
	errno = saved;
	return -1;
}

/* `dir` may be an O_PATH descriptor, which fsync() refuses. */
static int sync_dir(int dir)
{
	auto_fd int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -1 : fsync(fd);
}

int file_write(int dir, const char *name, const void *data, size_t size, mode_t mode,
	       enum file_sync sync, struct error *err)
{
	char temporary[TEMPORARY_NAME_SIZE];
	auto_fd int parent = path_open_parent(dir, &name, err);
	auto_fd int fd = -1;

	if (parent < 0)
		return -1;
	fd = write_temporary(parent, data, size, mode, temporary);
	if (fd < 0)
		return path_error(err, "cannot write '%s'", name);
	if ((sync == FILE_DURABLE && fsync(fd) < 0) ||
	    renameat(parent, temporary, parent, name) < 0) {
		error_errno(err, "cannot write '%s'", name);
		unlinkat(parent, temporary, 0);
		return -1;
	}
	if (sync == FILE_DURABLE && sync_dir(parent) < 0)
		return error_errno(err, "cannot write '%s' to disk", name);
	return 0;
}

/* Gives `from` the name `to` only if nothing has it yet. */
static int rename_new(int dir, const char *from, const char *to)
{
	if (sys_renameat2(dir, from, dir, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* NFS and some FUSE file systems lack RENAME_NOREPLACE. */
	if (linkat(dir, from, dir, to, 0) < 0)
		return -1;
	return unlinkat(dir, from, 0);
}

int file_create(int dir, const char *name, const void *data, size_t size, mode_t mode,
		struct error *err)
{
	char temporary[TEMPORARY_NAME_SIZE];
	auto_fd int parent = path_open_parent(dir, &name, err);
	auto_fd int fd = -1;

	if (parent < 0)
		return -1;
	fd = write_temporary(parent, data, size, mode, temporary);
	if (fd < 0)
		return path_error(err, "cannot make '%s'", name);
	if (rename_new(parent, temporary, name) < 0) {
		path_error(err, "cannot make '%s'", name);
		unlinkat(parent, temporary, 0);
		return -1;
	}
	return 0;
}

bool file_exists(int dir, const char *path)
{
	struct stat info;

	return fstatat(dir, path, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

char *link_read(int dir, const char *path, struct error *err)
{
	char target[PATH_SIZE_MAX];
	ssize_t length = readlinkat(dir, path, target, sizeof(target));

	if (length < 0) {
		path_error(err, "cannot read the link '%s'", path);
		return NULL;
	}
	if ((size_t)length == sizeof(target)) {
		error_errnum(err, ENAMETOOLONG, "cannot read the link '%s'", path);
		return NULL;
	}
	return xstrndup(target, (size_t)length);
}
