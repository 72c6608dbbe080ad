/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slirp4netns(1). It answers DNS on the third address of its network, and asks
 * the host's resolvers, those on loopback as well.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/strings.h"
#include "rootless/helper.h"
#include "rootless/routes.h"
#include "rootless/uplink-kinds.h"
#include "rootless/uplink.h"

#define DNS_HOST 3	/* the address in the network */
#define IPV4(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

/* What is in slirp4netns' own network cannot be reached on the host's. */
static const struct subnet candidates[] = {
	{ IPV4(10, 0, 2, 0), 24 },	/* its default */
	{ IPV4(10, 213, 94, 0), 24 },
	{ IPV4(172, 29, 94, 0), 24 },
	{ IPV4(192, 168, 194, 0), 24 },
};

static void print_address(uint32_t address, char ret_text[INET_ADDRSTRLEN])
{
	struct in_addr raw = { .s_addr = htonl(address) };

	if (!inet_ntop(AF_INET, &raw, ret_text, INET_ADDRSTRLEN))
		ret_text[0] = '\0';
}

static void compose(struct strings *argv, struct subnet subnet, int ready)
{
	char network[INET_ADDRSTRLEN];

	print_address(subnet.address, network);
	strings_add(argv, "slirp4netns");
	strings_add(argv, "--configure");
	strings_addf(argv, "--cidr=%s/%u", network, subnet.prefix);
	strings_add(argv, "--mtu=65520");
	strings_add(argv, "--disable-host-loopback");	/* R16 */
	strings_add(argv, "--enable-sandbox");		/* R11 */
	strings_add(argv, "--enable-seccomp");
	strings_addf(argv, "--ready-fd=%d", ready);
	strings_add(argv, "--netns-type=path");
	strings_add(argv, "/proc/self/fd/0");
	strings_add(argv, UPLINK_INTERFACE);
}

int uplink_slirp4netns_start(int netns, struct uplink *ret_uplink, struct error *err)
{
	struct subnet subnet = routes_free_subnet(candidates, ARRAY_SIZE(candidates));
	struct uplink uplink = { .kind = UPLINK_SLIRP4NETNS };
	auto_release(helper) struct helper helper = HELPER_NONE;
	auto_release(strings) struct strings argv = { 0 };
	struct spawn spawn = { .stdin_fd = netns };
	auto_fd int reading = -1;
	auto_fd int writing = -1;

	if (fd_pipe(&reading, &writing, err) < 0)
		return -1;
	compose(&argv, subnet, writing);
	spawn.argv = (const char *const *)argv.items;
	spawn.inherit = &writing;
	spawn.inherit_count = 1;
	if (helper_start(&spawn, &helper, err) < 0)
		return -1;
	close(take_fd(&writing));
	if (helper_wait_ready(&helper, "slirp4netns", reading, err) < 0)
		return -1;
	print_address(subnet.address + DNS_HOST, uplink.dns);
	uplink.process = helper_take_process(&helper);
	*ret_uplink = uplink;
	return 0;
}
