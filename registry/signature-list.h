/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signatures that a registry has for a manifest, as cosign attaches them: an image
 * manifest under the tag sha256-DIGEST.sig of the same repository, each layer a payload with
 * its signature as annotation.
 */
#ifndef REGISTRY_SIGNATURE_LIST_H
#define REGISTRY_SIGNATURE_LIST_H

#include <stddef.h>

#include "base/buffer.h"
#include "image/manifest.h"

struct error;
struct reference;
struct registry_client;

#define SIGNATURES_MAX 100	/* that are looked at, the newest; each payload is a request */

struct signature_entry {
	struct descriptor blob;		/* of the payload */
	void *signature;
	size_t signature_size;
	struct buffer payload;		/* once fetched */
};

struct signature_list {
	struct buffer manifest;		/* as it came; empty: there is none */
	struct signature_entry *entries;
	size_t count;
};

/* The reference under which signatures for `digest` are. `place` tells the repository. */
void signature_tag(const struct reference *place, const struct digest *digest,
		   struct reference *ret_reference);

/* Reads the manifest of signatures; layers that are none are passed over. */
int signature_list_decode(const char *data, size_t size, const char *media_type,
			  struct signature_list *ret_list, struct error *err);
/* Fetches it. None at all is an empty list. */
int signature_list_fetch(struct registry_client *client, const struct reference *place,
			 const struct digest *digest, struct signature_list *ret_list,
			 struct error *err);
/* Fetches the payload, unless it is there. */
int signature_entry_fetch(struct registry_client *client, const struct reference *place,
			  struct signature_entry *entry, struct error *err);
void signature_list_release(struct signature_list *list);

#endif
