/* SPDX-License-Identifier: Apache-2.0 */
/* resolv.conf(5) as text: what the host has, and what of it a container can use. */
#ifndef ENGINE_NETWORK_RESOLV_CONF_H
#define ENGINE_NETWORK_RESOLV_CONF_H

#include <stdbool.h>

#include "base/strings.h"

struct resolv_conf {
	struct strings nameservers, search, options;
};
void resolv_conf_release(struct resolv_conf *conf);

/* Reads the lines it knows; others are passed over. */
void resolv_conf_parse(const char *text, struct resolv_conf *ret_conf);
char *resolv_conf_format(const struct resolv_conf *conf);	/* new string */
/* Takes out the nameservers that a network namespace of its own cannot reach: on loopback,
 * with a scope ("fe80::1%eth0"), and IPv6 ones unless `ipv6`. */
void resolv_conf_keep_reachable(struct resolv_conf *conf, bool ipv6);

#endif
