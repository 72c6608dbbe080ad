/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to image/layer-*.c: the state of one unpacking, and its parts.
 *
 * Directories are made 0700 and root's, and get what the tar says of them only
 * when all entries are in: their times would not survive, and a default ACL or
 * a setgid bit would reach what is made inside. It also means that a new file
 * belongs to root, whatever the file system's group rules.
 *
 * Messages say what is wrong with the entry at hand; its name is put in front
 * by layer_unpack().
 */
#ifndef IMAGE_LAYER_UNPACK_H
#define IMAGE_LAYER_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "base/strings.h"
#include "image/layer.h"
#include "image/tar.h"

#define LAYER_BUFFER_SIZE ((size_t)256 << 10)
#define LAYER_DEPTH_MAX 512	/* components of a path */
#define LAYER_TREE "tree"
#define LAYER_RECORD "tar.zst"
#define LAYER_SPILL "spill"

struct record_writer;
struct unpack;

/* A path below tree/: no leading slash, no "." or "..", single slashes; "" is tree/ itself. */
struct layer_path {
	char text[TAR_NAME_MAX];
	size_t length;
	size_t parent_length;	/* text[0..parent_length) is the parent */
	const char *name;	/* last component, in text */
};
int layer_path_clean(const char *name, struct layer_path *ret_path, struct error *err);

/* What an entry gets beside its content. */
struct attributes {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	int64_t mtime_ns;
	struct tar_xattr *xattrs;	/* borrowed */
	size_t xattr_count;
	bool implied;			/* of a directory that no entry has named */
};
struct attributes attributes_of(const struct tar_entry *entry);
/* Of what is open (not O_PATH): files, directories. */
int attributes_apply(const struct unpack *unpack, int fd, const struct attributes *attributes,
		     struct error *err);
/* Of what cannot be opened: links, FIFOs, devices. */
int attributes_apply_at(const struct unpack *unpack, int parent, const char *name,
			enum tar_type type, const struct attributes *attributes,
			struct error *err);
int attributes_check(const struct tar_entry *entry, struct error *err);

/* Directories whose attributes wait for the end. The last word on a path counts. */
struct directories {
	struct directory **items;
	size_t count, room;
	size_t bytes;		/* held by them: bounded */
};
int directories_add(struct directories *directories, const char *path, size_t length,
		    const struct attributes *attributes, struct error *err);
int directories_apply(struct unpack *unpack, struct error *err);
void directories_release(struct directories *directories);

/* Parents that are open: the last few, since tars go through a tree in depth-first order. */
#define PARENTS_MAX 32
struct parents {
	struct parent {
		char *path;	/* owned; NULL: free */
		size_t length;
		int fd;
		uint64_t used;
	} slots[PARENTS_MAX];
	unsigned int last;
	uint64_t clock;
};
/* The parent of `path` as an O_PATH descriptor (borrowed until the next call), made if missing. */
int parents_get(struct unpack *unpack, const struct layer_path *path, int64_t mtime_ns,
		struct error *err);
void parents_forget(struct parents *parents, const char *path);	/* and all below it */
void parents_release(struct parents *parents);

/* Content that the record speaks of and that a later entry of the same tar replaced. It goes to
 * spill/N; spill/index tells which file it was, and when. */
struct spill {
	int dir;		/* -1 until needed */
	uint64_t count;
	uint64_t copied;	/* bytes: bounded by those of the tar */
	struct buffer index;
};
int spill_take(struct unpack *unpack, int dir, const char *name, const char *path,
	       const struct stat *info, struct error *err);
int spill_finish(struct unpack *unpack, struct error *err);
void spill_release(struct spill *spill);

/* The same when packing. */
struct spill_index;
int spill_index_read(int folder, struct spill_index **ret_index, struct error *err);
/* Opens what held the content of the `marker`th content marker, `path`, if that was replaced;
 * -1 with errno ENOENT if it was not. */
int spill_index_open(const struct spill_index *index, const char *path, uint64_t marker);
void spill_index_free(struct spill_index *index);	/* NULL is fine */

/* Removes what is at `path`; content that the record needs is spilled. */
int layer_remove(struct unpack *unpack, int parent, const struct layer_path *path,
		 struct error *err);

/* Whiteouts (OCI image-spec, layer.md). */
#define WHITEOUT_PREFIX ".wh."
enum whiteout {
	WHITEOUT_NONE,		/* an ordinary entry */
	WHITEOUT_NAME,		/* of one name */
	WHITEOUT_OPAQUE,	/* of all that lower layers have in this directory */
	WHITEOUT_IGNORED,	/* AUFS' own files */
};
int whiteout_kind(const struct layer_path *path, enum whiteout *ret_kind, struct error *err);
int whiteout_apply(struct unpack *unpack, const struct layer_path *path, enum whiteout kind,
		   int64_t mtime_ns, struct error *err);
bool whiteout_is(const struct stat *info);
/* Hides what lower layers have in the directory `name` ("." is `parent` itself). */
int whiteout_make_opaque(const struct unpack *unpack, int parent, const char *name,
			 struct error *err);
/* Puts an opaque directory where a whiteout was. */
int whiteout_to_directory(const struct unpack *unpack, int parent, const char *name,
			  struct error *err);

/* Makes an entry, replacing what is there. */
int entry_unpack(struct unpack *unpack, const struct layer_path *path,
		 const struct tar_entry *entry, struct error *err);

struct unpack {
	int folder;		/* borrowed */
	int tree;		/* owned */
	enum layer_ownership ownership;
	struct layer_limits limits;
	bool root_made;		/* what we make is owned 0:0 already */

	struct tar_reader *reader;
	struct record_writer *record;
	unsigned char *buffer;	/* LAYER_BUFFER_SIZE */
	struct parents parents;
	struct directories directories;
	struct spill spill;
	struct strings implied;	/* directories: see layer-implied.h */
	struct strings devices;	/* those that were only recorded */

	struct sha256 *hash;
	uint64_t tar_size, size, entry_count;
	bool has_root;
};

#endif
