/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a network is: networks/<name>/network.json.
 *
 * The interface carries the definition's id as its alias, so that two stores on
 * one machine, each with a network of its own, tell their bridges apart.
 */
#ifndef ENGINE_NETWORK_DEFINITION_H
#define ENGINE_NETWORK_DEFINITION_H

#include "rootless/routes.h"

struct error;

struct network_definition {
	char id[33];
	char interface[16];	/* of the bridge, on the host */
	struct subnet subnet;	/* the first address is the gateway's */
};

/* ERROR_NOT_FOUND when there is none yet. */
int definition_load(int network, struct network_definition *ret_definition, struct error *err);
int definition_save(int network, const struct network_definition *definition, struct error *err);
/* A new id, and a subnet that overlaps nothing this machine has a route to. */
void definition_make(struct network_definition *ret_definition);

#endif
