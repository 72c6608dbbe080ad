/* SPDX-License-Identifier: Apache-2.0 */
/* The store's folders and its blobs. */
#include "image/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "image/store-internal.h"

#define LAYOUT_FILE "oci-layout"
#define LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}\n"
#define BLOBS_PATH "blobs/sha256"
#define OVERFLOW_UID 65534
#define UID_MAP_SIZE_MAX 65536

/* In a user namespace, the host's root and all other users that are not mapped look alike. */
static bool in_user_namespace(void)
{
	auto_release(buffer) struct buffer map = { 0 };
	auto_error ignored = { 0 };

	if (file_read(AT_FDCWD, "/proc/self/uid_map", UID_MAP_SIZE_MAX, &map, &ignored) < 0)
		return false;
	return map.size > 0 && !strstr(map.data, "4294967295");
}

bool store_may_trust(int dir, const char *path)
{
	struct stat info;

	if (fstat(dir, &info) < 0) {
		warning("cannot look at the read-only store '%s': it is passed over", path);
		return false;
	}
	if (info.st_mode & S_IWOTH) {
		warning("read-only store '%s': others may write there, so it is passed over", path);
		return false;
	}
	if (info.st_uid == 0 || info.st_uid == geteuid() ||
	    (info.st_uid == OVERFLOW_UID && in_user_namespace()))
		return true;
	warning("read-only store '%s': it belongs to user %u, so it is passed over", path,
		(unsigned int)info.st_uid);
	return false;
}

static void close_part(struct store_part *part)
{
	auto_close_fd(&part->images);
	auto_close_fd(&part->blobs);
	auto_close_fd(&part->layers);
	free(part->path);
}

void store_close(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->part_count; i++)
		close_part(&store->parts[i]);
	free(store->parts);
	auto_close_fd(&store->writer);
	auto_close_fd(&store->tmp);
	auto_close_fd(&store->root);
	free(store);
}
DEFINE_AUTO(store, store_close);

void store_read_only_paths(const struct store *store, struct strings *ret_paths)
{
	strings_release(ret_paths);
	for (size_t i = 1; i < store->part_count; i++)
		strings_add(ret_paths, store->parts[i].path);
}

int store_root(const struct store *store)
{
	return store->root;
}

/* R14: who owns the folder could put anything into it. */
static int check_owner(int root, struct error *err)
{
	struct stat info;

	if (fstat(root, &info) < 0)
		return error_errno(err, "cannot look at the store");
	if (info.st_uid != geteuid())
		return error_set(err, ERROR_OTHER,
				 "cannot use the store: it belongs to user %u; choose another one "
				 "with --root", (unsigned int)info.st_uid);
	return 0;
}

static int open_own_part(struct store *store, struct store_part *part, struct error *err)
{
	store->tmp = dir_make(store->root, "tmp", 0700, err);
	if (store->tmp < 0)
		return -1;
	part->layers = dir_make(store->root, "layers", 0700, err);
	if (part->layers < 0)
		return -1;
	part->images = dir_make(store->root, "images", 0700, err);
	if (part->images < 0)
		return -1;
	part->blobs = dir_make(part->images, BLOBS_PATH, 0700, err);
	if (part->blobs < 0)
		return -1;
	if (file_exists(part->images, LAYOUT_FILE))
		return 0;
	return file_write(part->images, LAYOUT_FILE, LAYOUT_TEXT, strlen(LAYOUT_TEXT), 0600,
			  FILE_VOLATILE, err);
}

/* A directory of a read-only store, or -1: not there, or not trusted. */
static int open_trusted(int dir, const char *name, const char *path)
{
	auto_error ignored = { 0 };
	auto_fd int fd = dir_open(dir, name, &ignored);

	if (fd >= 0 && !store_may_trust(fd, path))
		return -1;
	return take_fd(&fd);
}

/* False when there is nothing to be had from `path`. */
static bool open_read_only_part(struct store_part *part, const char *path)
{
	auto_error problem = { 0 };
	auto_fd int root = dir_open(AT_FDCWD, path, &problem);

	if (root < 0) {
		if (problem.kind != ERROR_NOT_FOUND)
			warning("read-only store '%s' is passed over: %s", path, problem.message);
		return false;
	}
	if (!store_may_trust(root, path))
		return false;
	part->images = open_trusted(root, "images", path);
	if (part->images < 0)
		return false;
	part->blobs = open_trusted(part->images, BLOBS_PATH, path);
	part->layers = open_trusted(root, "layers", path);
	return part->blobs >= 0 && part->layers >= 0;
}

static void add_read_only_part(struct store *store, const char *path)
{
	struct store_part part = { .images = -1, .blobs = -1, .layers = -1 };

	part.path = xstrdup(path);
	if (open_read_only_part(&part, path))
		store->parts[store->part_count++] = part;
	else
		close_part(&part);
}

struct store *store_open(int root, const struct strings *read_only_roots, struct error *err)
{
	auto_of(store) struct store *store = xcalloc(1, sizeof(*store));
	size_t behind = read_only_roots ? read_only_roots->count : 0;

	store->tmp = store->writer = -1;
	store->parts = xcalloc(1 + behind, sizeof(*store->parts));
	store->parts[0] = (struct store_part){ .images = -1, .blobs = -1, .layers = -1 };
	store->part_count = 1;
	store->root = fcntl(root, F_DUPFD_CLOEXEC, 3);
	if (store->root < 0) {
		error_errno(err, "cannot open the store");
		return NULL;
	}
	if (check_owner(store->root, err) < 0)
		return NULL;
	if (open_own_part(store, &store->parts[0], err) < 0) {
		error_context(err, "cannot open the store");
		return NULL;
	}
	for (size_t i = 0; i < behind; i++)
		add_read_only_part(store, read_only_roots->items[i]);
	return take_ptr(&store);
}

int store_read_blob(struct store *store, const struct digest *digest, size_t max,
		    struct buffer *buffer, struct error *err)
{
	for (size_t i = 0; i < store->part_count; i++) {
		error_release(err);
		if (file_read(store->parts[i].blobs, digest->hex, max, buffer, err) == 0)
			return 0;
		if (err->kind != ERROR_NOT_FOUND)
			return error_context(err, "blob sha256:%s", digest->hex);
	}
	return error_set(err, ERROR_NOT_FOUND, "blob sha256:%s is not in the store", digest->hex);
}

/* A blob that was damaged on disk must not stay for its name's sake. */
static bool has_blob(int blobs, const struct digest *digest, const void *data, size_t size)
{
	auto_release(buffer) struct buffer buffer = { 0 };
	auto_error ignored = { 0 };

	return file_read(blobs, digest->hex, size, &buffer, &ignored) == 0 &&
	       buffer.size == size && (size == 0 || memcmp(buffer.data, data, size) == 0);
}

int store_write_blob(struct store *store, const struct digest *digest, const void *data,
		     size_t size, struct error *err)
{
	int blobs = store->parts[0].blobs;

	if (has_blob(blobs, digest, data, size))
		return 0;
	return file_write(blobs, digest->hex, data, size, 0600, FILE_DURABLE, err);
}
