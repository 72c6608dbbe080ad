/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images mounted for the host to look into: <runroot>/images/<id>, an overlay of the layers,
 * read-only. What is mounted is asked of the kernel; nothing is written down.
 *
 * A mount is seen by whoever is in the mount namespace that it was made in. An ordinary user's
 * commands each have one of their own, so he must be inside of one already.
 */
#ifndef ENGINE_IMAGE_MOUNT_H
#define ENGINE_IMAGE_MOUNT_H

#include <stdbool.h>

struct digest;
struct engine;
struct error;
struct image;
struct strings;

/* Mounts it unless it is. *ret_path is new. ERROR_UNSUPPORTED for an ordinary user outside of his
 * namespace: says what to do instead. */
int image_mount(struct engine *engine, const struct image *image, char **ret_path,
		struct error *err);
bool image_is_mounted(struct engine *engine, const struct digest *id);
/* Where it is, or would be, mounted. New string. */
char *image_mount_path(const struct engine *engine, const struct digest *id);
/* What is not mounted is no error. ERROR_BUSY while somebody is in it, unless `force`: then it goes when
 * the last one leaves. */
int image_unmount(struct engine *engine, const struct digest *id, bool force, struct error *err);
/* The ids (hex) of those that are mounted. */
int image_list_mounts(struct engine *engine, struct strings *ret_ids, struct error *err);

#endif
