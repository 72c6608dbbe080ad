/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bearer tokens: fetched from the realm that the registry names, kept by
 * scope until they expire. distribution: docs/spec/auth/token.md, oauth.md.
 */
#ifndef REGISTRY_TOKEN_H
#define REGISTRY_TOKEN_H

#include <stdbool.h>

struct challenge;
struct credentials;
struct error;
struct registry_client;

/* What a token is for. */
struct token_scope {
	const char *repository;		/* "": what the registry's challenge asks for */
	bool push;			/* not only to pull */
	const char *mount_from;		/* a repository to pull from, too; or NULL */
};

/* The Authorization header for `scope`, or NULL when there is no token (any more). Borrowed. */
const char *token_find(const struct registry_client *client, const struct token_scope *scope);
/* Fetches a new one in place of the old. ERROR_UNAUTHORIZED when the credentials are turned down. */
int token_fetch(struct registry_client *client, const struct challenge *challenge,
		const struct token_scope *scope, struct error *err);
void tokens_free(struct registry_client *client);

/* "Basic ..." of user and password. New string, secret. */
char *basic_authorization(const struct credentials *credentials);
void free_secret(char *secret);	/* wipes first; NULL is fine */

#endif
