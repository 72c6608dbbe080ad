/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One document with credentials: docker's config.json, containers' auth.json,
 * the old .dockercfg, or what DOCKER_AUTH_CONFIG holds.
 */
#ifndef REGISTRY_AUTH_FILE_H
#define REGISTRY_AUTH_FILE_H

#include <jansson.h>
#include <stdbool.h>

struct auth_keys;
struct credentials;
struct error;

#define AUTH_FILE_SIZE_MAX ((size_t)1 << 20)

enum auth_form {
	AUTH_FORM_CONFIG,	/* the entries are below "auths" */
	AUTH_FORM_FLAT,		/* .dockercfg: they are the document */
};

/* Looks an entry up, asking the credential helpers that the document names. 1 if there was one,
 * 0 if not, -1. `name` is for messages. */
int auth_document_find(const json_t *document, enum auth_form form, const char *name,
		       const struct auth_keys *keys, struct credentials *ret_credentials,
		       struct error *err);

/* The helper that the document names for `keys`, this very registry's before the one for all, and
 * what that calls it (*ret_server, a new string, may be NULL). NULL: it names none. Borrowed. */
const char *auth_document_helper(const json_t *document, const struct auth_keys *keys,
				 char **ret_server, bool *ret_own);

/* Changes to "auths" of a document that is going to be written. An entry without credentials is
 * what docker leaves where a helper keeps them. */
int auth_document_set(json_t *document, const char *name, const char *key,
		      const struct credentials *credentials, struct error *err);
bool auth_document_remove(json_t *document, enum auth_form form, const struct auth_keys *keys);

#endif
