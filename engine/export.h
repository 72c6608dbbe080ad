/* SPDX-License-Identifier: Apache-2.0 */
/* A container's files as a tar. */
#ifndef ENGINE_EXPORT_H
#define ENGINE_EXPORT_H

struct container;
struct engine;
struct error;

/* Writes all files of the container, running or not, to `output`: its own layer and those of its image
 * as they show together, but nothing that is mounted in it. After engine_enter(). */
int container_export(struct engine *engine, struct container *container, int output,
		     struct error *err);

#endif
