/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's network: from --network's words to an interface with an address.
 *
 * Modes: none; host; container:ID and ns:PATH (join another); bridge, the
 * default, which as root is the bridge `proa0` with NAT by nftables, and for an ordinary
 * user an uplink helper of the container's own (rootless/uplink.h); pasta and
 * slirp4netns by name. User-defined networks will be further drivers behind
 * network_attach().
 *
 * The bridge driver needs libmnl and libnftnl: it sits in the module `network`
 * (base/module.h) and is run in a short-lived child, so that the supervisor does not keep it.
 */
#ifndef ENGINE_NETWORK_NETWORK_H
#define ENGINE_NETWORK_NETWORK_H

#include <stdbool.h>

#include "base/strings.h"
#include "engine/network/ports.h"
#include "rootless/uplink.h"

struct error;

enum network_mode {
	NETWORK_BRIDGE, NETWORK_NONE, NETWORK_HOST, NETWORK_CONTAINER, NETWORK_PATH,
	NETWORK_PASTA, NETWORK_SLIRP4NETNS,
};

/* "" and "default" are the bridge. *ret_argument is a new string (the container, the path) or
 * NULL. ERROR_USAGE: "network X not found". */
int network_mode_parse(const char *text, enum network_mode *ret_mode, char **ret_argument,
		       struct error *err);

/* What a running container has; written into its state. */
struct network_endpoint {
	char interface[16];	/* "eth0"; "" none */
	char address[64];	/* IPv4 text; "" none */
	unsigned int prefix;
	char gateway[64];
	char mac[18];
	char dns[64];		/* a resolver the uplink offers; "" none */
	struct port_mappings ports;	/* as published, host ports filled in */
};
void network_endpoint_release(struct network_endpoint *endpoint);

struct network_request {
	enum network_mode mode;
	const char *container_id;
	bool rootless;
	int root;	/* the store's root: networks/<name>/leases/ live below */
	int netns;	/* the container's new network namespace */
	const struct port_mappings *ports;	/* wanted; borrowed */
};

struct network;
/* Connects `netns`: brings lo up, gives it interface, address, route; opens port listeners. Called
 * by the supervisor, in the host's network namespace, before the container's program starts. */
struct network *network_attach(const struct network_request *request,
			       struct network_endpoint *ret_endpoint, struct error *err);
/* Moves the calling process into the container's network namespace and begins to forward ports. */
int network_serve(struct network *network, struct event_loop *loop, struct error *err);
/* Gives back what the kernel does not take itself: lease, nftables elements, the uplink. As root, the
 * process is in the host's network namespace again after it. */
void network_detach(struct network *network);	/* NULL is fine */
/* Sweeps after supervisors that were killed: leases and nftables elements whose container is not
 * `alive`. Cheap when there is nothing. */
void network_sweep(int root, bool (*alive)(void *argument, const char *container_id),
		   void *argument);

/* The text of the container's resolv.conf: `dns`, `search`, `options` as given, else the host's
 * without its loopback resolvers (systemd-resolved's upstream file is used instead), else the
 * uplink's. Shared host namespace: the host's file as it is. New string. */
char *network_resolv_conf(enum network_mode mode, const struct network_endpoint *endpoint,
			  const struct strings *dns, const struct strings *search,
			  const struct strings *options);
/* /etc/hosts: localhost lines, the container's address with its names, `extra` (NAME:IP, host-gateway resolved). */
char *network_hosts(enum network_mode mode, const struct network_endpoint *endpoint,
		    const char *hostname, const char *domain, const struct strings *extra);

#endif
