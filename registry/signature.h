/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a signature says: cosign's payload, a JSON document ("simple signing") with the
 * digest that it is for and the name that the image had for its signer.
 */
#ifndef REGISTRY_SIGNATURE_H
#define REGISTRY_SIGNATURE_H

#include <stddef.h>

#include "image/digest.h"

struct error;

#define SIGNATURE_PAYLOAD_MAX 65536
#define SIGNATURE_MEDIA_TYPE "application/vnd.dev.cosign.simplesigning.v1+json"
#define SIGNATURE_ANNOTATION "dev.cosignproject.cosign/signature"

struct signature_claim {
	struct digest digest;	/* of the manifest or index */
	char *reference;	/* "host/path", with a tag or not; not normalized */
};

/* Only after the signature was found good. What its signer held for critical and we do not know
 * is an error. */
int signature_claim_decode(const char *data, size_t size, struct signature_claim *ret_claim,
			   struct error *err);
char *signature_claim_encode(const struct signature_claim *claim);	/* new string */
void signature_claim_release(struct signature_claim *claim);

#endif
