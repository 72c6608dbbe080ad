/* SPDX-License-Identifier: Apache-2.0 */
/* A client for one of the places that a pull may ask, with the settings that hold for it. */
#ifndef REGISTRY_PULL_SESSION_H
#define REGISTRY_PULL_SESSION_H

#include "registry/credentials.h"
#include "registry/settings.h"

struct error;
struct pull_request;
struct reference;
struct registry_client;
struct registry_endpoint;

struct pull_session {
	const struct reference *reference;	/* as it is called there; borrowed */
	struct registry_settings settings;
	struct credentials credentials;
	struct registry_client *client;
};

/* *ret_session must not be moved while it is open: the client borrows from it. Release it even after a
 * failure. */
int pull_session_open(const struct pull_request *request, const struct registry_endpoint *endpoint,
		      struct pull_session *ret_session, struct error *err);
void pull_session_release(struct pull_session *session);

#endif
