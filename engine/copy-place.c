/* SPDX-License-Identifier: Apache-2.0 */
/* What paths given to cp mean: see copy-place.h. */
#include "engine/copy-place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/rooted.h"
#include "base/strings.h"

#define LINKS_MAX 40
#define PARENT_FLAGS (O_PATH | O_DIRECTORY)

static int open_from(int root, const char *path, int flags)
{
	return root < 0 ? open(path, flags | O_CLOEXEC) :
			  rooted_open(root, path, ROOTED_IN_ROOT, flags, 0);
}

/* The last component, and what is in front of it: trailing slashes do not count. New strings. */
static void split_path(const char *path, char **ret_parent, char **ret_name)
{
	size_t length = strlen(path);
	size_t start;

	while (length > 0 && path[length - 1] == '/')
		length--;
	for (start = length; start > 0 && path[start - 1] != '/';)
		start--;
	*ret_name = xstrndup(path + start, length - start);
	while (start > 1 && path[start - 1] == '/')
		start--;
	*ret_parent = start ? xstrndup(path, start) : xstrdup(".");
}

void copy_source_describe(const char *path, struct copy_source *ret_source)
{
	auto_free char *parent = NULL;

	free(ret_source->base);
	split_path(path, &parent, &ret_source->base);
	ret_source->only_content = *ret_source->base == '\0' ||
				   strcmp(ret_source->base, ".") == 0 ||
				   strcmp(ret_source->base, "..") == 0;
}

static int open_itself(int root, const char *path, struct copy_source *source, struct error *err)
{
	source->dir = open_from(root, path, O_RDONLY | O_DIRECTORY);
	if (source->dir < 0)
		return error_errno(err, "cannot open the directory '%s'", path);
	source->name = xstrdup(".");
	source->is_dir = true;
	return 0;
}

/* Where the link leads, seen from the directory that it is in. New string. */
static char *follow(int dir, const char *parent, const char *name, struct error *err)
{
	auto_free char *target = link_read(dir, name, err);

	if (!target || target[0] == '/')
		return take_ptr(&target);
	return xasprintf("%s/%s", parent, target);
}

static int open_below(int root, const char *path, unsigned int links, struct copy_source *source,
		      struct error *err)
{
	auto_free char *parent = NULL;
	auto_free char *name = NULL;
	auto_free char *next = NULL;
	auto_fd int dir = -1;
	struct stat stat;

	split_path(path, &parent, &name);
	if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    has_suffix(path, "/"))
		return open_itself(root, path, source, err);
	dir = open_from(root, parent, PARENT_FLAGS);
	if (dir < 0 || fstatat(dir, name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot find '%s'", path);
	if (S_ISLNK(stat.st_mode) && links > 0) {
		next = follow(dir, parent, name, err);
		return next ? open_below(root, next, links - 1, source, err) : -1;
	}
	source->dir = take_fd(&dir);
	source->name = take_ptr(&name);
	source->is_dir = S_ISDIR(stat.st_mode);
	return 0;
}

int copy_source_open(int root, const char *path, bool follow_link, struct copy_source *ret_source,
		     struct error *err)
{
	copy_source_describe(path, ret_source);
	return open_below(root, path, follow_link ? LINKS_MAX : 0, ret_source, err);
}

void copy_source_release(struct copy_source *source)
{
	auto_close_fd(&source->dir);
	free(source->name);
	free(source->base);
	*source = COPY_SOURCE_NONE;
}

/* Why `path`, which cannot be opened as a directory, is no place for `source`. */
static int check_file_target(const char *path, const struct copy_source *source, int reason,
			     struct error *err)
{
	if (reason != ENOTDIR && reason != ENOENT)
		return error_errnum(err, reason, "cannot open '%s'", path);
	if (!source || (reason == ENOTDIR && has_suffix(path, "/")))
		return error_set(err, ERROR_INVALID, "'%s' is not a directory", path);
	if (reason == ENOTDIR && source->is_dir)
		return error_set(err, ERROR_INVALID, "cannot copy a directory to the file '%s'",
				 path);
	if (reason == ENOENT && has_suffix(path, "/") && !source->is_dir)
		return error_set(err, ERROR_NOT_FOUND, "no such directory: '%s'", path);
	return 0;
}

int copy_target_open(int root, const char *path, const struct copy_source *source,
		     struct copy_target *ret_target, struct error *err)
{
	auto_fd int dir = open_from(root, path, PARENT_FLAGS);
	auto_free char *parent = NULL;
	auto_free char *name = NULL;

	if (dir >= 0) {
		ret_target->dir = take_fd(&dir);
		ret_target->name = xstrdup(!source || source->only_content ? "." : source->base);
		return 0;
	}
	if (check_file_target(path, source, errno, err) < 0)
		return -1;
	split_path(path, &parent, &name);
	dir = open_from(root, parent, PARENT_FLAGS);
	if (dir < 0)
		return error_errno(err, "cannot open the directory '%s'", parent);
	ret_target->dir = take_fd(&dir);
	ret_target->name = take_ptr(&name);
	return 0;
}

void copy_target_release(struct copy_target *target)
{
	auto_close_fd(&target->dir);
	free(target->name);
	*target = COPY_TARGET_NONE;
}
