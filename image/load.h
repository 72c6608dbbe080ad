/* SPDX-License-Identifier: Apache-2.0 */
/* From a saved archive or directory (image/archive.h) into the store. */
#ifndef IMAGE_LOAD_H
#define IMAGE_LOAD_H

#include "image/layer.h"

struct digest;
struct error;
struct platform;
struct store;

struct load_request {
	int input;			/* a file, a pipe, or a directory; borrowed */
	const struct platform *platform;	/* what each image must serve; NULL: any, and of an
						 * index this machine's */
	const char *reference;		/* of the images in it, which one; NULL: all (image/archive.h) */
	const char *name;		/* full reference for an image that has none there, or NULL */
	enum layer_ownership ownership;
	/* Whether images of a transport ("docker-archive", "oci", "oci-archive", "dir") may come in;
	 * NULL: all may. */
	int (*permit)(void *argument, const char *transport, struct error *err);
	/* For each image and name; `name` (a full reference) is NULL where there is none. */
	void (*loaded)(void *argument, const char *name, const struct digest *id);
	void *argument;
};

/* Loads all images or, on failure, possibly some of their layers, which the next try finds. */
int image_load(struct store *store, const struct load_request *request, struct error *err);

#endif
