/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a stream to a layer's folder: the stream is inflated, hashed, recorded,
 * and its entries are made, all in one pass.
 */
#include "image/layer-unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/sha256.h"
#include "image/layer-implied.h"
#include "image/layer-record.h"

#define BYTES_MAX_DEFAULT ((uint64_t)1 << 40)
#define ENTRIES_MAX_DEFAULT 20000000

/* The plain tar on its way to the reader. */
struct stream {
	struct unpack *unpack;
	struct decompressor *decompressor;
};

static ssize_t read_stream(void *argument, void *data, size_t size, struct error *err)
{
	struct stream *stream = argument;
	struct unpack *unpack = stream->unpack;
	ssize_t got = decompressor_read(stream->decompressor, data, size, err);

	if (got <= 0)
		return got;
	sha256_update(unpack->hash, data, (size_t)got);
	unpack->tar_size += (uint64_t)got;
	if (unpack->tar_size > unpack->limits.bytes_max)
		return error_set(err, ERROR_INVALID, "the layer is larger than %llu bytes",
				 (unsigned long long)unpack->limits.bytes_max);
	return got;
}

static int record_bytes(void *argument, const void *data, size_t size, struct error *err)
{
	struct unpack *unpack = argument;

	return record_writer_bytes(unpack->record, data, size, err);
}

/* The marker is written by whoever puts the content into a file, once it is known where. */
static int record_content(void *argument, const struct tar_entry *entry, struct error *err)
{
	(void)argument;
	(void)entry;
	(void)err;
	return 0;
}

/* Content that goes to no file (of a whiteout) stays in the record. */
static int record_rest(struct unpack *unpack, struct error *err)
{
	ssize_t got;

	while ((got = tar_reader_content(unpack->reader, unpack->buffer, LAYER_BUFFER_SIZE,
					 err)) > 0) {
		if (record_writer_bytes(unpack->record, unpack->buffer, (size_t)got, err) < 0)
			return -1;
	}
	return got < 0 ? -1 : 0;
}

static int unpack_one(struct unpack *unpack, const struct tar_entry *entry, struct error *err)
{
	struct layer_path path;
	enum whiteout kind = WHITEOUT_NONE;

	if (layer_path_clean(entry->name, &path, err) < 0 ||
	    whiteout_kind(&path, &kind, err) < 0)
		return -1;
	if (kind == WHITEOUT_NONE)
		return entry_unpack(unpack, &path, entry, err);
	if (whiteout_apply(unpack, &path, kind, entry->mtime_ns, err) < 0)
		return -1;
	return record_rest(unpack, err);
}

static int unpack_all(struct unpack *unpack, struct error *err)
{
	const struct tar_entry *entry = NULL;
	int got;

	while ((got = tar_reader_next(unpack->reader, &entry, err)) > 0) {
		if (++unpack->entry_count > unpack->limits.entries_max)
			return error_set(err, ERROR_INVALID, "the layer has more than %llu entries",
					 (unsigned long long)unpack->limits.entries_max);
		if (unpack_one(unpack, entry, err) < 0) {
			auto_free char *name = printable(entry->name);

			return error_context(err, "entry '%.*s'", TAR_LABEL_SIZE, name);
		}
	}
	return got;
}

/*
 * The store may lie in a directory that is setgid or has a default ACL (a home
 * shared by a group): neither may reach the layer's files.
 */
static int make_tree(struct unpack *unpack, struct error *err)
{
	struct attributes root = { .mode = 0755 };
	struct stat info;

	if (mkdirat(unpack->folder, LAYER_TREE, 0700) < 0)
		return error_errno(err, "cannot make the layer's directory '%s'", LAYER_TREE);
	unpack->tree = openat(unpack->folder, LAYER_TREE,
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (unpack->tree < 0)
		return error_errno(err, "cannot open the layer's directory '%s'", LAYER_TREE);
	if (fremovexattr(unpack->tree, "system.posix_acl_default") < 0 && errno != ENODATA &&
	    errno != ENOTSUP)
		return error_errno(err, "cannot remove the default ACL of '%s'", LAYER_TREE);
	if (fchown(unpack->tree, geteuid(), getegid()) < 0 || fchmod(unpack->tree, 0700) < 0 ||
	    fstat(unpack->tree, &info) < 0)
		return error_errno(err, "cannot prepare the layer's directory '%s'", LAYER_TREE);
	unpack->root_made = info.st_uid == 0 && info.st_gid == 0;
	return directories_add(&unpack->directories, "", 0, &root, err);
}

static int start(struct unpack *unpack, struct error *err)
{
	if (make_tree(unpack, err) < 0)
		return -1;
	unpack->record = record_writer_new(unpack->folder, LAYER_RECORD, err);
	return unpack->record ? 0 : -1;
}

static int finish(struct unpack *unpack, struct error *err)
{
	if (record_writer_finish(unpack->record, unpack->tar_size, err) < 0 ||
	    spill_finish(unpack, err) < 0)
		return -1;
	if (directories_apply(unpack, err) < 0)
		return -1;
	return layer_implied_write(unpack->folder, &unpack->implied, err);
}

static int unpack_stream(struct unpack *unpack, read_function read, void *argument,
			 struct error *err)
{
	struct stream stream = { .unpack = unpack };
	const struct tar_recorder recorder = { record_bytes, record_content, unpack };
	int result = -1;

	stream.decompressor = decompressor_new(read, argument);
	unpack->reader = tar_reader_new(read_stream, &stream, &recorder);
	if (start(unpack, err) == 0 && unpack_all(unpack, err) == 0)
		result = finish(unpack, err);
	tar_reader_free(unpack->reader);
	decompressor_free(stream.decompressor);
	return result;
}

static void fill_info(struct unpack *unpack, struct layer_info *info)
{
	sha256_finish(unpack->hash, info->diff_id.hex);
	info->size = unpack->size;
	info->tar_size = unpack->tar_size;
	info->entry_count = unpack->entry_count;
	info->ownership = unpack->ownership;
	info->has_root = unpack->has_root;
}

static void unpack_release(struct unpack *unpack)
{
	record_writer_free(unpack->record);
	parents_release(&unpack->parents);
	directories_release(&unpack->directories);
	spill_release(&unpack->spill);
	strings_release(&unpack->implied);
	strings_release(&unpack->devices);
	sha256_free(unpack->hash);
	free(unpack->buffer);
	auto_close_fd(&unpack->tree);
}

int layer_unpack(int folder, read_function read, void *argument,
		 enum layer_ownership ownership, const struct layer_limits *limits,
		 struct layer_info *ret_info, struct error *err)
{
	auto_release(unpack) struct unpack unpack = {
		.folder = folder,
		.tree = -1,
		.ownership = ownership,
		.spill.dir = -1,
		.limits = { BYTES_MAX_DEFAULT, ENTRIES_MAX_DEFAULT },
	};

	if (limits && limits->bytes_max)
		unpack.limits.bytes_max = limits->bytes_max;
	if (limits && limits->entries_max)
		unpack.limits.entries_max = limits->entries_max;
	unpack.hash = sha256_new();
	unpack.buffer = xmalloc(LAYER_BUFFER_SIZE);
	if (unpack_stream(&unpack, read, argument, err) < 0)
		return -1;
	fill_info(&unpack, ret_info);
	return 0;
}
