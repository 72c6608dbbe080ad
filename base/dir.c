/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, making and listing directories. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "base/strings.h"

static int open_dir(int dir, const char *path)
{
	return openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | path_nofollow(dir));
}

int dir_open(int dir, const char *path, struct error *err)
{
	int fd = open_dir(dir, path);

	return fd < 0 ? path_error(err, "cannot open the directory '%s'", path) : fd;
}

/* Makes `name` unless it is there, and opens it. A umask takes no bit from `mode`. */
static int make_one(int dir, const char *name, mode_t mode, int nofollow)
{
	bool is_new = mkdirat(dir, name, mode) == 0;
	auto_fd int fd = -1;
	struct stat info;

	if (!is_new && errno != EEXIST)
		return -1;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | nofollow);
	if (fd < 0 || !is_new)
		return take_fd(&fd);
	if (fstat(fd, &info) < 0)
		return -1;
	if ((info.st_mode & mode) != mode && fchmod(fd, (info.st_mode & 07777) | mode) < 0)
		return -1;
	return take_fd(&fd);
}

/* Opens the next directory on the way, which may belong to others and be closed to reading. */
static int step_into(int dir, const char *name, mode_t mode, bool last, int nofollow)
{
	int fd = -1;

	if (!last)
		fd = openat(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 || (!last && errno != ENOENT))
		return fd;
	return make_one(dir, name, mode, last ? nofollow : 0);
}

static int make_all(int dir, const char *path, mode_t mode)
{
	auto_fd int current = openat(dir, *path == '/' ? "/" : ".",
				     O_PATH | O_DIRECTORY | O_CLOEXEC);
	int nofollow = path_nofollow(dir);
	size_t length;

	while (current >= 0 && (length = path_component(&path)) > 0) {
		char name[NAME_MAX + 1];
		const char *rest = path + length;
		int next;

		if (length > NAME_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, path, length);
		name[length] = '\0';
		next = step_into(current, name, mode, path_component(&rest) == 0, nofollow);
		auto_close_fd(&current);
		current = next;
		path += length;
	}
	return take_fd(&current);
}

int dir_make(int dir, const char *path, mode_t mode, struct error *err)
{
	int fd = open_dir(dir, path);

	if (fd < 0 && errno == ENOENT && *path)
		fd = make_all(dir, path, mode);
	return fd < 0 ? path_error(err, "cannot make the directory '%s'", path) : fd;
}

int dir_list(int dir, struct strings *ret_names, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };
	auto_fd int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_dir DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!stream)
		return error_errno(err, "cannot list a directory");
	take_fd(&fd);
	while (errno = 0, (entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (names.count + 1 >= DIR_ENTRIES_MAX)
			return error_set(err, ERROR_INVALID,
					 "cannot list a directory: %d entries or more",
					 DIR_ENTRIES_MAX);
		strings_add(&names, entry->d_name);
	}
	if (errno)
		return error_errno(err, "cannot list a directory");
	strings_sort(&names);
	strings_release(ret_names);
	*ret_names = names;
	names = (struct strings){ 0 };
	return 0;
}
