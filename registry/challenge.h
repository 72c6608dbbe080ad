/* SPDX-License-Identifier: Apache-2.0 */
/* The WWW-Authenticate header (RFC 9110, 11.6.1), bounded and strict. */
#ifndef REGISTRY_CHALLENGE_H
#define REGISTRY_CHALLENGE_H

struct error;

enum challenge_scheme { CHALLENGE_NONE, CHALLENGE_BASIC, CHALLENGE_BEARER };

struct challenge {
	enum challenge_scheme scheme;
	char *realm;	/* owned, may be NULL; so the others */
	char *service;
	char *scope;
	char *error;
};

/* Picks bearer before basic out of a header that may hold several challenges. */
int challenge_parse(const char *header, struct challenge *ret_challenge, struct error *err);
void challenge_release(struct challenge *challenge);

#endif
