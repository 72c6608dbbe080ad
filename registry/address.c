/* SPDX-License-Identifier: Apache-2.0 */
/* IPv6 addresses that stand for IPv4 ones are judged as those. */
#include "registry/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/auto.h"

struct block {
	uint32_t network;
	unsigned int bits;
};

static const struct block private_blocks[] = {
	{ 0x00000000, 8 },	/* this network */
	{ 0x0a000000, 8 },	/* 10.0.0.0 */
	{ 0x64400000, 10 },	/* 100.64.0.0, shared by carriers */
	{ 0x7f000000, 8 },	/* loopback */
	{ 0xa9fe0000, 16 },	/* 169.254.0.0, link-local: cloud metadata */
	{ 0xac100000, 12 },	/* 172.16.0.0 */
	{ 0xc0a80000, 16 },	/* 192.168.0.0 */
	{ 0xe0000000, 3 },	/* multicast, reserved, broadcast */
};

static bool in_block(uint32_t address, const struct block *block)
{
	return (address ^ block->network) >> (32 - block->bits) == 0;
}

static bool is_private_ipv4(uint32_t address)
{
	for (size_t i = 0; i < ARRAY_SIZE(private_blocks); i++) {
		if (in_block(address, &private_blocks[i]))
			return true;
	}
	return false;
}

/* The IPv4 address inside of a mapped or a translated (64:ff9b::/96) one. */
static bool embedded_ipv4(const struct in6_addr *address, uint32_t *ret_ipv4)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t translated[12] = { 0x00, 0x64, 0xff, 0x9b };

	if (memcmp(address->s6_addr, mapped, sizeof(mapped)) != 0 &&
	    memcmp(address->s6_addr, translated, sizeof(translated)) != 0)
		return false;
	memcpy(ret_ipv4, address->s6_addr + 12, sizeof(*ret_ipv4));
	*ret_ipv4 = ntohl(*ret_ipv4);
	return true;
}

static bool is_private_ipv6(const struct in6_addr *address)
{
	uint8_t first = address->s6_addr[0];
	uint32_t ipv4;

	if (embedded_ipv4(address, &ipv4))
		return is_private_ipv4(ipv4);
	return IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_UNSPECIFIED(address) ||
	       (first & 0xfe) == 0xfc || IN6_IS_ADDR_LINKLOCAL(address) || first == 0xff;
}

bool address_parse(const char *text, struct sockaddr_storage *ret_address)
{
	struct sockaddr_in ipv4 = { .sin_family = AF_INET };
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6 };

	memset(ret_address, 0, sizeof(*ret_address));
	if (inet_pton(AF_INET, text, &ipv4.sin_addr) == 1)
		memcpy(ret_address, &ipv4, sizeof(ipv4));
	else if (inet_pton(AF_INET6, text, &ipv6.sin6_addr) == 1)
		memcpy(ret_address, &ipv6, sizeof(ipv6));
	else
		return false;
	return true;
}

bool address_is_loopback(const struct sockaddr *address)
{
	const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)address;
	const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)address;
	static const struct block loopback = { 0x7f000000, 8 };
	uint32_t embedded;

	if (address->sa_family == AF_INET)
		return in_block(ntohl(ipv4->sin_addr.s_addr), &loopback);
	if (address->sa_family != AF_INET6)
		return false;
	if (embedded_ipv4(&ipv6->sin6_addr, &embedded))
		return in_block(embedded, &loopback);
	return IN6_IS_ADDR_LOOPBACK(&ipv6->sin6_addr);
}

bool address_is_private(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return is_private_ipv4(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
	if (address->sa_family == AF_INET6)
		return is_private_ipv6(&((const struct sockaddr_in6 *)address)->sin6_addr);
	return true;
}
