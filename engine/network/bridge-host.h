/* SPDX-License-Identifier: Apache-2.0 */
/* What the bridge driver needs of the host besides netlink: its MTU, and that it routes. */
#ifndef ENGINE_NETWORK_BRIDGE_HOST_H
#define ENGINE_NETWORK_BRIDGE_HOST_H

#include <stdint.h>

struct error;

uint32_t host_mtu(void);	/* of the interface with the default route; else 1500 */
int host_allow_forwarding(struct error *err);

#endif
