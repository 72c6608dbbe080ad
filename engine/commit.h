/* SPDX-License-Identifier: Apache-2.0 */
/* An image of what a container has become. */
#ifndef ENGINE_COMMIT_H
#define ENGINE_COMMIT_H

#include <stdbool.h>

#include "base/strings.h"
#include "image/image-record.h"

struct container;
struct digest;
struct engine;
struct error;

struct commit_options {
	const char *author, *message;	/* or NULL */
	const struct strings *changes;	/* image/config-change.h */
	enum image_format format;
	struct strings names;		/* full references with tag; may be empty */
	bool include_volumes;		/* volumes that were mounted become the image's */
};

/* The container's changes become a layer on top of its image's, and what it was run with the config. It may
 * go on running: each file is copied as it is at some moment. After engine_enter(). */
int container_commit(struct engine *engine, struct container *container,
		     const struct commit_options *options, struct digest *ret_id,
		     struct error *err);

#endif
