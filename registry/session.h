/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the client share: one registry, as far as it is known by now. */
#ifndef REGISTRY_SESSION_H
#define REGISTRY_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "registry/certificates.h"

struct credentials;
struct error;
struct transfer_list;
struct transport;

struct token {
	char *scope;		/* as registry/token.c writes it */
	char *authorization;	/* "Bearer ...", secret */
	int64_t expires;	/* clock_monotonic() */
};

struct registry_client {
	char *name;		/* as references have it: "docker.io" */
	char *base;		/* "https://registry-1.docker.io" */
	char *origin;		/* of base (registry/url.h) */
	const struct credentials *credentials;	/* or NULL */
	struct certificates certificates;
	struct transport *transport;
	bool loopback;		/* the host is this machine */
	bool insecure;		/* any certificate will do, and plain HTTP where there is no TLS */
	bool settled;		/* the registry has answered at `base` */
	bool private_peer;	/* its address is a private one */
	char *basic;		/* "Basic ...", once it asked for that; secret */
	bool wants_identity;	/* ask the token server for an identity token, for login */
	char *identity_token;	/* what it gave; secret */
	unsigned int retries;	/* after failures in a row (registry/patience.h) */
	int64_t retry_delay;	/* ns between them, or 0: growing pauses */
	struct token *tokens;
	size_t token_count;
	struct transfer_list *transfers;
};

/* Goes from https to http, where that is allowed. */
bool session_fall_back(struct registry_client *client);

#endif
