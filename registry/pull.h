/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pulling an image into the store.
 *
 * The program calls registry_pull(), which loads the registry module
 * (base/module.h) and hands the call on to pull_image() inside it.
 *
 * Layers download, inflate and unpack in parallel, each unpacked by a child of
 * its own that can write nothing but its staging folder (R11: Landlock where
 * the kernel has it, seccomp, no new privileges). Layers that are there already are
 * not fetched. The image appears in the index only when all is complete; whatever
 * fails, complete layers stay for the next try, and the bytes of incomplete ones
 * (image/layer-partial.h), which the next pull goes on from.
 *
 * registries.conf says where to ask (registry/registries-conf.h): one place after
 * the other, until one has the whole image.
 */
#ifndef REGISTRY_PULL_H
#define REGISTRY_PULL_H

#include <stdbool.h>
#include <stdint.h>

#include "image/digest.h"
#include "image/layer.h"
#include "image/platform.h"
#include "image/reference.h"
#include "registry/client.h"
#include "registry/credentials.h"
#include "registry/trust.h"

struct error;
struct store;

enum pull_step {
	PULL_RESOLVED,		/* the manifest is known: digest is the one the name stands for */
	PULL_LAYER_WAITING,	/* queued, or another process fetches it */
	PULL_LAYER_EXISTS,
	PULL_LAYER_PROGRESS,	/* done of total compressed bytes have arrived */
	PULL_LAYER_EXTRACTING,	/* all bytes have arrived */
	PULL_LAYER_COMPLETE,
	PULL_COMPLETE,		/* the image is in the store; `changed` tells if it was not before */
};

struct pull_event {
	enum pull_step step;
	const struct digest *digest;	/* of the manifest or the compressed layer */
	unsigned int layer, layer_count;	/* index from 0, bottom first */
	uint64_t done, total;		/* bytes */
	bool changed;
};

struct pull_request {
	struct reference reference;
	struct platform platform;	/* what the image must serve */
	enum registry_tls tls;
	const char *cert_dir;		/* or NULL */
	struct credential_sources credentials;
	struct trust_request trust;
	enum layer_ownership ownership;
	unsigned int parallel;		/* downloads at once; 0: as registry/settings.h says */
	bool retries_given;		/* else the settings count for these, too */
	unsigned int retries;		/* of what fails for a reason that may pass */
	int64_t retry_delay;		/* ns between them; 0: growing pauses */
	void (*progress)(void *argument, const struct pull_event *event);	/* may be NULL */
	void *argument;
};

/* Pulls. The process must be able to own the layer's files already (root, or id 0 inside the
 * user's namespace). *ret_image_id is the config's digest. ERROR_NOT_FOUND for an unknown
 * repository or tag, ERROR_UNAUTHORIZED; other errors say what to do. */
int registry_pull(struct store *store, const struct pull_request *request,
		  struct digest *ret_image_id, struct error *err);

#endif
