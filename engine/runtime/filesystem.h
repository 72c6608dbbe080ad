/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts that are not attached anywhere yet: new file systems and copies of
 * parts of the tree, held by descriptor until they are moved to a target that
 * is a descriptor too (R2).
 */
#ifndef ENGINE_RUNTIME_FILESYSTEM_H
#define ENGINE_RUNTIME_FILESYSTEM_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct strings;

/* A new file system of `type`. `options` as of mount(8), may be NULL; `attributes`: MOUNT_ATTR_*. */
int filesystem_open(const char *type, const struct strings *options, uint64_t attributes,
		    struct error *err);
/* A copy of the tree at `path` below `dir`, or of `dir` itself where `path` is "". -1 and errno. */
int filesystem_copy(int dir, const char *path, bool recursive);
/* Sets MOUNT_ATTR_* and propagation (MS_PRIVATE, ...; 0 leaves it). -1 and errno. */
int filesystem_change(int mount, bool recursive, uint64_t attributes, uint64_t propagation);
/* Attaches `mount` on what `target` has open. -1 and errno. */
int filesystem_attach(int mount, int target);

/* For fsopen(2)'s contexts: the option, and the reason the kernel gave for a refusal. */
int filesystem_set(int context, const char *option, struct error *err);
int filesystem_refused(int context, const char *type, struct error *err);

#endif
