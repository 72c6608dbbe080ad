/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Artifacts: files under a name in the store (image/store-items.h), brought to registries
 * and fetched from them. Files are copied and hashed in one pass, whatever their size.
 *
 * An artifact with a subject is a referrer of that: registries that do not keep such a list
 * themselves get it as an index under the tag sha256-HEX of the subject (distribution-spec
 * 1.1, "Referrers Tag Schema").
 */
#ifndef REGISTRY_ARTIFACT_H
#define REGISTRY_ARTIFACT_H

#include <stdbool.h>

#include "base/strings.h"
#include "image/reference.h"
#include "registry/access.h"
#include "registry/upload.h"

struct buffer;
struct descriptor;
struct error;
struct store;

enum artifact_presence {
	ARTIFACT_MUST_BE_NEW,
	ARTIFACT_APPEND,	/* to one that is there */
	ARTIFACT_REPLACE,	/* one that may be there */
};

struct artifact_addition {
	struct reference name;
	enum artifact_presence presence;
	struct strings paths;
	const char *type;		/* or NULL: unknown */
	const char *file_type;		/* media type of the files, or NULL: judged by each */
	struct strings annotations;	/* of each file */
	const char *subject;		/* what it refers to: an image of the store, or a reference */
	struct registry_access access;
};
int registry_artifact_add(struct store *store, const struct artifact_addition *addition,
			  struct digest *ret_digest, struct error *err);

/* Fetches the artifact that `reference` names. ERROR_UNSUPPORTED if it is an image. */
int registry_artifact_pull(struct store *store, const struct registry_access *access,
			   const struct reference *reference, struct digest *ret_digest,
			   struct error *err);

struct artifact_push {
	const char *artifact;		/* as store_item_find() takes it */
	struct reference destination;
	struct registry_access access;
	struct upload_retry retry;
};
int registry_artifact_push(struct store *store, const struct artifact_push *push,
			   struct digest *ret_digest, struct error *err);

/* What refers to the manifest that `reference` names: an index, verified as one. */
int registry_referrers(const struct registry_access *access, const struct reference *reference,
		       struct buffer *index, struct error *err);

/* Writes a file of the store's artifact to `to`, which is empty, and checks it. */
int registry_artifact_extract(struct store *store, const struct descriptor *file, int to,
			      struct error *err);

#endif
