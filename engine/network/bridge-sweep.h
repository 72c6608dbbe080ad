/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bridges that nobody uses any more: of stores that were removed, or whose supervisors were all
 * killed. A bridge tells by its alias whose it is:
 *
 *	proa network ID STORE		the definition's id, the path of the store's root
 *
 * It is in use while a container's interface is plugged into it, or while its store's network lock
 * is held, as it is while a container is connected.
 */
#ifndef ENGINE_NETWORK_BRIDGE_SWEEP_H
#define ENGINE_NETWORK_BRIDGE_SWEEP_H

#include <stdbool.h>

#include "engine/network/netlink.h"

struct network_definition;

/* The alias of the bridge of the store with this root. Without the path when that is too long. */
void bridge_alias_format(const struct network_definition *definition, int root,
			 char ret_alias[LINK_ALIAS_SIZE]);
/* Whether `alias` is of this network's bridge, wherever its store was then. */
bool bridge_alias_matches(const char *alias, const struct network_definition *definition);

/* Removes those that are not in use, with their nftables tables, whatever the store; that of
 * `alias`, whose network the caller has locked, is its own. `netns` is the network namespace that
 * we are in. What cannot be removed now is left for the next. */
void bridges_sweep(struct netlink *netlink, int netns, const char *alias);

#endif
