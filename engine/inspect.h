/* SPDX-License-Identifier: Apache-2.0 */
/* Containers and images as docker's `inspect` shows them: the JSON that --format works on. */
#ifndef ENGINE_INSPECT_H
#define ENGINE_INSPECT_H

#include <jansson.h>
#include <stdbool.h>

struct container;
struct engine;
struct error;
struct image;

/* New references. `size` adds SizeRw and SizeRootFs. */
json_t *container_inspect(struct engine *engine, const struct container *container, bool size,
			  struct error *err);
json_t *image_inspect(struct engine *engine, const struct image *image, struct error *err);
/* Bytes in the container's upper directory. */
int container_size(struct engine *engine, const struct container *container,
		   unsigned long long *ret_bytes, struct error *err);

#endif
