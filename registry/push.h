/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pushing an image of the store to a registry.
 *
 * The program calls registry_push(), which loads the registry module
 * (base/module.h) and hands the call on to push_image() inside it.
 *
 * The image keeps its id always, and its manifest's digest whenever each of the
 * manifest's blobs is at the destination already, can be mounted there, was
 * kept, or can be fetched from where it came from. Otherwise layers are
 * compressed anew, by a child each that reads nothing but the layer (R11), and
 * one PUSH_NOTE says so. What was pushed is remembered in the layers'
 * blobs.json, so that the next push finds it.
 */
#ifndef REGISTRY_PUSH_H
#define REGISTRY_PUSH_H

#include <stdbool.h>
#include <stdint.h>

#include "image/digest.h"
#include "image/manifest.h"
#include "image/reference.h"
#include "registry/client.h"
#include "registry/credentials.h"
#include "registry/upload.h"

struct error;
struct store;

enum push_step {
	PUSH_BEGUN,		/* the layers are known: layer_count */
	PUSH_LAYER_WAITING,
	PUSH_LAYER_PROGRESS,	/* done bytes have been sent, of total (0: not known yet) */
	PUSH_LAYER_PUSHED,
	PUSH_LAYER_EXISTS,
	PUSH_LAYER_MOUNTED,	/* from the repository `text` */
	PUSH_NOTE,		/* `text` is a line for the user */
	PUSH_COMPLETE,		/* digest and total are the manifest's */
};

struct push_event {
	enum push_step step;
	const struct digest *digest;	/* the layer's diff ID, which docker shows; the manifest's */
	unsigned int layer, layer_count;	/* index from 0, bottom first */
	uint64_t done, total;		/* bytes */
	const char *text;
};

enum push_format { PUSH_FORMAT_KEEP, PUSH_FORMAT_OCI, PUSH_FORMAT_DOCKER };

struct push_request {
	const char *image;		/* as store_find() takes it */
	struct reference destination;
	enum push_format format;
	enum layer_compression compression;	/* LAYER_PLAIN: not said */
	int compression_level;		/* 0: the default */
	bool force_compression;		/* take no form of a layer that is compressed otherwise */
	enum registry_tls tls;
	const char *cert_dir;		/* or NULL */
	struct credential_sources credentials;
	struct upload_retry retry;
	unsigned int parallel;		/* uploads at once; 0: 4 */
	void (*progress)(void *argument, const struct push_event *event);	/* may be NULL */
	void *argument;
};

/* Pushes. The process must be able to read the layer's files already (root, or id 0 inside the
 * user's namespace). *ret_manifest is what the destination has now. ERROR_NOT_FOUND "No such
 * image", ERROR_UNAUTHORIZED. */
int registry_push(struct store *store, const struct push_request *request,
		  struct descriptor *ret_manifest, struct error *err);

#endif
