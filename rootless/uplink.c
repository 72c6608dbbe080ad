/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing an uplink, and what is the same for all of them. */
#include "rootless/uplink.h"

#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "rootless/netns.h"
#include "rootless/uplink-kinds.h"

/* Names the packages when there is neither; else what went wrong with each. */
static int both_failed(const struct error *pasta, struct error *err)
{
	if (pasta->kind == ERROR_NOT_FOUND && err->kind == ERROR_NOT_FOUND) {
		error_set(err, ERROR_NOT_FOUND,
			  "cannot connect the container: neither pasta nor slirp4netns is there");
		return error_remedy(err, "install the package passt or slirp4netns, "
				    "or use --network none or host");
	}
	if (err->kind == ERROR_NOT_FOUND)
		return error_set(err, pasta->kind, "cannot connect the container: %s",
				 pasta->message);
	if (pasta->kind == ERROR_NOT_FOUND)
		return error_context(err, "cannot connect the container");
	return error_context(err, "cannot connect the container: %s; then", pasta->message);
}

static int start_any(int netns, struct uplink *ret_uplink, struct error *err)
{
	auto_error pasta = { 0 };

	if (uplink_pasta_start(netns, ret_uplink, &pasta) == 0 ||
	    uplink_slirp4netns_start(netns, ret_uplink, err) == 0)
		return 0;
	return both_failed(&pasta, err);
}

static int start(enum uplink_kind kind, int netns, struct uplink *ret_uplink, struct error *err)
{
	int result;

	switch (kind) {
	case UPLINK_PASTA:
		result = uplink_pasta_start(netns, ret_uplink, err);
		if (result < 0 && err->kind == ERROR_NOT_FOUND)
			error_remedy(err, "install the package passt");
		return result;
	case UPLINK_SLIRP4NETNS:
		result = uplink_slirp4netns_start(netns, ret_uplink, err);
		if (result < 0 && err->kind == ERROR_NOT_FOUND)
			error_remedy(err, "install the package slirp4netns");
		return result;
	case UPLINK_ANY:
		break;
	}
	return start_any(netns, ret_uplink, err);
}

int uplink_start(enum uplink_kind kind, int netns, struct uplink *ret_uplink, struct error *err)
{
	struct uplink uplink = { .process = PROCESS_NONE };
	struct interface_facts facts;

	if (netns_prepare(netns, err) < 0 || start(kind, netns, &uplink, err) < 0)
		return -1;
	if (netns_read_interface(netns, UPLINK_INTERFACE, &facts, err) < 0) {
		uplink_stop(&uplink);
		return -1;
	}
	memcpy(uplink.address, facts.address, sizeof(uplink.address));
	memcpy(uplink.gateway, facts.gateway, sizeof(uplink.gateway));
	memcpy(uplink.mac, facts.mac, sizeof(uplink.mac));
	uplink.prefix = facts.prefix;
	*ret_uplink = uplink;
	return 0;
}

void uplink_stop(struct uplink *uplink)
{
	process_kill(&uplink->process);
}
