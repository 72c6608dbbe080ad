/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Published ports: how they are written, and their way into the container.
 *
 * The supervisor listens outside and connects inside, moving bytes with
 * splice(2). It opens the listeners while it is still in the host's network
 * namespace and then joins the container's, so that its connections start there.
 * As root, nftables takes traffic from other machines before it gets to the listeners, with
 * the client's own address (engine/network/network.h).
 */
#ifndef ENGINE_NETWORK_PORTS_H
#define ENGINE_NETWORK_PORTS_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct event_loop;

#define PORT_MAPPINGS_MAX 65536

enum port_protocol { PORT_TCP, PORT_UDP, PORT_SCTP };

struct port_mapping {
	char host_address[64];	/* "" any; IPv4 or IPv6 text without brackets */
	uint16_t host_port;	/* 0: a free one is picked when the container starts */
	uint16_t host_port_last;	/* of a range to pick from; otherwise as host_port */
	uint16_t container_port;
	enum port_protocol protocol;
};

struct port_mappings {
	struct port_mapping *items;	/* owned */
	size_t count;
};
void port_mappings_add(struct port_mappings *mappings, const struct port_mapping *mapping);
void port_mappings_release(struct port_mappings *mappings);

/* [[IP:][HOST]:]CONTAINER[/PROTO] and the long form published=,target=,protocol=; appends one
 * mapping for each port of a range. ERROR_USAGE in docker's words. */
int port_mappings_parse(struct port_mappings *mappings, const char *text, struct error *err);
/* "80/tcp", "8000-8010/udp" of --expose and EXPOSE. */
int port_range_parse(const char *text, uint16_t *ret_first, uint16_t *ret_last,
		     enum port_protocol *ret_protocol, struct error *err);
const char *port_protocol_name(enum port_protocol protocol);

struct port_forwarder;
/* Opens a listener for each mapping (TCP here; others ERROR_UNSUPPORTED for now) in the current
 * network namespace and fills in the host ports it picked. An address in use, a privileged port:
 * one line naming the port and the remedy. */
struct port_forwarder *port_forwarder_new(struct port_mappings *mappings, struct error *err);
/* Begins to accept; connects to `address` (the container's), from the network namespace the
 * process is in by then. */
int port_forwarder_run(struct port_forwarder *forwarder, struct event_loop *loop,
		       const char *address, struct error *err);
void port_forwarder_free(struct port_forwarder *forwarder);	/* NULL is fine */

#endif
