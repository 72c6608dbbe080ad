/* SPDX-License-Identifier: Apache-2.0 */
/* How the registries of one command are reached, and a session with one of them. */
#ifndef REGISTRY_ACCESS_H
#define REGISTRY_ACCESS_H

#include "registry/client.h"
#include "registry/credentials.h"

struct error;
struct reference;

struct registry_access {
	enum registry_tls tls;
	const char *cert_dir;		/* or NULL */
	struct credential_sources credentials;
};

/* A client and the credentials that it borrows. */
struct access_session {
	struct registry_client *client;
	struct credentials credentials;
};
/* *ret_session must not be moved while it is open. */
int access_open(const struct registry_access *access, const struct reference *reference,
		struct access_session *ret_session, struct error *err);
void access_session_release(struct access_session *session);

#endif
