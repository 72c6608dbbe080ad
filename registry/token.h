/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bearer tokens: fetched from the realm that the registry names, kept by
 * repository until they expire. distribution: docs/spec/auth/token.md, oauth.md.
 */
#ifndef REGISTRY_TOKEN_H
#define REGISTRY_TOKEN_H

struct challenge;
struct credentials;
struct error;
struct registry_client;

/* The Authorization header for `repository`, or NULL when there is no token (any more). Borrowed. */
const char *token_find(const struct registry_client *client, const char *repository);
/* Fetches a new one to pull from `repository`, in place of the old. ERROR_UNAUTHORIZED when the
 * credentials are turned down. */
int token_fetch(struct registry_client *client, const struct challenge *challenge,
		const char *repository, struct error *err);
void tokens_free(struct registry_client *client);

/* "Basic ..." of user and password. New string, secret. */
char *basic_authorization(const struct credentials *credentials);
void free_secret(char *secret);	/* wipes first; NULL is fine */

#endif
