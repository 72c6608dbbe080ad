/* SPDX-License-Identifier: Apache-2.0 */
/* Files of artifacts on their way into the store: copied and hashed in one pass. */
#ifndef REGISTRY_ARTIFACT_FILES_H
#define REGISTRY_ARTIFACT_FILES_H

#include "base/strings.h"
#include "image/artifact.h"

struct error;

/* Copies the file at `path` into `folder`, under its digest's digits. `type` is its media type, or
 * NULL: it is judged by its beginning. `title` may be NULL. */
int artifact_take_file(int folder, const char *path, const char *type, const char *title,
		       struct descriptor *ret_file, struct error *err);
/* Writes a small document there. *ret_digest is its digest. */
int artifact_take_text(int folder, const char *text, struct digest *ret_digest,
		       struct error *err);

/* Copies what `from` holds to `to`, and checks size and digest: both ends are at their beginning. */
int artifact_copy_checked(int from, int to, const struct descriptor *file, struct error *err);

#endif
