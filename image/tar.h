/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading tar streams: ustar, GNU (long names and links, base-256 numbers, old
 * sparse), pax (extended headers, xattrs, sparse 0.0, 0.1 and 1.0). Global pax headers are
 * checked and passed over, as docker, podman and umoci do.
 *
 * The reader knows nothing of file systems. It hands out one entry after the
 * other and is strict about every number and length (R9). Whoever wants to be
 * able to give back the same bytes sets a recorder: it sees every byte that is
 * not file content (headers, padding, trailer) and the length of each content.
 */
#ifndef IMAGE_TAR_H
#define IMAGE_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "image/decompress.h"

struct error;

#define TAR_NAME_MAX 4096		/* PATH_MAX; one component at most 255 */
#define TAR_LABEL_SIZE 200		/* so much of a name goes into a message */
#define TAR_XATTRS_MAX 128
#define TAR_XATTR_VALUE_MAX 65536
#define TAR_PAX_SIZE_MAX (1 << 20)	/* one extended header */
#define TAR_SPARSE_MAX (1 << 20)	/* segments of one file */

enum tar_type {
	TAR_FILE, TAR_HARDLINK, TAR_SYMLINK, TAR_CHARACTER, TAR_BLOCK, TAR_DIRECTORY, TAR_FIFO,
};

struct tar_xattr {
	char *name;
	void *value;
	size_t size;
};

struct tar_segment {
	uint64_t offset, size;	/* data bytes; what lies between is a hole */
};

struct tar_entry {
	enum tar_type type;
	char *name;		/* as in the archive, not cleaned; no NUL inside */
	char *link;		/* target of links, or NULL */
	mode_t mode;		/* permission bits incl. setuid, setgid, sticky */
	uid_t uid;
	gid_t gid;
	uint64_t size;		/* of the file as it will be, holes included */
	uint64_t stored_size;	/* content bytes in the archive */
	int64_t mtime_ns;	/* since 1970, may be negative */
	unsigned int device_major, device_minor;
	struct tar_xattr *xattrs;
	size_t xattr_count;
	struct tar_segment *segments;	/* sparse files; NULL when not sparse */
	size_t segment_count;
};

struct tar_recorder {
	int (*bytes)(void *argument, const void *data, size_t size, struct error *err);
	/* The content of `entry` follows: stored_size bytes that the record leaves out. */
	int (*content)(void *argument, const struct tar_entry *entry, struct error *err);
	void *argument;
};

struct tar_reader;
/* `recorder` may be NULL; both are borrowed. */
struct tar_reader *tar_reader_new(read_function read, void *argument,
				  const struct tar_recorder *recorder);
/* The next entry, valid until the next call (content not read by then is skipped). 1; 0 at the
 * end (an end without the two zero blocks is accepted, as docker does); -1. After 0 the rest of
 * the stream has been read and recorded. */
int tar_reader_next(struct tar_reader *reader, const struct tar_entry **ret_entry,
		    struct error *err);
/* Stored content bytes of the current entry (for sparse files: segment after segment). */
ssize_t tar_reader_content(struct tar_reader *reader, void *data, size_t size,
			   struct error *err);
/* What is passed over (content that nobody read) is not read but left to `skip`, which makes the input
 * go on `size` bytes later. Not with a recorder. */
void tar_reader_skip_by(struct tar_reader *reader,
			int (*skip)(void *argument, uint64_t size, struct error *err));
/* Where in the input the current entry's content begins. */
uint64_t tar_reader_content_offset(const struct tar_reader *reader);
void tar_reader_free(struct tar_reader *reader);

#endif
