/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who we are at a registry: what the user gave on the command line, else what
 * his files say, in docker's and podman's places (auth.json, config.json,
 * credential helpers). Only reading; nothing here is ever logged. What `login` and
 * `logout` change is in registry/auth-edit.h.
 */
#ifndef REGISTRY_CREDENTIALS_H
#define REGISTRY_CREDENTIALS_H

#include <stdbool.h>

struct auth_server;
struct error;
struct reference;

struct credentials {
	char *user;		/* NULL: anonymous */
	char *password;
	char *identity_token;	/* replaces the password in the OAuth flow, or NULL */
};

struct credential_sources {
	const char *given;	/* "user:password" from --creds, or NULL */
	const char *auth_file;	/* from --authfile or REGISTRY_AUTH_FILE: used alone; or NULL */
};

/* Looks up the most exact entry for `reference` (repository path, parents, host). None is no
 * error: *ret_credentials is empty then. A broken file is an error that names it. */
int credentials_find(const struct credential_sources *sources, const struct reference *reference,
		     struct credentials *ret_credentials, struct error *err);
/* The same for what was logged in at; of `server` itself, not of parts or the whole around it.
 * `auth_file` may be NULL. */
int credentials_find_server(const char *auth_file, const struct auth_server *server,
			    struct credentials *ret_credentials, struct error *err);
/* Takes "user:password" apart; -1 when it is not of that form. */
int credentials_split(const char *text, struct credentials *ret_credentials);
void credentials_release(struct credentials *credentials);	/* wipes the secrets */

#endif
