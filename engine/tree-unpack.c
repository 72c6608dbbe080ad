/* SPDX-License-Identifier: Apache-2.0 */
/* The module that unpacks a tar into a tree: see tree-unpack.h. */
#include "engine/tree-unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/rooted.h"
#include "base/strings.h"
#include "image/decompress.h"
#include "image/tar.h"

#define CHUNK_SIZE ((size_t)256 << 10)
#define DIRECTORIES_MAX 1000000
#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW)

DEFINE_AUTO(tar_reader, tar_reader_free);
DEFINE_AUTO(decompressor, decompressor_free);

struct unpack {
	const struct tree_unpacking *request;
	struct tar_reader *tar;
	struct decompressor *decompressor;
	unsigned char *chunk;
	/* Directories get their times when nothing is made in them any more. */
	struct strings directories;
	int64_t *times;
	size_t times_room;
};

static ssize_t read_input(void *argument, void *data, size_t size, struct error *err)
{
	const struct unpack *unpack = argument;
	ssize_t got = fd_read_full(unpack->request->input, data, size);

	return got < 0 ? error_errno(err, "cannot read the archive") : got;
}

static ssize_t read_plain(void *argument, void *data, size_t size, struct error *err)
{
	return decompressor_read(((struct unpack *)argument)->decompressor, data, size, err);
}

/* The path below the root; "" is the root itself. New string, or NULL. */
static char *clean_name(const struct unpack *unpack, const char *name, struct error *err)
{
	auto_release(strings) struct strings parts = { 0 };
	auto_release(strings) struct strings kept = { 0 };
	bool first = true;

	strings_split(&parts, name, '/');
	for (size_t i = 0; i < parts.count; i++) {
		const char *part = parts.items[i];

		if (*part == '\0' || strcmp(part, ".") == 0)
			continue;
		if (strcmp(part, "..") == 0) {
			error_set(err, ERROR_INVALID, "its name leads out of the directory");
			return NULL;
		}
		if (first && unpack->request->as)
			part = unpack->request->as;
		first = false;
		if (strcmp(part, ".") != 0)
			strings_add(&kept, part);
	}
	return strings_join(&kept, "/");
}

static struct timespec to_timespec(int64_t time)
{
	struct timespec result = { .tv_sec = time / NS_PER_SECOND,
				   .tv_nsec = time % NS_PER_SECOND };

	if (result.tv_nsec < 0) {
		result.tv_nsec += NS_PER_SECOND;
		result.tv_sec--;
	}
	return result;
}

/* What this file system or this user cannot have is left out; overlay's marks are not for others to set. */
static void set_xattrs(int fd, const struct tar_entry *entry)
{
	for (size_t i = 0; i < entry->xattr_count; i++)
		if (!has_prefix(entry->xattrs[i].name, "trusted.") &&
		    !has_prefix(entry->xattrs[i].name, "user.overlay."))
			fsetxattr(fd, entry->xattrs[i].name, entry->xattrs[i].value,
				  entry->xattrs[i].size, 0);
}

/* Of what is open. Owner first: changing it clears set-id bits and capabilities. */
static int set_attributes(const struct unpack *unpack, int fd, const struct tar_entry *entry,
			  struct error *err)
{
	const struct timespec mtime = to_timespec(entry->mtime_ns);
	const struct timespec times[2] = { mtime, mtime };
	bool keep = unpack->request->keep_owners;

	if (fchown(fd, keep ? entry->uid : geteuid(), keep ? entry->gid : getegid()) < 0)
		return error_errno(err, "cannot set its owner");
	if (fchmod(fd, entry->mode & 07777) < 0)
		return error_errno(err, "cannot set its mode");
	set_xattrs(fd, entry);
	return futimens(fd, times) < 0 ? error_errno(err, "cannot set its times") : 0;
}

/* Of links, pipes and devices. */
static int set_attributes_at(const struct unpack *unpack, int parent, const char *name,
			     const struct tar_entry *entry, struct error *err)
{
	const struct timespec mtime = to_timespec(entry->mtime_ns);
	const struct timespec times[2] = { mtime, mtime };

	if (unpack->request->keep_owners &&
	    fchownat(parent, name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot set its owner");
	if (utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot set its times");
	return 0;
}

static int copy_part(const struct unpack *unpack, int fd, uint64_t offset, uint64_t size,
		     struct error *err)
{
	while (size > 0) {
		size_t part = size < CHUNK_SIZE ? (size_t)size : CHUNK_SIZE;
		ssize_t got = tar_reader_content(unpack->tar, unpack->chunk, part, err);

		if (got <= 0)
			return got < 0 ? -1 : error_set(err, ERROR_INVALID, "its content is cut off");
		if (lseek(fd, (off_t)offset, SEEK_SET) < 0 ||
		    fd_write_full(fd, unpack->chunk, (size_t)got) < 0)
			return error_errno(err, "cannot write it");
		offset += (uint64_t)got;
		size -= (uint64_t)got;
	}
	return 0;
}

static int write_content(const struct unpack *unpack, int fd, const struct tar_entry *entry,
			 struct error *err)
{
	if (!entry->segments)
		return copy_part(unpack, fd, 0, entry->size, err);
	for (size_t i = 0; i < entry->segment_count; i++)
		if (copy_part(unpack, fd, entry->segments[i].offset, entry->segments[i].size,
			      err) < 0)
			return -1;
	return ftruncate(fd, (off_t)entry->size) < 0 ? error_errno(err, "cannot write it") : 0;
}

static int make_file(const struct unpack *unpack, int parent, const char *name,
		     const struct tar_entry *entry, struct error *err)
{
	auto_fd int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				0600);

	if (fd < 0)
		return error_errno(err, "cannot make it");
	if (write_content(unpack, fd, entry, err) < 0)
		return -1;
	return set_attributes(unpack, fd, entry, err);
}

static int make_hard_link(const struct unpack *unpack, int parent, const char *name,
			  const struct tar_entry *entry, struct error *err)
{
	auto_free char *path = clean_name(unpack, entry->link, err);
	const char *target;
	auto_fd int folder = -1;

	if (!path)
		return -1;
	folder = rooted_open_parent(unpack->request->root, path, ROOTED_IN_ROOT, 0, &target);
	if (folder < 0 || linkat(folder, target, parent, name, 0) < 0)
		return error_errno(err, "cannot link it");
	return 0;
}

static int make_node(const struct unpack *unpack, int parent, const char *name,
		     const struct tar_entry *entry, struct error *err)
{
	mode_t kind = entry->type == TAR_FIFO	   ? S_IFIFO :
		      entry->type == TAR_CHARACTER ? S_IFCHR :
						     S_IFBLK;

	if (mknodat(parent, name, kind | (entry->mode & 0777),
		    makedev(entry->device_major, entry->device_minor)) < 0)
		return errno == EPERM ? 0 : error_errno(err, "cannot make it");
	return set_attributes_at(unpack, parent, name, entry, err);
}

/* What is there goes, unless it is a directory with something in it. */
static int clear_place(int parent, const char *name, struct error *err)
{
	struct stat stat;

	if (fstatat(parent, name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_errno(err, "cannot look at it");
	if (S_ISDIR(stat.st_mode))
		return error_set(err, ERROR_INVALID,
				 "cannot overwrite a directory with what is none");
	return unlinkat(parent, name, 0) < 0 ? error_errno(err, "cannot replace it") : 0;
}

static void remember_time(struct unpack *unpack, const char *path, int64_t time)
{
	if (unpack->directories.count == unpack->times_room) {
		unpack->times_room = unpack->times_room ? 2 * unpack->times_room : 64;
		unpack->times = xrealloc_array(unpack->times, unpack->times_room,
					       sizeof(*unpack->times));
	}
	unpack->times[unpack->directories.count] = time;
	strings_add(&unpack->directories, path);
}

static int make_directory(struct unpack *unpack, int parent, const char *name, const char *path,
			  const struct tar_entry *entry, struct error *err)
{
	auto_fd int dir = -1;

	if (unpack->directories.count >= DIRECTORIES_MAX)
		return error_set(err, ERROR_INVALID, "more than %d directories", DIRECTORIES_MAX);
	if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
		return error_errno(err, "cannot make it");
	dir = openat(parent, name, DIRECTORY_FLAGS | O_CLOEXEC);
	if (dir < 0 && (errno == ENOTDIR || errno == ELOOP))
		return error_set(err, ERROR_INVALID, "cannot overwrite a file with a directory");
	if (dir < 0)
		return error_errno(err, "cannot open it");
	remember_time(unpack, path, entry->mtime_ns);
	return set_attributes(unpack, dir, entry, err);
}

static int make_entry(struct unpack *unpack, const char *path, const struct tar_entry *entry,
		      struct error *err)
{
	const char *name;
	auto_fd int parent = rooted_open_parent(unpack->request->root, path, ROOTED_IN_ROOT, 0755,
						&name);

	if (parent < 0)
		return error_errno(err, "cannot open the directory it is in");
	if (entry->type == TAR_DIRECTORY)
		return make_directory(unpack, parent, name, path, entry, err);
	if (clear_place(parent, name, err) < 0)
		return -1;
	if (entry->type == TAR_FILE)
		return make_file(unpack, parent, name, entry, err);
	if (entry->type == TAR_HARDLINK)
		return make_hard_link(unpack, parent, name, entry, err);
	if (entry->type != TAR_SYMLINK)
		return make_node(unpack, parent, name, entry, err);
	if (symlinkat(entry->link, parent, name) < 0)
		return error_errno(err, "cannot make it");
	return set_attributes_at(unpack, parent, name, entry, err);
}

static int unpack_entry(struct unpack *unpack, const struct tar_entry *entry, struct error *err)
{
	auto_free char *shown = printable(entry->name);
	auto_free char *path = clean_name(unpack, entry->name, err);

	if (path && *path == '\0')
		return 0; /* the root stays as it is */
	if (!path || make_entry(unpack, path, entry, err) < 0)
		return error_context(err, "'%.200s'", shown);
	return 0;
}

static void set_directory_times(const struct unpack *unpack)
{
	for (size_t i = unpack->directories.count; i-- > 0;) {
		const struct timespec mtime = to_timespec(unpack->times[i]);
		const struct timespec times[2] = { mtime, mtime };
		auto_fd int dir = rooted_open(unpack->request->root, unpack->directories.items[i],
					      ROOTED_IN_ROOT, DIRECTORY_FLAGS, 0);

		if (dir >= 0)
			futimens(dir, times);
	}
}

static int unpack_all(struct unpack *unpack, struct error *err)
{
	const struct tar_entry *entry;
	int result;

	while ((result = tar_reader_next(unpack->tar, &entry, err)) == 1)
		if (unpack_entry(unpack, entry, err) < 0)
			return -1;
	if (result == 0)
		set_directory_times(unpack);
	return result;
}

static int unpack_tree(const struct tree_unpacking *unpacking, struct error *err)
{
	struct unpack unpack = { .request = unpacking };
	auto_of(decompressor) struct decompressor *decompressor =
		decompressor_new(read_input, &unpack);
	auto_of(tar_reader) struct tar_reader *tar = tar_reader_new(read_plain, &unpack, NULL);
	mode_t mask = umask(0);
	int result;

	unpack.decompressor = decompressor;
	unpack.tar = tar;
	unpack.chunk = xmalloc(CHUNK_SIZE);
	result = unpack_all(&unpack, err);
	umask(mask);
	free(unpack.chunk);
	free(unpack.times);
	strings_release(&unpack.directories);
	return result;
}

__attribute__((visibility("default"))) const struct tree_unpacker tree_unpacker = {
	.unpack = unpack_tree,
};
