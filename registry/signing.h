/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing images in a registry, and looking whether they are signed, as cosign does with a
 * key: `cosign verify --key` takes our signatures and we take its.
 *
 * The program calls registry_...(), which load the registry module and hand the call on to
 * the functions of the same names without that, inside of it.
 */
#ifndef REGISTRY_SIGNING_H
#define REGISTRY_SIGNING_H

#include <stdbool.h>

#include "image/digest.h"
#include "image/reference.h"
#include "registry/client.h"
#include "registry/credentials.h"

struct error;

struct signing_request {
	struct reference reference;
	const char *key;		/* file: private to sign, public to verify */
	const char *passphrase;		/* of the private key, or NULL */
	enum registry_tls tls;
	const char *cert_dir;		/* or NULL */
	struct credential_sources credentials;
};

/* Signs what the name stands for (of a multi-platform image, the index). A signature of the same
 * key for the same name is left as it is: *ret_new tells. ERROR_UNAUTHORIZED for a passphrase or
 * credentials. */
int registry_sign(const struct signing_request *request, struct digest *ret_digest, bool *ret_new,
		  struct error *err);
/* 0 when it is signed with the key. */
int registry_verify(const struct signing_request *request, struct digest *ret_digest,
		    struct error *err);

/* Inside of the module. */
int sign_image(const struct signing_request *request, struct digest *ret_digest, bool *ret_new,
	       struct error *err);
int verify_image(const struct signing_request *request, struct digest *ret_digest,
		 struct error *err);

#endif
