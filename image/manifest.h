/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors, manifests and indexes: OCI's and docker's schema 2 form, which
 * differ in media types only. OCI image-spec: descriptor.md, manifest.md,
 * image-index.md.
 *
 * A document is either a manifest or an index. One with both `layers` and
 * `manifests`, with duplicate keys, or whose mediaType disagrees with what it was
 * served as, is refused (R10). Schema 1 is refused by name.
 */
#ifndef IMAGE_MANIFEST_H
#define IMAGE_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "image/digest.h"
#include "image/platform.h"

struct error;

#define MANIFEST_SIZE_MAX ((size_t)4 << 20)
#define MANIFEST_LAYERS_MAX 500		/* what overlayfs can stack */
#define INDEX_MANIFESTS_MAX 10000

#define MEDIA_TYPE_OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define MEDIA_TYPE_OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define MEDIA_TYPE_OCI_CONFIG "application/vnd.oci.image.config.v1+json"
#define MEDIA_TYPE_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define MEDIA_TYPE_DOCKER_INDEX "application/vnd.docker.distribution.manifest.list.v2+json"
#define MEDIA_TYPE_DOCKER_CONFIG "application/vnd.docker.container.image.v1+json"

struct descriptor {
	char *media_type;	/* owned */
	struct digest digest;
	uint64_t size;		/* bytes, below 2^63 */
	struct platform platform;	/* in an index; "" where not told */
	struct strings annotations;	/* KEY=VALUE */
};

/* Replaces *to, which was zeroed or filled before. */
void descriptor_copy(struct descriptor *to, const struct descriptor *from);
void descriptor_release(struct descriptor *descriptor);

enum manifest_kind { MANIFEST_IMAGE, MANIFEST_INDEX };

struct manifest {
	enum manifest_kind kind;
	char *media_type;
	struct descriptor config;	/* MANIFEST_IMAGE */
	struct descriptor *layers;	/* MANIFEST_IMAGE: bottom first */
	size_t layer_count;
	struct descriptor *manifests;	/* MANIFEST_INDEX */
	size_t manifest_count;
	struct strings annotations;
};

/* Decodes a document of at most MANIFEST_SIZE_MAX bytes. `media_type` is what it was served
 * as, or NULL: then the document itself must tell. */
int manifest_decode(const char *data, size_t size, const char *media_type,
		    struct manifest *ret_manifest, struct error *err);
void manifest_release(struct manifest *manifest);

/* The manifest of `index` that serves `wanted` best (borrowed); an entry without platform
 * serves only if it is the only one. ERROR_NOT_FOUND lists the platforms there are. */
const struct descriptor *manifest_choose(const struct manifest *index,
					 const struct platform *wanted, struct error *err);

enum layer_compression { LAYER_PLAIN, LAYER_GZIP, LAYER_ZSTD };
/* Layer media types, distributable or not; anything else is ERROR_UNSUPPORTED. */
int layer_media_type_parse(const char *media_type, enum layer_compression *ret_compression,
			   struct error *err);

#endif
