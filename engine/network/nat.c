/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bridge's table. It is only ever made whole; later changes are elements of
 * its two maps, each of which holds the container's address: so what belongs to
 * a container is found by its address.
 */
#include "engine/network/nat.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "engine/network/leases.h"
#include "engine/network/nat-rules.h"
#include "engine/network/nft.h"

/* How nft(8) names and shows types: ipv4_addr, inet_service, and one after the other. */
#define TYPE_ADDRESS 7
#define TYPE_SERVICE 13
#define TYPE_ADDRESS_SERVICE (TYPE_ADDRESS << 6 | TYPE_SERVICE)

/* Other stores, and other programs, change tables of theirs all the time. */
#define READ_TRIES_MAX 100

/* A concatenation; each part fills 32 bits. Network byte order. */
struct endpoint_bytes {
	uint32_t address;
	uint16_t port;
	uint16_t zero;
};

struct element {
	union {
		uint16_t port;
		struct endpoint_bytes endpoint;
	} key;
	struct endpoint_bytes data;
};

/* One of the two maps. */
struct map {
	const char *name;
	uint32_t id, key_type, key_size;
};
static const struct map maps[] = {
	{ NAT_BY_PORT, 1, TYPE_SERVICE, sizeof(uint16_t) },
	{ NAT_BY_ADDRESS, 2, TYPE_ADDRESS_SERVICE, sizeof(struct endpoint_bytes) },
};
enum { BY_PORT, BY_ADDRESS, MAPS };

struct elements {
	struct element *items;
	size_t count;
};

static void elements_add(struct elements *elements, const struct element *element)
{
	if ((elements->count & (elements->count - 1)) == 0)
		elements->items = xrealloc_array(elements->items,
						 elements->count ? elements->count * 2 : 1,
						 sizeof(*elements->items));
	elements->items[elements->count++] = *element;
}

/* The objects of libnftnl are small: they cannot fail but for want of memory. */
static void *must(void *object)
{
	if (!object)
		abort();
	return object;
}

static struct nftnl_set *new_set(const char *bridge, const struct map *map)
{
	struct nftnl_set *set = must(nftnl_set_alloc());

	nftnl_set_set_str(set, NFTNL_SET_TABLE, bridge);
	nftnl_set_set_str(set, NFTNL_SET_NAME, map->name);
	nftnl_set_set_u32(set, NFTNL_SET_FAMILY, NFPROTO_IPV4);
	return set;
}

static void put_map(struct nft *nft, const char *bridge, const struct map *map)
{
	struct nftnl_set *set = new_set(bridge, map);

	nftnl_set_set_u32(set, NFTNL_SET_ID, map->id);
	nftnl_set_set_u32(set, NFTNL_SET_FLAGS, NFT_SET_MAP);
	nftnl_set_set_u32(set, NFTNL_SET_KEY_TYPE, map->key_type);
	nftnl_set_set_u32(set, NFTNL_SET_KEY_LEN, map->key_size);
	nftnl_set_set_u32(set, NFTNL_SET_DATA_TYPE, TYPE_ADDRESS_SERVICE);
	nftnl_set_set_u32(set, NFTNL_SET_DATA_LEN, sizeof(struct endpoint_bytes));
	nft_put_set(nft, set);
	nftnl_set_free(set);
}

static void put_chunk(struct nft *nft, const char *bridge, const struct map *map, uint16_t type,
		      const struct element *elements, size_t count)
{
	struct nftnl_set *set = new_set(bridge, map);

	for (size_t i = 0; i < count; i++) {
		struct nftnl_set_elem *element = must(nftnl_set_elem_alloc());

		nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, &elements[i].key, map->key_size);
		nftnl_set_elem_set(element, NFTNL_SET_ELEM_DATA, &elements[i].data,
				   sizeof(elements[i].data));
		nftnl_set_elem_add(set, element);
	}
	nft_put_elements(nft, type, set);
	nftnl_set_free(set);
}

static void put_elements(struct nft *nft, const char *bridge, const struct map *map, uint16_t type,
			 const struct elements *elements)
{
	for (size_t i = 0; i < elements->count; i += NFT_ELEMENTS_MAX) {
		size_t left = elements->count - i;

		put_chunk(nft, bridge, map, type, &elements->items[i],
			  left < NFT_ELEMENTS_MAX ? left : NFT_ELEMENTS_MAX);
	}
}

static void put_table(struct nft *nft, const char *bridge, uint16_t type)
{
	struct nftnl_table *table = must(nftnl_table_alloc());

	nftnl_table_set_str(table, NFTNL_TABLE_NAME, bridge);
	nftnl_table_set_u32(table, NFTNL_TABLE_FAMILY, NFPROTO_IPV4);
	nft_put_table(nft, type, table);
	nftnl_table_free(table);
}

static void put_ruleset(struct nft *nft, const char *bridge, struct subnet subnet)
{
	put_table(nft, bridge, NFT_MSG_NEWTABLE);
	for (int i = 0; i < MAPS; i++)
		put_map(nft, bridge, &maps[i]);
	nat_put_rules(nft, bridge, subnet);
}

/* What nftables takes of a mapping: TCP to an IPv4 address of this machine that others can reach.
 * The rest is the listener's. */
static int compose_element(const struct port_mapping *mapping, uint32_t address,
			   struct element *ret_element)
{
	uint32_t host = 0;
	struct element element = {
		.data = { .address = htonl(address), .port = htons(mapping->container_port) },
	};

	if (mapping->protocol != PORT_TCP)
		return -1;
	if (mapping->host_address[0] && ipv4_parse(mapping->host_address, &host) < 0)
		return -1;
	if (host >> 24 == 127)
		return -1;
	if (host == 0) {
		element.key.port = htons(mapping->host_port);
		*ret_element = element;
		return BY_PORT;
	}
	element.key.endpoint.address = htonl(host);
	element.key.endpoint.port = htons(mapping->host_port);
	*ret_element = element;
	return BY_ADDRESS;
}

static void compose_elements(const struct port_mappings *ports, uint32_t address,
			     struct elements elements[MAPS])
{
	for (size_t i = 0; i < ports->count; i++) {
		struct element element;
		int map = compose_element(&ports->items[i], address, &element);

		if (map >= 0)
			elements_add(&elements[map], &element);
	}
}

/* Which elements of a map to take out. */
struct selection {
	const struct map *map;
	const uint32_t *addresses;	/* those that lead to one of these, host byte order */
	size_t address_count;
	const struct elements *replaced;	/* and those with a key of these */
	struct elements selected;
};

static bool is_selected(const struct selection *selection, const struct element *element)
{
	for (size_t i = 0; i < selection->address_count; i++)
		if (element->data.address == htonl(selection->addresses[i]))
			return true;
	for (size_t i = 0; selection->replaced && i < selection->replaced->count; i++)
		if (memcmp(&element->key, &selection->replaced->items[i].key,
			   selection->map->key_size) == 0)
			return true;
	return false;
}

static void select_element(void *argument, const void *key, uint32_t key_size, const void *data,
			   uint32_t data_size)
{
	struct selection *selection = argument;
	struct element element = { 0 };

	if (key_size != selection->map->key_size || data_size != sizeof(element.data))
		return;
	memcpy(&element.key, key, key_size);
	memcpy(&element.data, data, data_size);
	if (is_selected(selection, &element))
		elements_add(&selection->selected, &element);
}

static int put_removals(struct nft *nft, const char *bridge, struct selection *selection,
			struct error *err)
{
	int result;

	for (int tries = 0; tries < READ_TRIES_MAX; tries++) {
		selection->selected.count = 0;
		error_release(err);
		result = nft_read_map(nft, bridge, selection->map->name, select_element, selection,
				      err);
		if (result == 0 || !error_is_errno(err, EINTR))
			break;
	}
	if (result == 0)
		put_elements(nft, bridge, selection->map, NFT_MSG_DELSETELEM,
			     &selection->selected);
	free(selection->selected.items);
	return result;
}

/* We listen on these ports, so an element that has one of them belongs to a container whose
 * supervisor was killed. */
static int put_replacements(struct nft *nft, const char *bridge,
			    const struct elements elements[MAPS], struct error *err)
{
	for (int i = 0; i < MAPS; i++) {
		struct selection selection = { .map = &maps[i], .replaced = &elements[i] };

		if (elements[i].count > 0 && put_removals(nft, bridge, &selection, err) < 0)
			return -1;
	}
	return 0;
}

static int publish(struct nft *nft, const char *bridge, struct subnet subnet,
		   const struct elements elements[MAPS], struct error *err)
{
	bool exists;

	if (nft_table_exists(nft, bridge, &exists, err) < 0)
		return -1;
	if (!exists)
		put_ruleset(nft, bridge, subnet);
	else if (put_replacements(nft, bridge, elements, err) < 0)
		return -1;
	for (int i = 0; i < MAPS; i++)
		put_elements(nft, bridge, &maps[i], NFT_MSG_NEWSETELEM, &elements[i]);
	return nft_commit(nft, err);
}

int nat_publish(const char *bridge, struct subnet subnet, uint32_t address,
		const struct port_mappings *ports, struct error *err)
{
	struct elements elements[MAPS] = { { 0 } };
	auto_release(nft) struct nft nft = { 0 };
	int result;

	compose_elements(ports, address, elements);
	result = nft_open(&nft, err);
	if (result == 0)
		result = publish(&nft, bridge, subnet, elements, err);
	for (int i = 0; i < MAPS; i++)
		free(elements[i].items);
	return result;
}

int nat_withdraw(const char *bridge, const uint32_t *addresses, size_t count, struct error *err)
{
	auto_release(nft) struct nft nft = { 0 };
	bool exists;

	if (nft_open(&nft, err) < 0 || nft_table_exists(&nft, bridge, &exists, err) < 0)
		return -1;
	for (int i = 0; exists && i < MAPS; i++) {
		struct selection selection = {
			.map = &maps[i], .addresses = addresses, .address_count = count,
		};

		if (put_removals(&nft, bridge, &selection, err) < 0)
			return -1;
	}
	return nft_commit(&nft, err);
}

int nat_remove(const char *bridge, struct error *err)
{
	auto_release(nft) struct nft nft = { 0 };
	bool exists;

	if (nft_open(&nft, err) < 0 || nft_table_exists(&nft, bridge, &exists, err) < 0)
		return -1;
	if (!exists)
		return 0;
	put_table(&nft, bridge, NFT_MSG_DELTABLE);
	return nft_commit(&nft, err);
}
