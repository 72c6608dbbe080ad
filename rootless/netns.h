/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small things done inside a network namespace that is not ours: by a child
 * that joins it, since an ordinary user who has left his own cannot get back.
 */
#ifndef ROOTLESS_NETNS_H
#define ROOTLESS_NETNS_H

#include <stdint.h>

struct error;

struct interface_facts {
	char address[64];	/* IPv4 text; "" none */
	unsigned int prefix;
	char gateway[64];	/* of the default route; "" none */
	char mac[18];
};

/* Brings lo up and keeps interfaces that come later from believing IPv6 router advertisements
 * (R16). */
int netns_prepare(int netns, struct error *err);
int netns_read_interface(int netns, const char *name, struct interface_facts *ret_facts,
			 struct error *err);

#endif
