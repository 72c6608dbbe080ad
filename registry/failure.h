/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong, in the user's terms: docker's words where scripts read them,
 * and never more of a server's text than fits a line.
 */
#ifndef REGISTRY_FAILURE_H
#define REGISTRY_FAILURE_H

#include <stdbool.h>

struct error;
struct http_request;

/* What a request was for. */
struct failure_subject {
	const char *host;	/* the registry, as the user names it */
	const char *name;	/* the repository, familiar */
	const char *reference;	/* a manifest's familiar reference; NULL for a blob */
	const char *blob;	/* a blob's digest */
	bool push;		/* something was to be written */
};

/* Each fills *err and returns -1. */

/* The request got no answer. */
int failure_of_connection(const struct http_request *request, struct error *err);
/* The registry answered with something that is no success. */
int failure_of_answer(const struct http_request *request, const struct failure_subject *subject,
		      struct error *err);
int failure_of_token_server(const struct http_request *request, const char *host,
			    struct error *err);
int failure_private_realm(const char *host, const char *realm, struct error *err);
/* It wants somebody it knows. `why` may be NULL. */
int failure_access_denied(const struct failure_subject *subject, const char *why,
			  struct error *err);
int failure_wrong_password(const char *host, struct error *err);

#endif
