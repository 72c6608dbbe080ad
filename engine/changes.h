/* SPDX-License-Identifier: Apache-2.0 */
/* What a container or an image has changed. */
#ifndef ENGINE_CHANGES_H
#define ENGINE_CHANGES_H

#include <stddef.h>

struct container;
struct engine;
struct error;
struct image;

enum change_kind { CHANGE_MODIFIED = 'C', CHANGE_ADDED = 'A', CHANGE_DELETED = 'D' };

struct change {
	enum change_kind kind;
	char *path;	/* absolute */
};

struct changes {
	struct change *items;	/* sorted by path */
	size_t count;
};

/* Against its image. The process must be able to read the files (engine_enter()). */
int container_changes(struct engine *engine, struct container *container,
		      struct changes *ret_changes, struct error *err);
/* Against `from`, or what the image's top layer has changed. */
int image_changes(struct engine *engine, const struct image *image, const struct image *from,
		  struct changes *ret_changes, struct error *err);
void changes_release(struct changes *changes);

#endif
