/* SPDX-License-Identifier: Apache-2.0 */
/* How base/file.h, base/rooted.h and base/lock.h take paths apart and report on them. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <limits.h>
#include <stddef.h>

struct error;

#define PATH_SIZE_MAX PATH_MAX	/* with the NUL, as the kernel counts */

/* O_NOFOLLOW below a directory descriptor, 0 for a path of the host itself. */
int path_nofollow(int dir);

/* A new descriptor of the directory that *name is in; *name is left at the last component. */
int path_open_parent(int dir, const char **name, struct error *err);

/* The next component of *path (slashes skipped), as its length; 0 at the end. *path is left at
 * its first byte. */
size_t path_component(const char **path);

/* error_errno() that tells kinds: ENOENT is ERROR_NOT_FOUND, EEXIST is ERROR_EXISTS. */
int path_error(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
