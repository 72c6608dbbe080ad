/* SPDX-License-Identifier: Apache-2.0 */
/* The container's root: prepared by the launching process, attached and entered by the child. */
#ifndef ENGINE_RUNTIME_ROOTFS_H
#define ENGINE_RUNTIME_ROOTFS_H

struct error;
struct process;
struct runtime_spec;

/* A detached mount of the root in *ret_mount, or -1 where the child has to mount it by the legacy
 * interface. *ret_server: the fuse-overlayfs that serves it, if it took one. */
int rootfs_open(const struct runtime_spec *spec, int *ret_mount, struct process *ret_server,
		struct error *err);

#endif
