/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directories of a layer that no entry of its tar names, but that entries lie in.
 *
 * Such a directory says nothing of its mode, owner and times: in an image it has those that a
 * lower layer gives it. A layer is unpacked without regard to what it will stand on, and
 * overlayfs shows the topmost directory's attributes. So the layer's folder lists its own
 * (file `implied`, each path ended by a NUL; missing when there are none), and who puts layers on
 * top of one another looks below (engine/upper.c).
 */
#ifndef IMAGE_LAYER_IMPLIED_H
#define IMAGE_LAYER_IMPLIED_H

struct error;
struct strings;

/* More of them than these bytes hold are not listed: those directories stay 0755 and root's. */
#define IMPLIED_SIZE_MAX ((size_t)16 << 20)

/* Paths without slashes in front or at the end, in any order. */
int layer_implied_write(int folder, const struct strings *paths, struct error *err);
/* Sorted by strcmp(3). */
int layer_implied_read(int folder, struct strings *ret_paths, struct error *err);

#endif
