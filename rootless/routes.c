/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/net/route: a heading, then lines of "Iface Destination Gateway Flags
 * RefCnt Use Metric Mask ..."; addresses are the bytes in memory printed as one
 * hexadecimal number of this machine's byte order.
 */
#include "rootless/routes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strings.h"

#define ROUTES_SIZE_MAX ((size_t)4 << 20)
#define LOOPBACK_NAME "lo"

struct route {
	char interface[32];
	uint32_t destination, gateway, mask;	/* host byte order */
};

static char *read_table(const char *path)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_error ignored = { 0 };

	if (file_read(AT_FDCWD, path, ROUTES_SIZE_MAX, &text, &ignored) < 0)
		return xstrdup("");
	return buffer_take(&text);
}

char *routes_read(void)
{
	return read_table("/proc/self/net/route");
}

/* Reads the line at *text, which is left at the next; false at the end. A line that is none has
 * an empty interface. */
static bool next_route(const char **text, struct route *route)
{
	unsigned int destination;
	unsigned int gateway;
	unsigned int mask;

	if (**text == '\0')
		return false;
	route->interface[0] = '\0';
	if (sscanf(*text, "%31s %8x %8x %*x %*d %*d %*d %8x", route->interface, &destination,
		   &gateway, &mask) == 4) {
		route->destination = ntohl(destination);
		route->gateway = ntohl(gateway);
		route->mask = ntohl(mask);
	} else {
		route->interface[0] = '\0';
	}
	*text += strcspn(*text, "\n");
	*text += **text == '\n';
	return true;
}

static uint32_t mask_of(unsigned int prefix)
{
	return prefix == 0 ? 0 : 0xffffffffU << (32 - prefix);
}

bool routes_overlap(const char *text, struct subnet subnet)
{
	uint32_t mask = mask_of(subnet.prefix);
	struct route route;

	while (next_route(&text, &route)) {
		uint32_t shared = mask & route.mask; /* the shorter prefix decides */

		if (route.interface[0] == '\0' || route.mask == 0)
			continue;
		if ((route.destination & shared) == (subnet.address & shared))
			return true;
	}
	return false;
}

uint32_t routes_gateway(const char *text)
{
	struct route route;

	while (next_route(&text, &route))
		if (route.interface[0] && route.mask == 0 && route.destination == 0)
			return route.gateway;
	return 0;
}

bool routes_default_interface(char *ret_name, size_t size)
{
	auto_free char *text = routes_read();
	const char *at = text;
	struct route route;

	while (next_route(&at, &route)) {
		if (route.interface[0] && route.mask == 0 && route.destination == 0) {
			snprintf(ret_name, size, "%s", route.interface);
			return true;
		}
	}
	return false;
}

/* Lines of /proc/net/ipv6_route end in the interface; every machine has some for lo. */
static bool leads_out_ipv6(void)
{
	auto_free char *text = read_table("/proc/self/net/ipv6_route");
	const char *line = text;

	while (*line) {
		size_t length = strcspn(line, "\n");
		char destination[33];
		unsigned int prefix;
		char interface[32];

		if (sscanf(line, "%32s %2x %*s %*s %*s %*s %*s %*s %*s %31s", destination, &prefix,
			   interface) == 3 &&
		    prefix == 0 && strcmp(interface, LOOPBACK_NAME) != 0)
			return true;
		line += length;
		line += *line == '\n';
	}
	return false;
}

bool routes_lead_out(void)
{
	auto_free char *text = routes_read();
	const char *at = text;
	struct route route;

	while (next_route(&at, &route))
		if (route.interface[0] && strcmp(route.interface, LOOPBACK_NAME) != 0)
			return true;
	return leads_out_ipv6();
}

struct subnet routes_free_subnet(const struct subnet *candidates, unsigned int count)
{
	auto_free char *text = routes_read();

	for (unsigned int i = 0; i < count; i++)
		if (!routes_overlap(text, candidates[i]))
			return candidates[i];
	return candidates[0];
}
