/* SPDX-License-Identifier: Apache-2.0 */
/* The files that credentials are looked for in, docker's and containers'. */
#ifndef REGISTRY_CREDENTIAL_PLACES_H
#define REGISTRY_CREDENTIAL_PLACES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "registry/auth-file.h"

struct error;

#define CREDENTIAL_PLACES_MAX 4

struct credential_place {
	char *path;		/* owned */
	enum auth_form form;
	bool is_dockers;	/* config.json, which docker itself writes */
};

struct credential_places {
	struct credential_place items[CREDENTIAL_PLACES_MAX];	/* in the order of search */
	size_t count;
};

void credential_places_find(struct credential_places *ret_places);
void credential_places_release(struct credential_places *places);

/* The document at `path`. NULL without an error when there is no such file, unless it is `needed`.
 * Messages never quote what is inside. */
json_t *credential_file_read(const char *path, bool needed, struct error *err);

#endif
