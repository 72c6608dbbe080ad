/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors as JSON, for the files here that decode documents which hold them:
 * manifests and the store's index.json. OCI image-spec, descriptor.md.
 */
#ifndef IMAGE_DESCRIPTOR_H
#define IMAGE_DESCRIPTOR_H

#include "image/manifest.h"

struct error;
struct json_t;

/* `urls` is not read: nothing is ever fetched from where a manifest points (R10). */
int descriptor_decode(const struct json_t *json, struct descriptor *ret_descriptor,
		      struct error *err);
struct json_t *descriptor_encode(const struct descriptor *descriptor);	/* new reference */

#endif
