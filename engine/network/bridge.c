/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bridge driver. Its bridge is made with the first container and removed with
 * the last: leases say which is which, and the lock makes it one step.
 */
#include "engine/network/bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/process.h"
#include "base/random.h"
#include "base/strings.h"
#include "engine/network/bridge-host.h"
#include "engine/network/bridge-sweep.h"
#include "engine/network/definition.h"
#include "engine/network/leases.h"
#include "engine/network/nat.h"
#include "engine/network/netlink.h"

#define PEER_NAME "eth0"
#define BRIDGES_MAX 100

extern const struct bridge_driver network_bridge __attribute__((visibility("default")));

/* The network, opened and locked. */
struct bridge {
	int root;		/* borrowed: the store's */
	int folder, leases, lock;
	int host_netns;		/* where we came from */
	struct netlink netlink;
	struct network_definition definition;
	unsigned int index;	/* of the interface; 0: there is none */
};

static void bridge_release_all(struct bridge *bridge)
{
	netlink_release(&bridge->netlink);
	auto_close_fd(&bridge->leases);
	auto_close_fd(&bridge->folder);
	auto_close_fd(&bridge->host_netns);
	auto_close_fd(&bridge->lock);
}
#define auto_bridge __attribute__((cleanup(bridge_release_all))) struct bridge
#define BRIDGE_NONE { .folder = -1, .leases = -1, .lock = -1, .host_netns = -1 }

/* Locally administered, and the same for the same address: neighbours' caches stay right. */
static void mac_of(uint32_t address, uint8_t ret_mac[MAC_SIZE])
{
	ret_mac[0] = 0x02;
	ret_mac[1] = 0x42;
	for (int i = 0; i < 4; i++)
		ret_mac[2 + i] = (uint8_t)(address >> (24 - 8 * i));
}

static int bridge_open(int root, struct bridge *bridge, struct error *err)
{
	bridge->root = root;
	bridge->folder = dir_make(root, BRIDGE_PATH, 0700, err);
	if (bridge->folder < 0)
		return -1;
	bridge->leases = dir_make(bridge->folder, "leases", 0700, err);
	if (bridge->leases < 0)
		return -1;
	bridge->lock = lock_wait(bridge->folder, ".lock", LOCK_EXCLUSIVE, err);
	if (bridge->lock < 0)
		return -1;
	bridge->host_netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (bridge->host_netns < 0)
		return error_errno(err, "cannot open the host's network namespace");
	return netlink_open(&bridge->netlink, err);
}

/* Looks for the interface that is this network's. */
static int find_interface(struct bridge *bridge, struct error *err)
{
	char alias[LINK_ALIAS_SIZE];
	unsigned int index;

	if (netlink_find_link(&bridge->netlink, bridge->definition.interface, &index, alias,
			      err) < 0)
		return -1;
	bridge->index = bridge_alias_matches(alias, &bridge->definition) ? index : 0;
	return 0;
}

/* Makes the bridge under the first name that nobody has. */
static int make_interface(struct bridge *bridge, struct error *err)
{
	struct network_definition *definition = &bridge->definition;
	uint8_t mac[MAC_SIZE];
	char alias[LINK_ALIAS_SIZE];

	mac_of(definition->subnet.address + 1, mac);
	for (int i = 0; i < BRIDGES_MAX; i++) {
		snprintf(definition->interface, sizeof(definition->interface), "proa%d", i);
		if (netlink_add_bridge(&bridge->netlink, definition->interface, mac, host_mtu(),
				       err) == 0)
			break;
		if (!error_is_errno(err, EEXIST))
			return -1;
	}
	if (netlink_find_link(&bridge->netlink, definition->interface, &bridge->index, alias,
			      err) < 0)
		return -1;
	bridge_alias_format(definition, bridge->root, alias);
	if (netlink_set_alias(&bridge->netlink, bridge->index, alias, err) < 0)
		return -1;
	bridges_sweep(&bridge->netlink, bridge->host_netns, alias);
	return 0;
}

/* With no bridge there is no container on it: what leases say is from before the last boot. The
 * subnet is chosen anew if this machine has got a route into it meanwhile. */
static int start_network(struct bridge *bridge, struct error *err)
{
	struct network_definition *definition = &bridge->definition;
	auto_free char *routes = routes_read();

	leases_drop_all(bridge->leases);
	if (routes_overlap(routes, definition->subnet))
		definition_make(definition);
	if (make_interface(bridge, err) < 0 ||
	    netlink_add_address(&bridge->netlink, bridge->index, definition->subnet.address + 1,
				definition->subnet.prefix, err) < 0 ||
	    netlink_set_up(&bridge->netlink, bridge->index, err) < 0 ||
	    nat_remove(definition->interface, err) < 0)
		return -1;
	return definition_save(bridge->folder, definition, err);
}

static int need_network(struct bridge *bridge, struct error *err)
{
	if (definition_load(bridge->folder, &bridge->definition, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return -1;
		error_release(err);
		definition_make(&bridge->definition);
	} else if (find_interface(bridge, err) < 0) {
		return -1;
	}
	if (bridge->index == 0 && start_network(bridge, err) < 0)
		return -1;
	return host_allow_forwarding(err);
}

/* Removes bridge and table when nobody has a lease any more. */
static int end_network(struct bridge *bridge, struct error *err)
{
	unsigned int count;

	if (leases_count(bridge->leases, &count, err) < 0)
		return -1;
	if (count > 0 || bridge->index == 0)
		return 0;
	if (nat_remove(bridge->definition.interface, err) < 0)
		return -1;
	return netlink_delete_link(&bridge->netlink, bridge->index, err);
}

/* In the container's network namespace. */
static int configure_peer(const struct bridge *bridge, uint32_t address, struct error *err)
{
	__attribute__((cleanup(netlink_release))) struct netlink netlink = { 0 };
	const struct subnet *subnet = &bridge->definition.subnet;
	unsigned int index;

	if (netlink_open(&netlink, err) < 0)
		return -1;
	index = if_nametoindex(PEER_NAME);
	if (index == 0)
		return error_errno(err, "cannot find the container's interface");
	if (netlink_add_address(&netlink, index, address, subnet->prefix, err) < 0 ||
	    netlink_set_up(&netlink, index, err) < 0)
		return -1;
	return netlink_add_default_route(&netlink, subnet->address + 1, err);
}

static void fill_endpoint(const struct bridge *bridge, uint32_t address,
			  const uint8_t mac[MAC_SIZE], struct bridge_endpoint *endpoint)
{
	memset(endpoint, 0, sizeof(*endpoint));
	snprintf(endpoint->interface, sizeof(endpoint->interface), "%s", PEER_NAME);
	ipv4_format(address, endpoint->address);
	ipv4_format(bridge->definition.subnet.address + 1, endpoint->gateway);
	endpoint->prefix = bridge->definition.subnet.prefix;
	snprintf(endpoint->mac, sizeof(endpoint->mac), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
		 mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static int connect_container(struct bridge *bridge, const struct bridge_request *request,
			     uint32_t address, struct bridge_endpoint *ret_endpoint,
			     struct error *err)
{
	struct network_definition *definition = &bridge->definition;
	uint8_t mac[MAC_SIZE];
	char name[] = "vp0123456789";
	struct veth veth = {
		.name = name, .peer = PEER_NAME, .peer_mac = mac, .bridge = bridge->index,
		.mtu = host_mtu(), .netns = request->netns,
	};

	/* Random: the pair of the container's last life goes only some time after it. */
	random_hex(name + 2, sizeof(name) - 3);
	mac_of(address, mac);
	if (netlink_add_veth(&bridge->netlink, &veth, err) < 0 ||
	    nat_publish(definition->interface, definition->subnet, address, request->ports,
			err) < 0)
		return -1;
	fill_endpoint(bridge, address, mac, ret_endpoint);
	if (setns(request->netns, CLONE_NEWNET) < 0)
		return error_errno(err, "cannot join the container's network");
	return configure_peer(bridge, address, err);
}

static void undo(struct bridge *bridge, uint32_t address)
{
	auto_error ignored = { 0 };
	char text[IPV4_TEXT_SIZE];

	ipv4_format(address, text);
	if (setns(bridge->host_netns, CLONE_NEWNET) < 0 ||
	    nat_withdraw(bridge->definition.interface, &address, 1, &ignored) < 0)
		return;	/* the lease stays, and is swept with what belongs to it */
	lease_drop(bridge->leases, text, &ignored);
	end_network(bridge, &ignored);
}

static int attach(const struct bridge_request *request, struct bridge_endpoint *ret_endpoint,
		  struct error *err)
{
	auto_bridge bridge = BRIDGE_NONE;
	uint32_t address;

	if (bridge_open(request->root, &bridge, err) < 0 || need_network(&bridge, err) < 0)
		return -1;
	if (lease_take(bridge.leases, bridge.definition.subnet, request->lease, &address,
		       err) < 0)
		return -1;
	if (connect_container(&bridge, request, address, ret_endpoint, err) == 0)
		return 0;
	undo(&bridge, address);
	return -1;
}

static bool is_held(int leases, const char *address)
{
	auto_release(lease) struct lease lease = { 0 };
	auto_error ignored = { 0 };
	auto_fd int holder = -1;

	if (lease_read(leases, address, &lease, &ignored) < 0)
		return false;
	holder = process_find(&lease.holder);
	return holder >= 0;
}

static int drop(struct bridge *bridge, const struct strings *addresses, struct error *err)
{
	auto_free uint32_t *numbers = xcalloc(addresses->count + 1, sizeof(*numbers));
	size_t count = 0;

	for (size_t i = 0; i < addresses->count; i++)
		count += ipv4_parse(addresses->items[i], &numbers[count]) == 0;
	if (bridge->index > 0 &&
	    nat_withdraw(bridge->definition.interface, numbers, count, err) < 0)
		return -1;
	for (size_t i = 0; i < addresses->count; i++)
		if (lease_drop(bridge->leases, addresses->items[i], err) < 0)
			return -1;
	return 0;
}

static int release(int root, const struct strings *addresses, bool swept, struct error *err)
{
	auto_bridge bridge = BRIDGE_NONE;
	auto_release(strings) struct strings given_back = { 0 };

	if (bridge_open(root, &bridge, err) < 0 ||
	    definition_load(bridge.folder, &bridge.definition, err) < 0 ||
	    find_interface(&bridge, err) < 0)
		return -1;
	for (size_t i = 0; i < addresses->count; i++)
		if (!swept || !is_held(bridge.leases, addresses->items[i]))
			strings_add(&given_back, addresses->items[i]);
	if (drop(&bridge, &given_back, err) < 0)
		return -1;
	return end_network(&bridge, err);
}

const struct bridge_driver network_bridge = { .attach = attach, .release = release };
