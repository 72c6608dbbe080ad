/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pushing, inside of the registry module; see registry/push.h. A destination without a tag gets the
 * manifest under its digest alone: so do the images of a manifest list.
 */
#ifndef REGISTRY_PUSH_IMAGE_H
#define REGISTRY_PUSH_IMAGE_H

struct descriptor;
struct error;
struct push_request;
struct store;

int push_image(struct store *store, const struct push_request *request,
	       struct descriptor *ret_manifest, struct error *err);

#endif
