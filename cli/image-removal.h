/* SPDX-License-Identifier: Apache-2.0 */
/* Removing images by docker's rules: names, shared ids, and containers that use them. */
#ifndef CLI_IMAGE_REMOVAL_H
#define CLI_IMAGE_REMOVAL_H

#include <stdbool.h>

#include "base/strings.h"
#include "image/store.h"

struct engine;
struct error;

struct image_removal {
	bool force;		/* with all its names, and although stopped containers use it */
	const struct strings *platforms;	/* only if it is for one of these; NULL or empty: any */
	store_removed removed;	/* is told what was done; or NULL */
	void *argument;
};

/* Removes the name `operand`, or the image that it is the (shortened) ID of. After engine_enter(). */
int image_remove(struct engine *engine, const char *operand, const struct image_removal *removal,
		 struct error *err);
/* Removes the image with all its names. */
int image_remove_whole(struct engine *engine, const struct image *image,
		       const struct image_removal *removal, struct error *err);

#endif
