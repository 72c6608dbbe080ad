/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the host's side of a published port. */
#ifndef ENGINE_NETWORK_PORT_LISTENER_H
#define ENGINE_NETWORK_PORT_LISTENER_H

struct error;
struct port_mapping;

#define PORT_LISTENERS_MAX 2	/* IPv4 and IPv6 */

/* Listens for `mapping` in the current network namespace and puts the host port that it got into
 * it. Fills in `fds` (-1 where there is none). */
int port_listener_open(struct port_mapping *mapping, int fds[PORT_LISTENERS_MAX],
		       struct error *err);

#endif
