/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pasta(1), of the passt package.
 *
 * Newer versions close every descriptor but 0 to 2 first, and all drop the right
 * to look at our /proc/PID/fd: so the network namespace comes in as standard
 * input, and the pid file, which is written when all is set up, is standard
 * output. It stays in the foreground: then it is our child and dies with us.
 *
 * The container has an address of its own, not a copy of the host's as is
 * pasta's habit, so that it can reach what listens on the host's addresses. For
 * IPv6 it has the host's: pasta has no network to make one up from.
 */
#include <fcntl.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "rootless/helper.h"
#include "rootless/uplink-kinds.h"
#include "rootless/uplink.h"

#define DNS_ADDRESS "169.254.1.1"

static const char *const arguments[] = {
	"pasta", "--foreground", "--quiet", "--runas", "0:0",
	"--netns", "/proc/self/fd/0", "--pid", "/proc/self/fd/1",
	"--config-net", "--ns-ifname", UPLINK_INTERFACE,
	"--address", "10.0.2.100", "--netmask", "24", "--gateway", "10.0.2.2",
	"--dns-forward", DNS_ADDRESS,
	/* Ports are ours to forward, and the host's loopback is nobody's (R16). */
	"--tcp-ports", "none", "--udp-ports", "none", "--tcp-ns", "none", "--udp-ns", "none",
	"--no-map-gw", "--no-dhcp", "--no-dhcpv6", "--no-ra",
	NULL,
};

int uplink_pasta_start(int netns, struct uplink *ret_uplink, struct error *err)
{
	struct uplink uplink = { .kind = UPLINK_PASTA, .dns = DNS_ADDRESS };
	auto_release(helper) struct helper helper = HELPER_NONE;
	struct spawn spawn = { .argv = arguments, .stdin_fd = netns };
	auto_fd int reading = -1;
	auto_fd int writing = -1;

	if (fd_pipe(&reading, &writing, err) < 0)
		return -1;
	spawn.stdout_fd = writing;
	if (helper_start(&spawn, &helper, err) < 0)
		return -1;
	close(take_fd(&writing));
	if (helper_wait_ready(&helper, "pasta", reading, err) < 0)
		return -1;
	uplink.process = helper_take_process(&helper);
	*ret_uplink = uplink;
	return 0;
}
