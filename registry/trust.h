/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an image may come in: the policy (registry/policy.h), and what the user asks for
 * himself (--verify). Whoever calls this must use only what the digests name from then on: what
 * was checked is what is used.
 */
#ifndef REGISTRY_TRUST_H
#define REGISTRY_TRUST_H

#include "image/digest.h"

struct error;
struct reference;
struct registry_client;

struct trust_request {
	const char *policy;	/* another policy.json, or NULL */
	const char *key;	/* a public key's file: a signature by it is needed, too; or NULL */
};

/* What is asked about. A signature for the index is one for all its images. */
struct trust_subject {
	const struct reference *reference;	/* the name that the user means */
	const struct reference *place;		/* where the registry of `client` has it */
	struct digest index;			/* unset: the name stands for the image itself */
	struct digest image;
};

/* 0, or the reason why not. Signatures are fetched only when something asks for them. */
int trust_check(struct registry_client *client, const struct trust_request *request,
		const struct trust_subject *subject, struct error *err);

#endif
