/* SPDX-License-Identifier: Apache-2.0 */
/* Pulling, inside of the registry module; see registry/pull.h. */
#ifndef REGISTRY_PULL_IMAGE_H
#define REGISTRY_PULL_IMAGE_H

struct digest;
struct error;
struct pull_request;
struct store;

int pull_image(struct store *store, const struct pull_request *request,
	       struct digest *ret_image_id, struct error *err);

#endif
