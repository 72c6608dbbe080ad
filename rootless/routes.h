/* SPDX-License-Identifier: Apache-2.0 */
/* What this network namespace can reach already: IPv4 routes, read from /proc. */
#ifndef ROOTLESS_ROUTES_H
#define ROOTLESS_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An IPv4 network, in host byte order. */
struct subnet {
	uint32_t address;
	unsigned int prefix;
};

/* Whether anything but this machine can be reached, over IPv4 or IPv6. */
bool routes_lead_out(void);
/* The first of `candidates` that overlaps no route of this namespace; the first of all when each
 * does. */
struct subnet routes_free_subnet(const struct subnet *candidates, unsigned int count);
/* Whether `subnet` overlaps a route of the text, which is /proc/net/route's. The default route
 * does not count. */
bool routes_overlap(const char *text, struct subnet subnet);
/* The gateway of the default route in such a text, in host byte order; 0 if there is none. */
uint32_t routes_gateway(const char *text);
/* The interface of this namespace's default route. */
bool routes_default_interface(char *ret_name, size_t size);
/* /proc/net/route of the calling process; new string, "" when it cannot be read. */
char *routes_read(void);

#endif
