/* SPDX-License-Identifier: Apache-2.0 */
/* The programs behind uplink.h: one file each, with what they have in common in uplink.c. */
#ifndef ROOTLESS_UPLINK_KINDS_H
#define ROOTLESS_UPLINK_KINDS_H

struct error;
struct uplink;

#define UPLINK_INTERFACE "eth0"

/* Each fills in kind, process, and dns. */
int uplink_pasta_start(int netns, struct uplink *ret_uplink, struct error *err);
int uplink_slirp4netns_start(int netns, struct uplink *ret_uplink, struct error *err);

#endif
