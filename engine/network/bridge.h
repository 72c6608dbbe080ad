/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bridge driver, for root: a bridge on the host, a veth pair for each
 * container, NAT by nftables. It links libmnl and libnftnl, so it lives in the
 * module `network` and is called by bridge-call.c in a short-lived child.
 *
 * Its files are in networks/bridge below the store's root: network.json (what the network is),
 * leases/<address> (container ids), .lock (held while any of this changes). The bridge and
 * its nftables table exist only while there are leases.
 */
#ifndef ENGINE_NETWORK_BRIDGE_H
#define ENGINE_NETWORK_BRIDGE_H

#include <stddef.h>

#include "engine/network/ports.h"

struct error;
struct strings;

#define BRIDGE_MODULE "network"
#define BRIDGE_SYMBOL "network_bridge"
#define BRIDGE_PATH "networks/bridge"
#define BRIDGE_LEASES_PATH "networks/bridge/leases"

struct bridge_request {
	int root;
	int netns;
	const char *container_id;
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
	/* Gives back leases, with what nftables has for them. */
	int (*release)(int root, const struct strings *addresses, struct error *err);
};

/* The same from a process that does not have the module: runs it in a child, there in the network
 * namespace `host_netns` if that is not -1. */
int bridge_attach(const struct bridge_request *request, struct bridge_endpoint *ret_endpoint,
		  struct error *err);
int bridge_release(int root, int host_netns, const struct strings *addresses, struct error *err);

#endif
