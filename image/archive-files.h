/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The named parts of a saved image: files of a directory, or entries of a plain
 * tar that can be read at any offset. A tar is walked once, header to header, and
 * its parts are read where they lie.
 *
 * Names and links are resolved among the parts alone, so there is no way out of
 * the archive; a name that the tar has twice is refused when it is asked for.
 */
#ifndef IMAGE_ARCHIVE_FILES_H
#define IMAGE_ARCHIVE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct archive_files;
struct buffer;
struct error;

#define ARCHIVE_ENTRIES_MAX 100000
#define ARCHIVE_NAMES_SIZE_MAX ((size_t)32 << 20)

struct archive_part {
	int fd;			/* a descriptor of our own; read with offsets only */
	uint64_t offset, size;
};

/* `fd` (borrowed until archive_files_free()) is a directory, or a regular file that holds a plain tar. */
struct archive_files *archive_files_open(int fd, struct error *err);
void archive_files_free(struct archive_files *files);	/* NULL is fine */

bool archive_files_have(const struct archive_files *files, const char *name);
/* ERROR_NOT_FOUND: "the archive has no file 'NAME'". */
int archive_files_find(const struct archive_files *files, const char *name,
		       struct archive_part *ret_part, struct error *err);
/* Reads a whole part of at most `max` bytes. */
int archive_files_read(const struct archive_files *files, const char *name, size_t max,
		       struct buffer *buffer, struct error *err);
void archive_part_release(struct archive_part *part);

#endif
