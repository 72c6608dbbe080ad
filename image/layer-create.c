/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See image/layer-create.h. Where the source is copied, a container may go on writing to it: each
 * file is copied first, and the copy is what is measured, hashed and recorded.
 */
#include "image/layer-create.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "image/hard-links.h"
#include "image/layer-record.h"
#include "image/layer-unpack.h"
#include "image/layer-unpacker.h"
#include "image/store.h"
#include "image/tar-write.h"
#include "image/tree-file.h"

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct create {
	const struct layer_source *source;
	struct unpack unpack;	/* what attributes_apply() and whiteouts ask for */
	struct record_writer *record;
	struct sha256 *hash;
	struct hard_links links;
	struct layer_info info;
	unsigned char *chunk;
};

/* A directory that is being walked. */
struct walk {
	int from;
	int to;			/* in the new layer; the same as `from` when it is moved */
	const char *path;	/* "" at the top */
	unsigned int depth;
};

static int emit(struct create *create, const void *data, size_t size, struct error *err)
{
	sha256_update(create->hash, data, size);
	create->info.tar_size += size;
	return record_writer_bytes(create->record, data, size, err);
}

static int emit_header(struct create *create, const struct tar_entry *entry, struct error *err)
{
	auto_release(buffer) struct buffer header = { 0 };

	if (strlen(entry->name) >= TAR_NAME_MAX - 1)
		return error_set(err, ERROR_INVALID, "its name is too long");
	if (tar_write_header(&header, entry, err) < 0)
		return -1;
	create->info.entry_count++;
	return emit(create, header.data, header.size, err);
}

/* The whole of `fd`, which does not change any more. */
static int emit_content(struct create *create, int fd, const struct tar_entry *entry,
			struct error *err)
{
	static const char zeros[TAR_PADDING_MAX];
	uint64_t offset = 0;

	if (entry->size == 0)
		return 0;
	if (record_writer_content(create->record, entry->name, entry, err) < 0)
		return -1;
	while (offset < entry->size) {
		ssize_t got = pread(fd, create->chunk, LAYER_BUFFER_SIZE, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(err, "cannot read it");
		if (got == 0 || (uint64_t)got > entry->size - offset)
			return error_set(err, ERROR_BUSY, "it changes while it is read");
		sha256_update(create->hash, create->chunk, (size_t)got);
		offset += (uint64_t)got;
	}
	create->info.tar_size += entry->size;
	create->info.size += entry->size;
	return emit(create, zeros, tar_padding(entry->size), err);
}

static bool is_moved(const struct create *create)
{
	return create->source->move;
}

/* Whoever is read in a namespace of a single id has that one, which is root there. */
static void adapt(const struct create *create, struct tree_file *file)
{
	int64_t time_max = create->source->time_max;

	if (create->source->ownership == LAYER_OWNERS_RECORDED)
		file->entry.uid = file->entry.gid = 0;
	if (time_max && file->entry.mtime_ns > time_max)
		file->entry.mtime_ns = time_max;
}

static int make_whiteout(const struct walk *walk, const char *name, struct error *err)
{
	if (mknodat(walk->to, name, S_IFCHR, makedev(0, 0)) < 0 && errno != EEXIST)
		return error_errno(err, "cannot make a whiteout");
	return 0;
}

static int emit_mark(struct create *create, const char *directory, const char *prefix,
		     const char *name, struct error *err)
{
	auto_free char *path = xasprintf("%s%s%s%s", directory, *directory ? "/" : "", prefix, name);
	const struct tar_entry entry = { .type = TAR_FILE, .name = path, .mode = 0600 };

	return emit_header(create, &entry, err);
}

/* `name` is hidden. `mark` is the file that says so, if that is not the whiteout itself. */
static int add_whiteout(struct create *create, const struct walk *walk, const char *name,
			const char *mark, struct error *err)
{
	if (emit_mark(create, walk->path, WHITEOUT_PREFIX, name, err) < 0)
		return -1;
	if (is_moved(create) && !mark)
		return 0;
	if (is_moved(create) && unlinkat(walk->to, mark, 0) < 0)
		return error_errno(err, "cannot replace a whiteout");
	return make_whiteout(walk, name, err);
}

/* Opens what the layer will hold of a file: the copy, or the file itself. */
static int take_content(struct create *create, const struct walk *walk, const char *name,
			struct tree_file *file, int *ret_fd, struct error *err)
{
	auto_fd int copy = -1;
	struct stat stat;

	if (is_moved(create)) {
		*ret_fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 3);
		return *ret_fd < 0 ? error_errno(err, "cannot open it again") : 0;
	}
	copy = openat(walk->to, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (copy < 0)
		return error_errno(err, "cannot make its copy");
	if (fd_copy(file->fd, copy, err) < 0)
		return -1;
	if (fstat(copy, &stat) < 0)
		return error_errno(err, "cannot look at its copy");
	file->entry.size = file->entry.stored_size = (uint64_t)stat.st_size;
	*ret_fd = take_fd(&copy);
	return 0;
}

/* What is moved has its attributes; only a time may have been held back. */
static int set_attributes(const struct create *create, int fd, const struct tree_file *file,
			  struct error *err)
{
	struct attributes attributes = attributes_of(&file->entry);

	if (is_moved(create) && !create->source->time_max)
		return 0;
	return attributes_apply(&create->unpack, fd, &attributes, err);
}

static int add_file(struct create *create, const struct walk *walk, const char *name,
		    struct tree_file *file, struct error *err)
{
	auto_fd int content = -1;

	if (take_content(create, walk, name, file, &content, err) < 0 ||
	    emit_header(create, &file->entry, err) < 0 ||
	    emit_content(create, content, &file->entry, err) < 0)
		return -1;
	return set_attributes(create, content, file, err);
}

static int add_link(struct create *create, const struct walk *walk, const char *name,
		    const struct tree_file *file, const char *target, struct error *err)
{
	struct tar_entry entry = file->entry;
	auto_free char *link = xstrdup(target);

	entry.type = TAR_HARDLINK;
	entry.link = link;
	entry.size = 0;
	entry.xattr_count = 0;
	if (emit_header(create, &entry, err) < 0)
		return -1;
	if (!is_moved(create) &&
	    linkat(create->unpack.tree, target, walk->to, name, 0) < 0)
		return error_errno(err, "cannot link it");
	return 0;
}

static int copy_node(const struct walk *walk, const char *name, const struct tree_file *file,
		     struct error *err)
{
	int failed = file->entry.type == TAR_SYMLINK ?
			     symlinkat(file->entry.link, walk->to, name) :
			     mknodat(walk->to, name, (file->stat.st_mode & S_IFMT) | 0600,
				     file->stat.st_rdev);

	return failed ? error_errno(err, "cannot make its copy") : 0;
}

/* Links, FIFOs, devices. */
static int add_node(struct create *create, const struct walk *walk, const char *name,
		    const struct tree_file *file, struct error *err)
{
	struct attributes attributes = attributes_of(&file->entry);

	if (emit_header(create, &file->entry, err) < 0)
		return -1;
	if (!is_moved(create) && copy_node(walk, name, file, err) < 0)
		return -1;
	if (is_moved(create) && !create->source->time_max)
		return 0;
	return attributes_apply_at(&create->unpack, walk->to, name, file->entry.type, &attributes,
				   err);
}

static int walk_directory(struct create *create, const struct walk *walk, struct error *err);

static int make_opaque(struct create *create, const struct walk *inner, struct error *err)
{
	if (emit_mark(create, inner->path, "", TREE_OPAQUE_NAME, err) < 0)
		return -1;
	return whiteout_make_opaque(&create->unpack, inner->to, ".", err);
}

static int add_directory(struct create *create, const struct walk *walk, const char *name,
			 const struct tree_file *file, struct error *err)
{
	struct walk inner = { .from = file->fd, .to = file->fd, .path = file->entry.name,
			      .depth = walk->depth + 1 };
	auto_fd int made = -1;

	if (emit_header(create, &file->entry, err) < 0)
		return -1;
	if (!is_moved(create)) {
		if (mkdirat(walk->to, name, 0700) < 0)
			return error_errno(err, "cannot make its copy");
		made = openat(walk->to, name, DIRECTORY_FLAGS);
		if (made < 0)
			return error_errno(err, "cannot open its copy");
		inner.to = made;
	}
	if (file->is_opaque && make_opaque(create, &inner, err) < 0)
		return -1;
	if (walk_directory(create, &inner, err) < 0)
		return -1;
	return set_attributes(create, inner.to, file, err);
}

/* What has no place in the layer. */
static int drop(const struct create *create, const struct walk *walk, const char *name,
		struct error *err)
{
	return is_moved(create) ? dir_remove_tree(walk->to, name, err) : 0;
}

static int add_opened(struct create *create, const struct walk *walk, const char *name,
		      struct tree_file *file, struct error *err)
{
	const char *hidden = tree_file_hidden(name);
	const char *first;
	int left_out;

	if (file->is_whiteout)
		return add_whiteout(create, walk, name, NULL, err);
	if (hidden)
		return add_whiteout(create, walk, hidden, name, err);
	if (strcmp(name, TREE_OPAQUE_NAME) == 0) {
		if (drop(create, walk, name, err) < 0)
			return -1;
		return make_opaque(create, walk, err);
	}
	left_out = tree_file_left_out(file, file->entry.name, create->source->left_out, err);
	if (left_out < 0)
		return -1;
	if (left_out || file->is_socket)
		return drop(create, walk, name, err);
	adapt(create, file);
	first = hard_links_meet(&create->links, &file->stat, file->entry.name);
	if (first)
		return add_link(create, walk, name, file, first, err);
	if (file->entry.type == TAR_FILE)
		return add_file(create, walk, name, file, err);
	if (file->entry.type == TAR_DIRECTORY)
		return add_directory(create, walk, name, file, err);
	return add_node(create, walk, name, file, err);
}

static int add_name(struct create *create, const struct walk *walk, const char *name,
		    struct error *err)
{
	auto_free char *path = xasprintf("%s%s%s", walk->path, *walk->path ? "/" : "", name);
	auto_release(tree_file) struct tree_file file = { .fd = -1 };
	int result = tree_file_open(walk->from, name, &file, err);

	file.entry.name = path;
	if (result == 1)
		result = add_opened(create, walk, name, &file, err);
	if (result < 0 && walk->depth == 0) {
		auto_free char *shown = printable(path);

		return error_context(err, "'/%.200s'", shown);
	}
	return result < 0 ? -1 : 0;
}

static int walk_directory(struct create *create, const struct walk *walk, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };

	if (walk->depth > LAYER_DEPTH_MAX)
		return error_set(err, ERROR_INVALID, "it lies deeper than %d directories",
				 LAYER_DEPTH_MAX);
	if (dir_list(walk->from, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		if (add_name(create, walk, names.items[i], err) < 0)
			return -1;
	return 0;
}

/* The entry of "/" itself; its attributes come last. */
static int add_root(struct create *create, struct tree_file *root, struct error *err)
{
	struct tar_entry entry;

	if (!create->source->with_root)
		return 0;
	adapt(create, root);
	entry = root->entry;
	entry.name = (char *)"./";
	create->info.has_root = true;
	return emit_header(create, &entry, err);
}

static int walk_all(struct create *create, int to, struct error *err)
{
	struct walk walk = { .from = create->source->tree, .to = to, .path = "" };
	auto_release(tree_file) struct tree_file root = { .fd = -1 };
	auto_release(buffer) struct buffer end = { 0 };

	if (tree_file_directory(walk.from, &root, err) < 0 || add_root(create, &root, err) < 0 ||
	    walk_directory(create, &walk, err) < 0)
		return -1;
	if (create->source->with_root && set_attributes(create, to, &root, err) < 0)
		return -1;
	tar_write_end(&end);
	if (emit(create, end.data, end.size, err) < 0)
		return -1;
	return record_writer_finish(create->record, create->info.tar_size, err);
}

/* Neither a default ACL nor a setgid bit of the store's folders may reach the layer's files. */
static int make_tree(int folder, struct error *err)
{
	auto_fd int tree = -1;

	if (mkdirat(folder, LAYER_TREE, 0700) == 0)
		tree = openat(folder, LAYER_TREE, DIRECTORY_FLAGS);
	if (tree < 0)
		return error_errno(err, "cannot make the layer's directory");
	if (fremovexattr(tree, "system.posix_acl_default") < 0 && errno != ENODATA &&
	    errno != ENOTSUP)
		return error_errno(err, "cannot remove a default ACL");
	if (fchown(tree, geteuid(), getegid()) < 0 || fchmod(tree, 0755) < 0)
		return error_errno(err, "cannot prepare the layer's directory");
	return take_fd(&tree);
}

static int fill(struct create *create, const struct store_staging *staging, struct error *err)
{
	const struct layer_source *source = create->source;

	if (source->move) {
		create->unpack.tree = fcntl(source->tree, F_DUPFD_CLOEXEC, 3);
		if (walk_all(create, source->tree, err) < 0)
			return -1;
		if (renameat(source->parent, source->name, staging->folder, LAYER_TREE) < 0)
			return error_errno(err, "cannot move the layer's files into the store");
		return 0;
	}
	create->unpack.tree = make_tree(staging->folder, err);
	return create->unpack.tree < 0 ? -1 : walk_all(create, create->unpack.tree, err);
}

static void create_release(struct create *create)
{
	record_writer_free(create->record);
	sha256_free(create->hash);
	hard_links_release(&create->links);
	auto_close_fd(&create->unpack.tree);
	free(create->chunk);
}

static int commit(struct store *store, struct store_staging *staging, struct layer_info *info,
		  enum layer_ownership ownership, struct error *err)
{
	info->ownership = ownership;
	if (layer_info_write(staging->folder, info, err) < 0)
		return -1;
	return store_commit_layer(store, staging, &info->diff_id, err);
}

static int create_in(struct store *store, const struct layer_source *source,
		     struct store_staging *staging, struct layer_info *ret_info, struct error *err)
{
	auto_release(create) struct create create = {
		.source = source,
		.unpack = { .tree = -1, .ownership = source->ownership },
	};

	create.hash = sha256_new();
	create.chunk = xmalloc(LAYER_BUFFER_SIZE);
	create.record = record_writer_new(staging->folder, LAYER_RECORD, err);
	if (!create.record || fill(&create, staging, err) < 0)
		return -1;
	sha256_finish(create.hash, create.info.diff_id.hex);
	*ret_info = create.info;
	return commit(store, staging, ret_info, source->ownership, err);
}

int layer_create(struct store *store, const struct layer_source *source,
		 struct layer_info *ret_info, struct error *err)
{
	struct store_staging staging = { .folder = -1, .lock = -1 };
	int result;

	if (store_stage(store, "layer", &staging, err) < 0)
		return -1;
	result = create_in(store, source, &staging, ret_info, err);
	store_staging_release(&staging);
	return result < 0 ? error_context(err, "cannot make a layer") : 0;
}

/* All of `from` into the child's pipe; a child that gives up first tells why in its report. */
static int feed(int from, int to, struct error *err)
{
	auto_free char *chunk = xmalloc(LAYER_BUFFER_SIZE);

	for (;;) {
		ssize_t got = read(from, chunk, LAYER_BUFFER_SIZE);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(err, "cannot read the tar");
		if (got == 0)
			return 0;
		if (fd_write_full(to, chunk, (size_t)got) < 0)
			return errno == EPIPE ?
				       0 : error_errno(err, "cannot write to the unpacking process");
	}
}

static int unpack_tar(const struct layer_source *source, int folder, struct layer_info *ret_info,
		      struct error *err)
{
	auto_release(unpacker) struct unpacker unpacker = UNPACKER_NONE;
	auto_fd int input = -1;

	if (unpacker_start(folder, source->ownership, &unpacker, &input, err) < 0 ||
	    feed(source->tar, input, err) < 0)
		return -1;
	auto_close_fd(&input);
	input = -1;
	return unpacker_finish(&unpacker, ret_info, err);
}

int layer_create_from_tar(struct store *store, const struct layer_source *source,
			  struct layer_info *ret_info, struct error *err)
{
	struct store_staging staging = { .folder = -1, .lock = -1 };
	int result;

	if (store_stage(store, "layer", &staging, err) < 0)
		return -1;
	result = unpack_tar(source, staging.folder, ret_info, err);
	if (result == 0)
		result = commit(store, &staging, ret_info, source->ownership, err);
	store_staging_release(&staging);
	return result;
}
