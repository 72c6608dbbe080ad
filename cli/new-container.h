/* SPDX-License-Identifier: Apache-2.0 */
/* What run and create have in common: from their options to a container on disk. */
#ifndef CLI_NEW_CONTAINER_H
#define CLI_NEW_CONTAINER_H

struct container;
struct container_args;
struct engine;
struct error;

/* Makes a container from `operands`: the image, then its command. The image is pulled if need be;
 * an ID file is written. After engine_enter(). */
struct container *new_container(struct engine *engine, const struct container_args *args,
				char *const *operands, struct error *err);

#endif
