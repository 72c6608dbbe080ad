/* SPDX-License-Identifier: Apache-2.0 */
/* The documents that hold signatures, written: see registry/signature-list.h. */
#ifndef REGISTRY_SIGNATURE_MANIFEST_H
#define REGISTRY_SIGNATURE_MANIFEST_H

#include <stddef.h>

#include "base/buffer.h"
#include "image/digest.h"

struct error;

struct signature_documents {
	char *manifest, *config;	/* JSON texts */
	struct digest config_digest;
};

/* `old` (empty: there is none) with one signature more; its other layers stay as they are. */
int signature_documents_make(const struct buffer *old, const char *payload,
			     const void *signature, size_t signature_size,
			     struct signature_documents *ret_documents, struct error *err);
void signature_documents_release(struct signature_documents *documents);

#endif
