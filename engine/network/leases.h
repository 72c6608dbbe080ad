/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses that containers have: one file each, named for the address. Its first
 * line is the container's id; the second is the supervisor that took it, so
 * that a container which is just being started counts as well.
 * Whoever changes leases holds the network's lock.
 */
#ifndef ENGINE_NETWORK_LEASES_H
#define ENGINE_NETWORK_LEASES_H

#include <stdint.h>

#include "base/process.h"
#include "rootless/routes.h"

struct error;

struct lease {
	char *container_id;	/* owned */
	struct process_identity holder;
};
void lease_release(struct lease *lease);

/* Takes the lowest free address of `subnet`, the first being the gateway's. Host byte order. */
int lease_take(int leases, struct subnet subnet, const struct lease *lease, uint32_t *ret_address,
	       struct error *err);
int lease_read(int leases, const char *address, struct lease *ret_lease, struct error *err);
int lease_drop(int leases, const char *address, struct error *err);	/* missing is fine */
int leases_count(int leases, unsigned int *ret_count, struct error *err);
void leases_drop_all(int leases);

/* IPv4 addresses as text, in host byte order. */
#define IPV4_TEXT_SIZE 16
void ipv4_format(uint32_t address, char ret_text[IPV4_TEXT_SIZE]);
int ipv4_parse(const char *text, uint32_t *ret_address);

#endif
