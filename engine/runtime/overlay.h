/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The overlay of a container's layers.
 *
 * Layers are named by descriptor, so that no path is walked and hundreds of them
 * fit: since Linux 6.5 one "lowerdir+" option each; before, one lowerdir option
 * with names relative to /proc/self/fd ("12:13:14"), by mount(2), whose option text
 * may be a page long.
 */
#ifndef ENGINE_RUNTIME_OVERLAY_H
#define ENGINE_RUNTIME_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>

struct error;

#define OVERLAY_LOWER_MAX 500	/* what the kernel takes */

struct overlay {
	const int *lower;	/* top first */
	size_t lower_count;
	int upper, work;	/* -1: read-only */
	bool user_xattr;
};

/* Whether this kernel is older than 6.5 and has to use overlay_attach_legacy(). */
bool overlay_is_legacy(void);
/* A detached mount of it. */
int overlay_open(const struct overlay *overlay, struct error *err);
/* Mounts it on `target`; all descriptors have to be of the caller's own mount namespace. */
int overlay_attach_legacy(const struct overlay *overlay, int target, struct error *err);

#endif
