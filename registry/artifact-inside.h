/* SPDX-License-Identifier: Apache-2.0 */
/* Artifacts, inside of the registry module; see registry/artifact.h. */
#ifndef REGISTRY_ARTIFACT_INSIDE_H
#define REGISTRY_ARTIFACT_INSIDE_H

#include "registry/artifact.h"

int artifact_add(struct store *store, const struct artifact_addition *addition,
		 struct digest *ret_digest, struct error *err);
int artifact_pull(struct store *store, const struct registry_access *access,
		  const struct reference *reference, struct digest *ret_digest,
		  struct error *err);
int artifact_push(struct store *store, const struct artifact_push *push,
		  struct digest *ret_digest, struct error *err);
int artifact_referrers(const struct registry_access *access, const struct reference *reference,
		       struct buffer *index, struct error *err);
int artifact_extract(struct store *store, const struct descriptor *file, int to,
		     struct error *err);

#endif
