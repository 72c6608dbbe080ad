/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resolution below a hostile root. Opening is one openat2(). Making what is
 * missing cannot be: openat2() makes no directories, and a link that dangles
 * has to be followed to where its target shall be made. So that is a walk, one
 * component at a time, each opened without following, links read by their own
 * descriptor, and every directory on the way held by descriptor. Whatever is
 * exchanged meanwhile, a walk only ever steps into a child of a directory it
 * holds, or begins again at the root.
 */
#include "base/rooted.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "base/syscalls.h"

#define LINKS_MAX 40		/* as the kernel has it */
#define OPEN_TRIES_MAX 256	/* EAGAIN: a rename raced with ".." in the path */
#define STEP_TRIES_MAX 64	/* a component that keeps appearing and vanishing */

struct make {
	mode_t dir_mode;
	mode_t file_mode;
	bool file;		/* the last component is a file */
	uid_t uid;		/* (uid_t)-1: as made */
	gid_t gid;
};

struct walk {
	int root;		/* borrowed */
	int current;		/* owned: the directory reached */
	struct strings names;	/* its path: what ".." goes back on */
	char *pending;		/* owned: what is still to be walked */
	unsigned int links;
	enum rooted_how how;
	const struct make *make;
};

static bool has_dot_dot(const char *path)
{
	size_t length;

	while ((length = path_component(&path)) > 0) {
		if (length == 2 && memcmp(path, "..", 2) == 0)
			return true;
		path += length;
	}
	return false;
}

static int refuse(int errnum)
{
	errno = errnum;
	return -1;
}

int rooted_open(int root, const char *path, enum rooted_how how, int flags, mode_t mode)
{
	bool makes = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
	struct open_how open_how = {
		.flags = (unsigned int)flags | O_CLOEXEC,
		.mode = makes ? mode & 07777 : 0,
		.resolve = RESOLVE_NO_MAGICLINKS,
	};

	if (how == ROOTED_BENEATH && has_dot_dot(path))
		return refuse(EXDEV);
	if (how == ROOTED_BENEATH)
		open_how.resolve |= RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
	else
		open_how.resolve |= RESOLVE_IN_ROOT;
	for (int tries = 0; tries < OPEN_TRIES_MAX; tries++) {
		int fd = sys_openat2(root, path, &open_how);

		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			return fd;
	}
	return -1;
}

static int set_current(struct walk *walk, int fd)
{
	if (fd < 0)
		return -1;
	auto_close_fd(&walk->current);
	walk->current = fd;
	return 0;
}

static int walk_to_root(struct walk *walk)
{
	strings_release(&walk->names);
	return set_current(walk, openat(walk->root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

static int walk_up(struct walk *walk)
{
	auto_free char *path = NULL;

	if (walk->how == ROOTED_BENEATH)
		return refuse(EXDEV);
	if (walk->names.count <= 1)
		return walk_to_root(walk);
	strings_remove(&walk->names, walk->names.count - 1);
	path = strings_join(&walk->names, "/");
	return set_current(walk, rooted_open(walk->root, path, ROOTED_BENEATH,
					     O_PATH | O_DIRECTORY, 0));
}

/* Puts the target of a link in front of what is still to be walked. */
static int walk_link(struct walk *walk, int link, const char *rest)
{
	char target[PATH_SIZE_MAX];
	ssize_t length;
	char *pending;

	if (walk->how == ROOTED_BENEATH || ++walk->links > LINKS_MAX)
		return refuse(ELOOP);
	length = readlinkat(link, "", target, sizeof(target));
	if (length < 0)
		return -1;
	if (length == 0 || (size_t)length == sizeof(target))
		return refuse(ENOENT);
	target[length] = '\0';
	if (target[0] == '/' && walk_to_root(walk) < 0)
		return -1;
	pending = xasprintf("%s/%s", target, rest);
	free(walk->pending);
	walk->pending = pending;
	return 0;
}

/* Gives what was just made its owner, and the bits of its mode that the umask took. */
static int finish_made(int fd, const struct make *make, mode_t mode)
{
	struct stat info;
	bool chown;

	if (fstat(fd, &info) < 0)
		return -1;
	chown = (make->uid != (uid_t)-1 && make->uid != info.st_uid) ||
		(make->gid != (gid_t)-1 && make->gid != info.st_gid);
	if (chown && fchown(fd, make->uid, make->gid) < 0)
		return -1;
	/* After chown(), which clears setuid and setgid. */
	if ((info.st_mode & 07777) != mode && fchmod(fd, mode) < 0)
		return -1;
	return 0;
}

static int make_dir(int dir, const char *name, const struct make *make)
{
	auto_fd int fd = -1;

	if (mkdirat(dir, name, make->dir_mode) < 0)
		return -1;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -1 : finish_made(fd, make, make->dir_mode & 07777);
}

static int make_file(int dir, const char *name, const struct make *make)
{
	auto_fd int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				make->file_mode);

	return fd < 0 ? -1 : finish_made(fd, make, make->file_mode & 07777);
}

/* Opens `name` in the current directory as it stands (O_PATH), making it if it is missing. */
static int open_or_make(struct walk *walk, const char *name, bool last)
{
	for (int tries = 0; tries < STEP_TRIES_MAX; tries++) {
		int fd = openat(walk->current, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		int made;

		if (fd >= 0 || errno != ENOENT)
			return fd;
		if (last && walk->make->file)
			made = make_file(walk->current, name, walk->make);
		else
			made = make_dir(walk->current, name, walk->make);
		if (made < 0 && errno != EEXIST && errno != ENOENT && errno != ELOOP)
			return -1;
	}
	return refuse(EAGAIN);
}

/* Steps to the component `name`; `rest` is what follows it. */
static int walk_step(struct walk *walk, const char *name, const char *rest)
{
	const char *after = rest;
	bool last = path_component(&after) == 0;
	auto_fd int fd = -1;
	struct stat info;

	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0)
		return walk_up(walk);
	fd = open_or_make(walk, name, last);
	if (fd < 0 || fstat(fd, &info) < 0)
		return -1;
	if (S_ISLNK(info.st_mode))
		return walk_link(walk, fd, rest);
	if (!S_ISDIR(info.st_mode) && !(last && walk->make->file))
		return refuse(ENOTDIR);
	strings_add(&walk->names, name);
	return set_current(walk, take_fd(&fd));
}

static int walk_all(struct walk *walk)
{
	for (;;) {
		auto_free char *text = xstrdup(walk->pending);
		const char *at = text;
		size_t length = path_component(&at);
		auto_free char *name = NULL;

		if (length == 0)
			return 0;
		if (length > NAME_MAX)
			return refuse(ENAMETOOLONG);
		name = xstrndup(at, length);
		replace_string(&walk->pending, at + length);
		if (walk_step(walk, name, walk->pending) < 0)
			return -1;
	}
}

static int make_path(int root, const char *path, enum rooted_how how, const struct make *make)
{
	struct walk walk = { .root = root, .current = -1, .how = how, .make = make };
	int result;

	if (how == ROOTED_BENEATH && path[0] == '/')
		return refuse(EXDEV);
	walk.pending = xstrdup(path);
	result = walk_to_root(&walk) < 0 ? -1 : walk_all(&walk);
	if (result < 0)
		auto_close_fd(&walk.current);
	free(walk.pending);
	strings_release(&walk.names);
	return result < 0 ? -1 : walk.current;
}

static int open_or_make_dir(int root, const char *path, enum rooted_how how,
			    const struct make *make)
{
	int fd = rooted_open(root, path, how, O_PATH | O_DIRECTORY, 0);

	if (fd >= 0 || errno != ENOENT || !make->dir_mode)
		return fd;
	return make_path(root, path, how, make);
}

int rooted_open_parent(int root, const char *path, enum rooted_how how, mode_t make_mode,
		       const char **ret_name)
{
	struct make make = { .dir_mode = make_mode, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	auto_free char *parent = NULL;
	int fd;

	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return refuse(EINVAL);
	if (!slash)
		parent = xstrdup(".");
	else
		parent = xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
	fd = open_or_make_dir(root, parent, how, &make);
	if (fd >= 0)
		*ret_name = name;
	return fd;
}

int rooted_make_dir(int root, const char *path, mode_t mode, uid_t uid, gid_t gid,
		    struct error *err)
{
	struct make make = { .dir_mode = mode, .uid = uid, .gid = gid };
	int fd = open_or_make_dir(root, path, ROOTED_IN_ROOT, &make);

	return fd < 0 ? path_error(err, "cannot make the directory '%s'", path) : fd;
}

int rooted_make_file(int root, const char *path, mode_t mode, uid_t uid, gid_t gid,
		     struct error *err)
{
	struct make make = {
		.dir_mode = 0755, .file_mode = mode, .file = true, .uid = uid, .gid = gid,
	};
	auto_fd int fd = rooted_open(root, path, ROOTED_IN_ROOT, O_PATH, 0);
	struct stat info;

	if (fd < 0 && errno == ENOENT)
		fd = make_path(root, path, ROOTED_IN_ROOT, &make);
	if (fd < 0)
		return path_error(err, "cannot make the file '%s'", path);
	if (fstat(fd, &info) < 0)
		return error_errno(err, "cannot look at '%s'", path);
	if (!S_ISREG(info.st_mode))
		return error_set(err, ERROR_INVALID, "cannot make the file '%s': it is %s", path,
				 S_ISDIR(info.st_mode) ? "a directory" : "no regular file");
	return take_fd(&fd);
}
