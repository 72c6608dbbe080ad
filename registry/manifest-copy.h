/* SPDX-License-Identifier: Apache-2.0 */
/* One manifest with all its blobs to a registry: from another one, or from the store. */
#ifndef REGISTRY_MANIFEST_COPY_H
#define REGISTRY_MANIFEST_COPY_H

#include "image/manifest.h"
#include "registry/access.h"
#include "registry/upload.h"

struct error;
struct store;

struct manifest_copy {
	struct store *store;		/* has the manifest's bytes */
	const struct registry_access *access;
	struct registry_client *client;	/* of the destination */
	const struct reference *destination;	/* with a digest: the manifest goes under that, else
						 * under the tag */
	const struct reference *source;	/* the repository that has the blobs; NULL: the store has */
	const struct descriptor *manifest;
	struct upload_retry retry;
};
/* Copies it, unless it is there. One with a subject is entered in the list of what refers to that. */
int manifest_copy(const struct manifest_copy *copy, struct error *err);

#endif
