/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bridge driver, for root: a bridge on the host, a veth pair for each
 * container, NAT by nftables. It links libmnl and libnftnl, so it lives in the
 * module `network` and is called by bridge-call.c in a short-lived child.
 *
 * Its files are in networks/bridge below the store's root: network.json (what the network is),
 * leases/<address> (leases.h), .lock (held while any of this changes). The bridge and
 * its nftables table exist only while there are leases.
 */
#ifndef ENGINE_NETWORK_BRIDGE_H
#define ENGINE_NETWORK_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/network/ports.h"

struct error;
struct lease;
struct strings;

#define BRIDGE_MODULE "network"
#define BRIDGE_SYMBOL "network_bridge"
#define BRIDGE_PATH "networks/bridge"
#define BRIDGE_LEASES_PATH "networks/bridge/leases"

struct bridge_request {
	int root;
	int netns;
	const struct lease *lease;	/* whose the address will be */
	const struct port_mappings *ports;	/* with their host ports */
};

/* Plain bytes: it goes through a pipe. */
struct bridge_endpoint {
	char interface[16];
	char address[64], gateway[64];
	char mac[18];
	unsigned int prefix;
};

struct bridge_driver {
	/* Leaves the calling process in the container's network namespace. */
	int (*attach)(const struct bridge_request *request, struct bridge_endpoint *ret_endpoint,
		      struct error *err);
	/* Gives back leases, with what nftables has for them. `swept`: but for those whose holder
	 * lives, having got the address from another sweeper in the meantime. */
	int (*release)(int root, const struct strings *addresses, bool swept, struct error *err);
};

/* The same from a process that does not have the module: runs it in a child. */
int bridge_attach(const struct bridge_request *request, struct bridge_endpoint *ret_endpoint,
		  struct error *err);
int bridge_release(int root, const struct strings *addresses, bool swept, struct error *err);

#endif
