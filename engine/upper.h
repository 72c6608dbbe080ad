/* SPDX-License-Identifier: Apache-2.0 */
/* What a container's upper directory holds from the beginning. */
#ifndef ENGINE_UPPER_H
#define ENGINE_UPPER_H

struct container_config;
struct engine;
struct error;

/*
 * Makes upper/ in a container's folder. overlayfs shows a directory with the attributes of the
 * topmost layer that has it, which is right but for two: the root has the upper directory's own,
 * so upper/ gets what the image says of "/"; and where the topmost layer only implies a
 * directory (image/layer-implied.h) it is made in upper/, as the layers below describe it.
 * ERROR_NOT_FOUND when a layer is missing.
 */
int upper_make(struct engine *engine, int folder, const struct container_config *config,
	       struct error *err);

#endif
