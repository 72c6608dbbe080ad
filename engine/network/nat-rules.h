/* SPDX-License-Identifier: Apache-2.0 */
/* The chains and rules of the bridge's table, as expressions. */
#ifndef ENGINE_NETWORK_NAT_RULES_H
#define ENGINE_NETWORK_NAT_RULES_H

#include "rootless/routes.h"

struct nft;

#define NAT_BY_PORT "by_port"
#define NAT_BY_ADDRESS "by_address"

/* Puts them into the transaction, after the table and the two maps. */
void nat_put_rules(struct nft *nft, const char *bridge, struct subnet subnet);

#endif
