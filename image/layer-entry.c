/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry of a tar, made in the tree. The parent is a descriptor; the last
 * component is never followed. Making comes first, since most names are new;
 * what stands in the way is removed only when it does.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "image/layer-record.h"
#include "image/layer-unpack.h"

#define DEVICES_MAX 4096	/* that are remembered for hard links to them */

static int write_plain(struct unpack *unpack, int fd, struct error *err)
{
	ssize_t got;

	while ((got = tar_reader_content(unpack->reader, unpack->buffer, LAYER_BUFFER_SIZE,
					 err)) > 0) {
		if (fd_write_full(fd, unpack->buffer, (size_t)got) < 0)
			return error_errno(err, "cannot write its content");
	}
	return got < 0 ? -1 : 0;
}

static int write_segment(struct unpack *unpack, int fd, const struct tar_segment *segment,
			 struct error *err)
{
	uint64_t left = segment->size;

	if (lseek(fd, (off_t)segment->offset, SEEK_SET) < 0)
		return error_errno(err, "cannot write its content");
	while (left > 0) {
		size_t size = left < LAYER_BUFFER_SIZE ? (size_t)left : LAYER_BUFFER_SIZE;
		ssize_t got = tar_reader_content(unpack->reader, unpack->buffer, size, err);

		if (got < 0)
			return -1;
		if (got == 0)
			return error_set(err, ERROR_INVALID, "its content is truncated");
		if (fd_write_full(fd, unpack->buffer, (size_t)got) < 0)
			return error_errno(err, "cannot write its content");
		left -= (uint64_t)got;
	}
	return 0;
}

static int write_sparse(struct unpack *unpack, int fd, const struct tar_entry *entry,
			struct error *err)
{
	for (size_t i = 0; i < entry->segment_count; i++) {
		if (write_segment(unpack, fd, &entry->segments[i], err) < 0)
			return -1;
	}
	if (ftruncate(fd, (off_t)entry->size) < 0)
		return error_errno(err, "cannot set its size");
	return 0;
}

static int count_size(struct unpack *unpack, const struct tar_entry *entry, struct error *err)
{
	if (entry->size > unpack->limits.bytes_max - unpack->size)
		return error_set(err, ERROR_INVALID,
				 "the layer's content is larger than %llu bytes",
				 (unsigned long long)unpack->limits.bytes_max);
	unpack->size += entry->size;
	return 0;
}

static int make_file(struct unpack *unpack, int parent, const struct layer_path *path,
		     const struct tar_entry *entry, struct error *err)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	struct attributes attributes = attributes_of(entry);
	auto_fd int fd = -1;

	if (count_size(unpack, entry, err) < 0)
		return -1;
	fd = openat(parent, path->name, flags, 0600);
	if (fd < 0 && errno == EEXIST) {
		if (layer_remove(unpack, parent, path, err) < 0)
			return -1;
		fd = openat(parent, path->name, flags, 0600);
	}
	if (fd < 0)
		return error_errno(err, "cannot make the file");
	if (entry->stored_size > 0 &&
	    record_writer_content(unpack->record, path->text, entry, err) < 0)
		return -1;
	if (entry->segments ? write_sparse(unpack, fd, entry, err) < 0 :
			      write_plain(unpack, fd, err) < 0)
		return -1;
	return attributes_apply(unpack, fd, &attributes, err);
}

static int make_symlink(struct unpack *unpack, int parent, const struct layer_path *path,
			const struct tar_entry *entry, struct error *err)
{
	struct attributes attributes = attributes_of(entry);
	int failed = symlinkat(entry->link, parent, path->name);

	if (failed && errno == EEXIST) {
		if (layer_remove(unpack, parent, path, err) < 0)
			return -1;
		failed = symlinkat(entry->link, parent, path->name);
	}
	if (failed)
		return error_errno(err, "cannot make the symbolic link");
	return attributes_apply_at(unpack, parent, path->name, TAR_SYMLINK, &attributes, err);
}

/* FIFOs and devices. */
static int make_node(struct unpack *unpack, int parent, const struct layer_path *path,
		     const struct tar_entry *entry, mode_t type, struct error *err)
{
	struct attributes attributes = attributes_of(entry);
	dev_t device = makedev(entry->device_major, entry->device_minor);
	int failed = mknodat(parent, path->name, type | 0600, device);

	if (failed && errno == EEXIST) {
		if (layer_remove(unpack, parent, path, err) < 0)
			return -1;
		failed = mknodat(parent, path->name, type | 0600, device);
	}
	if (failed)
		return error_errno(err, type == S_IFIFO ? "cannot make the FIFO" :
							  "cannot make the device");
	return attributes_apply_at(unpack, parent, path->name, entry->type, &attributes, err);
}

static void remember_device(struct unpack *unpack, const char *path)
{
	if (unpack->devices.count < DEVICES_MAX)
		strings_add(&unpack->devices, path);
}

/* No user namespace may make devices: the entry stays in the record, its name stays free. */
static int record_device(struct unpack *unpack, int parent, const struct layer_path *path,
			 struct error *err)
{
	struct stat info;

	remember_device(unpack, path->text);
	if (fstatat(parent, path->name, &info, AT_SYMLINK_NOFOLLOW) == 0)
		return layer_remove(unpack, parent, path, err);
	if (errno != ENOENT)
		return error_errno(err, "cannot look at what has its name");
	return 0;
}

static int make_device(struct unpack *unpack, int parent, const struct layer_path *path,
		       const struct tar_entry *entry, struct error *err)
{
	mode_t type = entry->type == TAR_CHARACTER ? S_IFCHR : S_IFBLK;

	if (type == S_IFCHR && entry->device_major == 0 && entry->device_minor == 0)
		return error_set(err, ERROR_INVALID,
				 "a device 0:0, which is how overlayfs spells a whiteout");
	/* mknod(2) has 12 and 20 bits for these and would cut the rest off. */
	if (entry->device_major > 0xfff || entry->device_minor > 0xfffff)
		return error_set(err, ERROR_INVALID, "a device number is out of range");
	if (unpack->ownership != LAYER_OWNERS_APPLIED)
		return record_device(unpack, parent, path, err);
	return make_node(unpack, parent, path, entry, type, err);
}

/* The target as something to link to; *ret_parent is a descriptor of our own. 1; 0 if it is a
 * device that was only recorded; -1. */
static int find_target(struct unpack *unpack, const struct layer_path *target, int64_t mtime_ns,
		       int *ret_parent, struct stat *ret_info, struct error *err)
{
	auto_fd int parent = -1;
	int found = parents_get(unpack, target, mtime_ns, err);

	if (found < 0)
		return error_context(err, "the target of a hard link");
	/* The link's own parent may push this one out of the cache. */
	parent = fcntl(found, F_DUPFD_CLOEXEC, 0);
	if (parent < 0)
		return error_errno(err, "cannot open its target's directory");
	if (fstatat(parent, target->name, ret_info, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			return error_errno(err, "cannot look at its target");
		if (strings_contain(&unpack->devices, target->text))
			return 0;
		auto_free char *text = printable(target->text);

		return error_set(err, ERROR_INVALID, "a hard link to '%.*s', which is not there",
				 TAR_LABEL_SIZE, text);
	}
	if (S_ISDIR(ret_info->st_mode) || whiteout_is(ret_info))
		return error_set(err, ERROR_INVALID, "a hard link to a directory or a whiteout");
	*ret_parent = take_fd(&parent);
	return 1;
}

/* What is there already is this link if both are the same file. */
static int replace_by_link(struct unpack *unpack, int parent, const struct layer_path *path,
			   const struct stat *target, struct error *err)
{
	struct stat info;

	if (fstatat(parent, path->name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot look at what has its name");
	if (info.st_dev == target->st_dev && info.st_ino == target->st_ino)
		return 0;
	if (layer_remove(unpack, parent, path, err) < 0)
		return -1;
	return 1;
}

static int make_hardlink(struct unpack *unpack, const struct layer_path *path,
			 const struct tar_entry *entry, struct error *err)
{
	struct layer_path target;
	auto_fd int target_parent = -1;
	struct stat info = { 0 };
	int parent, found;

	if (layer_path_clean(entry->link, &target, err) < 0)
		return error_context(err, "the target of a hard link");
	if (target.length == 0)
		return error_set(err, ERROR_INVALID, "a hard link to the layer's root");
	found = find_target(unpack, &target, entry->mtime_ns, &target_parent, &info, err);
	if (found < 0)
		return -1;
	parent = parents_get(unpack, path, entry->mtime_ns, err);
	if (parent < 0)
		return -1;
	if (found == 0)
		return record_device(unpack, parent, path, err);
	if (linkat(target_parent, target.name, parent, path->name, 0) == 0)
		return 0;
	if (errno == EEXIST) {
		int replaced = replace_by_link(unpack, parent, path, &info, err);

		if (replaced <= 0)
			return replaced;
		if (linkat(target_parent, target.name, parent, path->name, 0) == 0)
			return 0;
	}
	return error_errno(err, "cannot make the hard link");
}

static int make_directory(struct unpack *unpack, int parent, const struct layer_path *path,
			  struct error *err)
{
	struct stat info;

	if (mkdirat(parent, path->name, 0700) == 0)
		return 0;
	if (errno != EEXIST)
		return error_errno(err, "cannot make the directory");
	if (fstatat(parent, path->name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot look at what has its name");
	if (S_ISDIR(info.st_mode))
		return 0;
	if (whiteout_is(&info))
		return whiteout_to_directory(unpack, parent, path->name, err);
	if (layer_remove(unpack, parent, path, err) < 0)
		return -1;
	if (mkdirat(parent, path->name, 0700) < 0)
		return error_errno(err, "cannot make the directory");
	return 0;
}

static int unpack_directory(struct unpack *unpack, const struct layer_path *path,
			    const struct tar_entry *entry, struct error *err)
{
	struct attributes attributes = attributes_of(entry);

	if (path->length == 0) {
		unpack->has_root = true;
	} else {
		int parent = parents_get(unpack, path, entry->mtime_ns, err);

		if (parent < 0 || make_directory(unpack, parent, path, err) < 0)
			return -1;
	}
	return directories_add(&unpack->directories, path->text, path->length, &attributes, err);
}

int entry_unpack(struct unpack *unpack, const struct layer_path *path,
		 const struct tar_entry *entry, struct error *err)
{
	int parent;

	if (attributes_check(entry, err) < 0)
		return -1;
	if (entry->type == TAR_DIRECTORY)
		return unpack_directory(unpack, path, entry, err);
	if (path->length == 0)
		return error_set(err, ERROR_INVALID, "the layer's root is no directory");
	if (entry->type == TAR_HARDLINK)
		return make_hardlink(unpack, path, entry, err);
	parent = parents_get(unpack, path, entry->mtime_ns, err);
	if (parent < 0)
		return -1;
	switch (entry->type) {
	case TAR_FILE:
		return make_file(unpack, parent, path, entry, err);
	case TAR_SYMLINK:
		return make_symlink(unpack, parent, path, entry, err);
	case TAR_FIFO:
		return make_node(unpack, parent, path, entry, S_IFIFO, err);
	default:
		return make_device(unpack, parent, path, entry, err);
	}
}
