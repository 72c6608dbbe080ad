/* SPDX-License-Identifier: Apache-2.0 */
/* Where file systems of the kernel's may be mounted: shared by mounts.c and devices.c. */
#ifndef ENGINE_RUNTIME_MOUNTS_H
#define ENGINE_RUNTIME_MOUNTS_H

struct error;

/* Opens the directory `target`, made if missing. A symbolic link anywhere in it is an error (R3). */
int mount_open_kernel_target(int root, const char *target, struct error *err);

#endif
