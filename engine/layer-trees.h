/* SPDX-License-Identifier: Apache-2.0 */
/* The trees that a container or an image is made of, open, top first: for image/merged-tree.h. */
#ifndef ENGINE_LAYER_TREES_H
#define ENGINE_LAYER_TREES_H

#include <stddef.h>

#include "image/digest.h"

struct container;
struct engine;
struct error;
struct strings;

struct layer_trees {
	int *fds;	/* owned */
	size_t count;
};

/* Those of `layers` (bottom first). ERROR_NOT_FOUND when one is missing. */
int layer_trees_open(struct engine *engine, const struct digest *layers, size_t count,
		     struct layer_trees *ret_trees, struct error *err);
/* The same with the container's own on top of them. */
int layer_trees_open_container(struct engine *engine, const struct container *container,
			       struct layer_trees *ret_trees, struct error *err);
void layer_trees_release(struct layer_trees *trees);

/* Paths in the container's own tree, sorted, that starting it may have made to mount something on:
 * no change of the user's while they are empty. */
void container_mount_points(const struct container *container, struct strings *ret_paths);

#endif
