/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuse-overlayfs, for kernels that do not let a user namespace mount overlayfs
 * (before 5.11, or forbidden by policy). Slower, so its use is told once.
 */
#ifndef ROOTLESS_FUSE_OVERLAYFS_H
#define ROOTLESS_FUSE_OVERLAYFS_H

#include "base/process.h"

struct error;

/* Starts `program` (NULL: fuse-overlayfs from the fixed path) serving the overlay of `lower` (paths,
 * top first), `upper` and `work`, and returns a detached mount of it. The process dies with the
 * caller. Runs as id 0 of the user's namespace with a mount namespace of its own. */
int fuse_overlayfs_mount(const char *program, const char *const *lower, const char *upper,
			 const char *work, struct process *ret_process, int *ret_mount,
			 struct error *err);

#endif
