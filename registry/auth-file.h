/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One document with credentials: docker's config.json, containers' auth.json,
 * the old .dockercfg, or what DOCKER_AUTH_CONFIG holds.
 */
#ifndef REGISTRY_AUTH_FILE_H
#define REGISTRY_AUTH_FILE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/strings.h"

struct credentials;
struct error;

#define AUTH_FILE_SIZE_MAX ((size_t)1 << 20)

/* What an entry may be filed under. */
struct auth_keys {
	struct strings exact;	/* "host/path", its parents, the host: the most exact first */
	struct strings hosts;	/* the host under all its names */
};

enum auth_form {
	AUTH_FORM_CONFIG,	/* the entries are below "auths" */
	AUTH_FORM_FLAT,		/* .dockercfg: they are the document */
};

/* Looks an entry up, asking the credential helpers that the document names. 1 if there was one,
 * 0 if not, -1. `name` is for messages. */
int auth_document_find(const json_t *document, enum auth_form form, const char *name,
		       const struct auth_keys *keys, struct credentials *ret_credentials,
		       struct error *err);

#endif
