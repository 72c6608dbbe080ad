/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to image/tar*.c: the pieces of the format, decoded into one another.
 *
 * Where readers differ we do as Go's archive/tar, since docker, podman and umoci
 * see images through it: header-only types have no content whatever their size
 * field says, an empty pax value leaves the header's, and global pax headers are
 * read and passed over.
 */
#ifndef IMAGE_TAR_FORMAT_H
#define IMAGE_TAR_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/tar.h"

#define TAR_BLOCK_SIZE 512

/* One header block, numbers and strings decoded. */
struct tar_header {
	char flag;		/* type flag */
	bool gnu;		/* has the GNU magic: old sparse maps are possible */
	char name[257];		/* prefix, '/', name */
	char link[101];
	uint64_t size;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	int64_t mtime_ns;
	unsigned int device_major, device_minor;
};

bool tar_block_is_zero(const unsigned char *block);
int tar_header_decode(const unsigned char *block, struct tar_header *ret_header,
		      struct error *err);
/* A number as tar writes them: octal digits, or base-256 (GNU). */
int tar_number_decode(const unsigned char *field, size_t size, int64_t *ret_value,
		      struct error *err);
bool tar_uid_fits(int64_t id);	/* what chown(2) takes: (uid_t)-1 means "leave it" there */
int64_t tar_time(int64_t seconds, uint32_t nanoseconds);	/* held to what int64_t has */

/* The segments of a sparse file. */
struct tar_sparse {
	struct tar_segment *segments;
	size_t count, room;
	uint64_t end;	/* where the last segment ended */
	uint64_t data;	/* sum of all sizes */
};

int tar_sparse_add(struct tar_sparse *sparse, uint64_t offset, uint64_t size, struct error *err);
/* The map in an old GNU header: in its block first, then in whole extension blocks. *ret_more
 * tells whether one (more) of these follows. */
int tar_sparse_old_header(struct tar_sparse *sparse, const unsigned char *block,
			  uint64_t *ret_size, bool *ret_more, struct error *err);
int tar_sparse_old_extension(struct tar_sparse *sparse, const unsigned char *block,
			     bool *ret_more, struct error *err);
/* "offset,size,offset,size..." of pax sparse 0.1. */
int tar_sparse_text_map(struct tar_sparse *sparse, const char *text, struct error *err);
void tar_sparse_clear(struct tar_sparse *sparse);	/* keeps the room */
void tar_sparse_release(struct tar_sparse *sparse);

/* What extended headers say of the next entry. */
enum tar_sparse_kind { TAR_SPARSE_NONE, TAR_SPARSE_LISTED /* 0.0, 0.1 */, TAR_SPARSE_IN_DATA };

struct tar_pax {
	char *path, *link;		/* owned; NULL: not given */
	bool has_size, has_uid, has_gid, has_mtime;
	uint64_t size;
	uid_t uid;
	gid_t gid;
	int64_t mtime_ns;
	struct tar_xattr *xattrs;	/* owned */
	size_t xattr_count;

	char *sparse_name;		/* owned */
	bool has_sparse_size, has_sparse_map, has_sparse_major, has_sparse_minor;
	uint64_t sparse_size;
	uint64_t sparse_major, sparse_minor;
	bool sparse_offset_pending;	/* 0.0: an offset whose size comes next */
	uint64_t sparse_offset;
	struct tar_sparse sparse;
};

/* Reads the records of an 'x' header into *pax, which held those of an earlier one. */
int tar_pax_decode(struct tar_pax *pax, const char *data, size_t size, struct error *err);
/* Only the form of the records: of a global header. */
int tar_pax_check(const char *data, size_t size, struct error *err);
int tar_pax_sparse_kind(const struct tar_pax *pax, enum tar_sparse_kind *ret_kind,
			struct error *err);
void tar_pax_release(struct tar_pax *pax);	/* leaves it empty and usable */
void tar_xattrs_free(struct tar_xattr *xattrs, size_t count);

/* "SCHILY.xattr." and "LIBARCHIVE.xattr." records: in image/tar-xattr.c. */
int tar_xattr_add(struct tar_pax *pax, const char *name, const void *value, size_t size,
		  struct error *err);
int tar_xattr_add_encoded(struct tar_pax *pax, const char *encoded_name, const char *base64,
			  size_t size, struct error *err);

/* Strict decimal digits: of a size in pax, of a sparse map. */
int tar_decimal(const char *text, size_t size, uint64_t *ret_value, struct error *err);

#endif
