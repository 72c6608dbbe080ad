/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the bridge has in nftables: one table `ip <bridge>`, changed in whole transactions.
 *
 *	map by_port, by_address		host port (and address) -> container's address and port
 *	prerouting	published ports, for traffic from outside to an address of this machine
 *	postrouting	masquerades what leaves the bridge's network
 *	forward		lets in only answers, published ports, and neighbours
 *
 * Traffic of this machine itself goes to the supervisors' listeners instead.
 */
#ifndef ENGINE_NETWORK_NAT_H
#define ENGINE_NETWORK_NAT_H

#include <stddef.h>
#include <stdint.h>

#include "engine/network/ports.h"
#include "rootless/routes.h"

struct error;

/* Makes the table unless it is there, and publishes `ports` at `address`. */
int nat_publish(const char *bridge, struct subnet subnet, uint32_t address,
		const struct port_mappings *ports, struct error *err);
/* Takes out what is published at `addresses`. No table is fine. */
int nat_withdraw(const char *bridge, const uint32_t *addresses, size_t count, struct error *err);
/* Removes the table. */
int nat_remove(const char *bridge, struct error *err);

#endif
