/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files below a directory descriptor: read whole, written by rename, removed
 * with all that is below them.
 *
 * Nothing here joins path strings. Below a directory descriptor no symbolic
 * link is followed in the last component; reading and opening a path of the
 * host itself (AT_FDCWD: /etc/resolv.conf) follows it. Paths inside a
 * container's or layer's tree go through base/rooted.h instead.
 *
 * What is missing is ERROR_NOT_FOUND with ENOENT as errnum.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct buffer;
struct error;
struct strings;

/* Opens a directory (O_DIRECTORY | O_CLOEXEC); `dir` may be AT_FDCWD. */
int dir_open(int dir, const char *path, struct error *err);
/* Opens it, making it (and missing parents) with `mode` first. */
int dir_make(int dir, const char *path, mode_t mode, struct error *err);
/* The names in `dir`, without . and .., sorted; fewer than DIR_ENTRIES_MAX or an error. */
#define DIR_ENTRIES_MAX 1000000
int dir_list(int dir, struct strings *ret_names, struct error *err);
/* Removes `name` and everything below, staying on its own file system, never following links.
 * Directories without owner permission are made accessible first. A missing name is no error. */
int dir_remove_tree(int dir, const char *name, struct error *err);

/* Reads a regular file (R9: O_NONBLOCK, S_ISREG) of at most `max` bytes into `buffer`. A missing
 * file is ERROR_NOT_FOUND. */
int file_read(int dir, const char *path, size_t max, struct buffer *buffer, struct error *err);
/* The same as a new string, trailing newline cut. */
char *file_read_line(int dir, const char *path, size_t max, struct error *err);

enum file_sync { FILE_VOLATILE, FILE_DURABLE /* fsync the file, then its directory */ };
/* Writes `name` in `dir` so that a reader sees the old content or the new: temporary name,
 * optional fsync, rename. On failure nothing of it stays. */
int file_write(int dir, const char *name, const void *data, size_t size, mode_t mode,
	       enum file_sync sync, struct error *err);
/* Makes `name`, which must not exist (ERROR_EXISTS). */
int file_create(int dir, const char *name, const void *data, size_t size, mode_t mode,
		struct error *err);
bool file_exists(int dir, const char *path);
/* The target of a link as a new string, or NULL with *err. */
char *link_read(int dir, const char *path, struct error *err);

#endif
