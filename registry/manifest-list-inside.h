/* SPDX-License-Identifier: Apache-2.0 */
/* Manifest lists, inside of the registry module; see registry/manifest-list.h. */
#ifndef REGISTRY_MANIFEST_LIST_INSIDE_H
#define REGISTRY_MANIFEST_LIST_INSIDE_H

#include "registry/manifest-list.h"

int list_change(struct store *store, const struct list_change *change,
		struct digest *ret_digest, struct error *err);
int list_push(struct store *store, const struct list_push *push, struct digest *ret_digest,
	      struct error *err);
int list_show(const struct registry_access *access, const struct reference *reference,
	      struct buffer *text, struct descriptor *ret_descriptor, struct error *err);

#endif
