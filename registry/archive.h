/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images in files: load and save, and images made of a layer that is new (import, commit, build).
 *
 * The program calls these functions, which load the registry module (base/module.h) and hand
 * the call on: they need libcrypto and the decompressors. The process must be able to own the
 * layers' files (root, or id 0 inside the user's namespace).
 */
#ifndef REGISTRY_ARCHIVE_H
#define REGISTRY_ARCHIVE_H

#include "image/image-record.h"
#include "image/layer-create.h"
#include "image/load.h"
#include "image/save.h"

struct digest;
struct error;
struct store;

/* image_load() and image_save(). */
int registry_load(struct store *store, const struct load_request *request, struct error *err);
int registry_save(struct store *store, const struct save_request *request, struct error *err);

/* layer_create(), layer_create_from_tar(): a layer of the store, made of a directory or a tar. */
int registry_layer_create(struct store *store, const struct layer_source *source,
			  struct layer_info *ret_info, struct error *err);
/* Records the image that `config` (JSON) describes; its layers have to be in the store. */
struct image_creation {
	const char *config;
	enum image_format format;
	const struct strings *names;	/* full references with tag; may be empty */
};
int registry_image_create(struct store *store, const struct image_creation *creation,
			  struct digest *ret_id, struct error *err);
/* fetch_url(): a file from the web, as a descriptor. */
int registry_fetch_url(struct store *store, const char *url, struct error *err);

#endif
