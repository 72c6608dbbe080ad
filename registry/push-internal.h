/* SPDX-License-Identifier: Apache-2.0 */
/* Private to registry/push*.c: an image on its way to a registry, and its layers. */
#ifndef REGISTRY_PUSH_INTERNAL_H
#define REGISTRY_PUSH_INTERNAL_H

#include "base/buffer.h"
#include "base/error.h"
#include "image/layer-blobs.h"
#include "image/layer-packer.h"
#include "image/manifest-layers.h"
#include "image/manifest.h"
#include "image/store.h"
#include "registry/push.h"
#include "registry/registries-conf.h"
#include "registry/relay.h"
#include "registry/session.h"

struct push;

/* A form that a layer may be pushed in. */
struct push_form {
	struct layer_blob blob;		/* digest unset: to be compressed now */
	bool original;			/* the one that the manifest names: worth some effort */
};

struct push_layer {
	struct push *push;
	unsigned int index;
	const struct digest *diff_id;
	const struct push_layer *same;	/* an earlier one of this image that this is; or NULL */
	int folder;
	struct push_form *forms;	/* to try, in this order; compressing comes last */
	size_t form_count, form;
	struct strings mounts;		/* of the form at hand */

	/* Where the bytes of the form at hand come from. */
	enum layer_compression compression;	/* of what is compressed now */
	struct packer packer;
	struct packed packed;
	struct relay relay;
	size_t relays;			/* sources of the form that did not work */
	char *relay_failure;		/* why the last one did not; or NULL */
	bool kept_failed, source_failed;

	struct layer_blob result;	/* what the destination has; digest unset until then */
};

struct push {
	struct store *store;
	const struct push_request *request;
	struct registry_endpoints endpoints;
	const struct reference *place;	/* the destination, as registries.conf has it: in `endpoints` */
	struct registry_client *client;
	struct uploads *uploads;
	struct image *image;
	struct buffer manifest_bytes, config_bytes;
	struct manifest manifest;
	char *repository_full;		/* of `place`: "host/repository" */
	enum manifest_family family;
	bool other_family;		/* than the image's manifest has */
	struct push_layer *layers;
	size_t layer_count;
	char *why_changed;		/* the first reason for a new manifest, or NULL */
	struct error failure;		/* the first one */
};

/* Fills in push->layers. */
int push_layers_prepare(struct push *push, struct error *err);
/* Brings them to the registry, each in the first form that works. */
int push_layers_run(struct push *push, struct error *err);
void push_layers_release(struct push *push);

/* push-source.c: where the bytes of a layer's form come from; for struct registry_upload, whose
 * argument is the layer. */
bool push_source_exists(struct push_layer *layer);
int push_source_open(void *argument, int *ret_fd, struct error *err);
int push_source_finish(void *argument, struct digest *ret_digest, struct error *err);
/* After a failure: whether it may have been the source's, so that another try is worth it. That source
 * is not asked again. */
bool push_source_give_up(struct push_layer *layer);
void push_source_release(struct push_layer *layer);

#endif
