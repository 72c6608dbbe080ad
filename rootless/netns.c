/* SPDX-License-Identifier: Apache-2.0 */
/* The children of netns.h. Plain ioctls: netdevice(7). */
#include "rootless/netns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "rootless/routes.h"

#define MAC_SIZE 6

/* What the child is to do and sends back. */
struct visit {
	int netns;
	int (*task)(struct visit *visit);	/* 0, or -1 and errno */
	int report;
	const char *name;
	struct {
		int errnum;
		struct interface_facts facts;
	} result;
};

static int run_visit(void *argument)
{
	struct visit *visit = argument;

	if (setns(visit->netns, CLONE_NEWNET) < 0 || visit->task(visit) < 0)
		visit->result.errnum = errno;
	return fd_write_full(visit->report, &visit->result, sizeof(visit->result)) < 0;
}

static int netns_visit(struct visit *visit, struct error *err)
{
	int status;
	int asked = process_ask(run_visit, visit, &visit->report, &visit->result,
				sizeof(visit->result), &status, err);

	if (asked < 0)
		return -1;
	if (asked > 0)
		return error_set(err, ERROR_OTHER, "cannot work in the network namespace");
	if (visit->result.errnum)
		return error_errnum(err, visit->result.errnum,
				    "cannot set up the network namespace");
	return 0;
}

static int bring_up(int fd, const char *name)
{
	struct ifreq request = { .ifr_flags = 0 };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return -1;
	request.ifr_flags |= IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &request);
}

/* There is no such file without IPv6, and no permission where /proc/sys is read-only (inside a
 * container): then the uplink's own silence has to do. */
static void refuse_advertisements(void)
{
	static const char *const paths[] = {
		"/proc/sys/net/ipv6/conf/all/accept_ra",
		"/proc/sys/net/ipv6/conf/default/accept_ra",
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		auto_fd int fd = open(paths[i], O_WRONLY | O_CLOEXEC);

		if (fd >= 0)
			(void)!write(fd, "0", 1);
	}
}

static int prepare(struct visit *visit)
{
	auto_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)visit;
	if (fd < 0)
		return -1;
	refuse_advertisements();
	return bring_up(fd, "lo");
}

static uint32_t address_of(const struct ifreq *request)
{
	struct sockaddr_in address;

	memcpy(&address, &request->ifr_addr, sizeof(address));
	return ntohl(address.sin_addr.s_addr);
}

static void print_address(uint32_t address, char *ret_text, size_t size)
{
	struct in_addr raw = { .s_addr = htonl(address) };

	if (!inet_ntop(AF_INET, &raw, ret_text, (socklen_t)size))
		ret_text[0] = '\0';
}

static int read_interface(struct visit *visit)
{
	auto_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	auto_free char *routes = routes_read();
	struct interface_facts *facts = &visit->result.facts;
	struct ifreq request = { .ifr_flags = 0 };
	unsigned char mac[MAC_SIZE];
	uint32_t gateway = routes_gateway(routes);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", visit->name);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request) < 0)
		return -1;
	memcpy(mac, request.ifr_hwaddr.sa_data, sizeof(mac));
	snprintf(facts->mac, sizeof(facts->mac), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
		 mac[2], mac[3], mac[4], mac[5]);
	if (gateway)
		print_address(gateway, facts->gateway, sizeof(facts->gateway));
	if (ioctl(fd, SIOCGIFADDR, &request) < 0)
		return errno == EADDRNOTAVAIL ? 0 : -1; /* only IPv6 */
	print_address(address_of(&request), facts->address, sizeof(facts->address));
	if (ioctl(fd, SIOCGIFNETMASK, &request) < 0)
		return -1;
	facts->prefix = (unsigned int)__builtin_popcount(address_of(&request));
	return 0;
}

int netns_prepare(int netns, struct error *err)
{
	struct visit visit = { .netns = netns, .task = prepare };

	return netns_visit(&visit, err);
}

int netns_read_interface(int netns, const char *name, struct interface_facts *ret_facts,
			 struct error *err)
{
	struct visit visit = { .netns = netns, .task = read_interface, .name = name };

	if (netns_visit(&visit, err) < 0)
		return error_context(err, "interface '%s'", name);
	*ret_facts = visit.result.facts;
	return 0;
}
