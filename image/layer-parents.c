/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directories that entries go into, resolved below tree/ without following
 * any link, and kept open for the entries that come next.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/rooted.h"
#include "image/layer-unpack.h"

#define OPEN_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static bool slot_is(const struct parent *slot, const char *path, size_t length)
{
	return slot->path && slot->length == length && memcmp(slot->path, path, length) == 0;
}

static void slot_release(struct parent *slot)
{
	if (!slot->path)
		return;
	free(slot->path);
	close(slot->fd);
	slot->path = NULL;
}

static int find(struct parents *parents, const char *path, size_t length)
{
	unsigned int i = parents->last;

	if (!slot_is(&parents->slots[i], path, length)) {
		for (i = 0; i < PARENTS_MAX; i++) {
			if (slot_is(&parents->slots[i], path, length))
				break;
		}
		if (i == PARENTS_MAX)
			return -1;
		parents->last = i;
	}
	parents->slots[i].used = ++parents->clock;
	return parents->slots[i].fd;
}

/* Owns `fd` from now on. */
static int keep(struct parents *parents, const char *path, size_t length, int fd)
{
	unsigned int oldest = 0;

	for (unsigned int i = 0; i < PARENTS_MAX; i++) {
		if (!parents->slots[i].path) {
			oldest = i;
			break;
		}
		if (parents->slots[i].used < parents->slots[oldest].used)
			oldest = i;
	}
	slot_release(&parents->slots[oldest]);
	parents->slots[oldest] = (struct parent){
		.path = xstrndup(path, length),
		.length = length,
		.fd = fd,
		.used = ++parents->clock,
	};
	parents->last = oldest;
	return fd;
}

void parents_forget(struct parents *parents, const char *path)
{
	size_t length = strlen(path);

	for (unsigned int i = 0; i < PARENTS_MAX; i++) {
		struct parent *slot = &parents->slots[i];

		if (slot->path && strncmp(slot->path, path, length) == 0 &&
		    (slot->path[length] == '\0' || slot->path[length] == '/'))
			slot_release(slot);
	}
}

void parents_release(struct parents *parents)
{
	for (unsigned int i = 0; i < PARENTS_MAX; i++)
		slot_release(&parents->slots[i]);
}

/* Makes the directory that no entry has named: text[0..length), `name` in `dir`. */
static int make_implied(struct unpack *unpack, int dir, const char *name, const char *text,
			size_t length, int64_t mtime_ns, struct error *err)
{
	struct attributes attributes = { .mode = 0755, .mtime_ns = mtime_ns, .implied = true };
	struct stat info;

	if (mkdirat(dir, name, 0700) < 0) {
		if (errno != EEXIST)
			return error_errno(err, "cannot make its directory");
		if (fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
			return error_errno(err, "cannot look at its directory");
		if (S_ISLNK(info.st_mode))
			return error_set(err, ERROR_INVALID, "it lies behind a symbolic link");
		if (!whiteout_is(&info))
			return error_set(err, ERROR_INVALID,
					 "it lies below something that is no directory");
		if (whiteout_to_directory(unpack, dir, name, err) < 0)
			return -1;
	}
	return directories_add(&unpack->directories, text, length, &attributes, err);
}

/* Goes down text[0..length) one component after the other, making what is missing. */
static int walk(struct unpack *unpack, const char *text, size_t length, int64_t mtime_ns,
		struct error *err)
{
	auto_fd int dir = -1;
	size_t at = 0;

	while (at < length) {
		size_t end = at + strcspn(text + at, "/");
		char name[256];
		int from = dir < 0 ? unpack->tree : dir;
		int next;

		memcpy(name, text + at, end - at);
		name[end - at] = '\0';
		next = openat(from, name, OPEN_FLAGS);
		if (next < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) {
			if (make_implied(unpack, from, name, text, end, mtime_ns, err) < 0)
				return -1;
			next = openat(from, name, OPEN_FLAGS);
		}
		if (next < 0)
			return error_errno(err, "cannot open its directory");
		auto_close_fd(&dir);
		dir = next;
		at = end + 1;
	}
	return take_fd(&dir);
}

int parents_get(struct unpack *unpack, const struct layer_path *path, int64_t mtime_ns,
		struct error *err)
{
	size_t length = path->parent_length;
	char parent[TAR_NAME_MAX];
	int fd;

	if (length == 0)
		return unpack->tree;
	fd = find(&unpack->parents, path->text, length);
	if (fd >= 0)
		return fd;
	memcpy(parent, path->text, length);
	parent[length] = '\0';
	fd = rooted_open(unpack->tree, parent, ROOTED_BENEATH, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		fd = walk(unpack, parent, length, mtime_ns, err);
	if (fd < 0)
		return -1;
	return keep(&unpack->parents, path->text, length, fd);
}
