/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths below a root that somebody else may write: layers and containers (R1).
 *
 * Every path is resolved by openat2() from the root's descriptor. Two ways:
 * IN_ROOT treats the root as "/" (links inside it are followed and cannot
 * leave it); BENEATH refuses absolute paths, "..", and every symbolic link.
 * Magic links are never followed. Nothing here uses a path twice: what was
 * opened is what gets used.
 */
#ifndef BASE_ROOTED_H
#define BASE_ROOTED_H

#include <sys/types.h>

struct error;

enum rooted_how { ROOTED_IN_ROOT, ROOTED_BENEATH };

/* Opens `path` below `root` with open(2) `flags` (O_CLOEXEC is added); -1 and errno. */
int rooted_open(int root, const char *path, enum rooted_how how, int flags, mode_t mode);

/* Opens the directory that holds the last component of `path` (O_PATH), making missing
 * directories with `mode` when it is not 0. *ret_name points into `path`. Refuses a last
 * component of "", "." or "..". -1 and errno (EXDEV, ELOOP: the path leads out). */
int rooted_open_parent(int root, const char *path, enum rooted_how how, mode_t make_mode,
		       const char **ret_name);

/* Opens the directory `path` (O_PATH | O_DIRECTORY), making what is missing, with `mode` and
 * owned by uid:gid. A dangling link on the way is followed inside the root. */
int rooted_make_dir(int root, const char *path, mode_t mode, uid_t uid, gid_t gid,
		    struct error *err);
/* Opens the regular file `path` (O_PATH), making it and missing directories (0755) if need be. */
int rooted_make_file(int root, const char *path, mode_t mode, uid_t uid, gid_t gid,
		     struct error *err);

#endif
