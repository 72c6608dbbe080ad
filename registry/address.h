/* SPDX-License-Identifier: Apache-2.0 */
/* Which IP addresses mean something only near this machine (RFC 6890). */
#ifndef REGISTRY_ADDRESS_H
#define REGISTRY_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* Reads a numeric IPv4 or IPv6 address. */
bool address_parse(const char *text, struct sockaddr_storage *ret_address);
bool address_is_loopback(const struct sockaddr *address);
/* Loopback, private, shared, link-local, multicast, or none at all. Unknown families count. */
bool address_is_private(const struct sockaddr *address);

#endif
