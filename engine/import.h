/* SPDX-License-Identifier: Apache-2.0 */
/* An image of one layer, made of a tar. */
#ifndef ENGINE_IMPORT_H
#define ENGINE_IMPORT_H

#include "base/strings.h"
#include "image/platform.h"

struct digest;
struct engine;
struct error;

struct import_options {
	int input;			/* a tar, maybe compressed; borrowed */
	const char *message;
	const struct strings *changes;	/* image/config-change.h */
	struct platform platform;
	struct strings names;		/* full references with tag; may be empty */
};

/* After engine_enter(). */
int image_import(struct engine *engine, const struct import_options *options,
		 struct digest *ret_id, struct error *err);

#endif
