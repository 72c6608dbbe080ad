/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which entries of a file with credentials concern a registry, or a part of one.
 *
 * Entries are filed under "host", under "host/path" (containers' way to say: these
 * are for what is below that path only), and, by docker for Docker Hub and by old
 * versions for all, under an URL.
 */
#ifndef REGISTRY_AUTH_KEYS_H
#define REGISTRY_AUTH_KEYS_H

#include "base/strings.h"

struct error;
struct reference;

#define DOCKER_HUB_KEY "https://index.docker.io/v1/"

struct auth_keys {
	struct strings exact;	/* "host/path", its parents, the host: the most exact first */
	struct strings hosts;	/* the host under all its names */
};

/* All entries that serve `reference`. */
void auth_keys_of(const struct reference *reference, struct auth_keys *ret_keys);
void auth_keys_release(struct auth_keys *keys);

/* What somebody logs in at. */
struct auth_server {
	char *host;		/* "docker.io", "localhost:5000" */
	char *path;		/* below which the credentials are good, or NULL: all of it */
	char *key;		/* what we file it under */
	struct auth_keys keys;	/* what others may have filed it under */
};

/* Reads "host", "host/path", or an URL (of which only the host counts). NULL and "" are Docker
 * Hub. ERROR_USAGE for what is no registry. */
int auth_server_parse(const char *text, struct auth_server *ret_server, struct error *err);
void auth_server_release(struct auth_server *server);

#endif
