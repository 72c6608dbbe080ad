/* SPDX-License-Identifier: Apache-2.0 */
/* The few things the bridge driver asks of rtnetlink(7), through libmnl. Addresses are in host
 * byte order. */
#ifndef ENGINE_NETWORK_NETLINK_H
#define ENGINE_NETWORK_NETLINK_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct mnl_socket;

#define MAC_SIZE 6
#define LINK_ALIAS_SIZE 256	/* the kernel's IFALIASZ */

struct netlink {
	struct mnl_socket *socket;
	uint32_t sequence;
};

/* Of the calling process's network namespace. */
int netlink_open(struct netlink *netlink, struct error *err);
void netlink_release(struct netlink *netlink);
/* An answer that does not come is an error, not a wait for ever with the network's lock held. */
int netlink_limit_waiting(struct mnl_socket *socket);

/* *ret_index is 0 when there is no such link. `ret_alias` is its alias, or "". */
int netlink_find_link(struct netlink *netlink, const char *name, unsigned int *ret_index,
		      char ret_alias[LINK_ALIAS_SIZE], struct error *err);
struct netlink_link {
	unsigned int index, master;	/* master: of the bridge it is plugged into, or 0 */
	char name[16];
	char alias[LINK_ALIAS_SIZE];
};
/* All links, as an array of the caller's. EINTR when they changed meanwhile. */
int netlink_list_links(struct netlink *netlink, struct netlink_link **ret_links,
		       size_t *ret_count, struct error *err);
int netlink_add_bridge(struct netlink *netlink, const char *name, const uint8_t mac[MAC_SIZE],
		       uint32_t mtu, struct error *err);
int netlink_set_alias(struct netlink *netlink, unsigned int index, const char *alias,
		      struct error *err);
/* A veth pair: `name` here and up, in the bridge; `peer` in the network namespace `netns`. */
struct veth {
	const char *name, *peer;
	const uint8_t *peer_mac;
	unsigned int bridge;	/* index */
	uint32_t mtu;
	int netns;
};
int netlink_add_veth(struct netlink *netlink, const struct veth *veth, struct error *err);
int netlink_set_up(struct netlink *netlink, unsigned int index, struct error *err);
int netlink_delete_link(struct netlink *netlink, unsigned int index, struct error *err);
int netlink_add_address(struct netlink *netlink, unsigned int index, uint32_t address,
			unsigned int prefix, struct error *err);
int netlink_add_default_route(struct netlink *netlink, uint32_t gateway, struct error *err);

#endif
