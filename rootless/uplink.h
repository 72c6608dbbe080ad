/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way out of a rootless network namespace: pasta, else slirp4netns. One
 * helper process, child of the supervisor, which dies with it.
 */
#ifndef ROOTLESS_UPLINK_H
#define ROOTLESS_UPLINK_H

#include "base/process.h"

struct error;

enum uplink_kind { UPLINK_ANY, UPLINK_PASTA, UPLINK_SLIRP4NETNS };

struct uplink {
	enum uplink_kind kind;
	struct process process;
	char address[64], gateway[64];	/* of the container's eth0, IPv4 text; "" none */
	unsigned int prefix;
	char mac[18];
	char dns[64];			/* a resolver the helper offers, "" none */
};

/* Starts the helper for the network namespace `netns` (descriptor) owned by our user namespace
 * and returns when the interface is up. ERROR_NOT_FOUND when neither program is installed: names
 * the packages. No host loopback reachable from inside (R16). */
int uplink_start(enum uplink_kind kind, int netns, struct uplink *ret_uplink, struct error *err);
void uplink_stop(struct uplink *uplink);

#endif
