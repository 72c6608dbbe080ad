/* SPDX-License-Identifier: Apache-2.0 */
/* Attaching a container by its mode: see network.h. */
#include "engine/network/network.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "engine/network/bridge.h"
#include "engine/network/leases.h"
#include "rootless/netns.h"
#include "rootless/routes.h"

#define INTERFACE "eth0"
#define LOOPBACK "127.0.0.1"

struct network {
	int netns;
	int host_netns;		/* root only: an ordinary user could not go back to it */
	int root;
	char address[64];	/* "" : only loopback */
	char lease[64];		/* the bridge's, to give back; "" none */
	struct uplink uplink;
	struct port_forwarder *forwarder;	/* or NULL */
};

static const struct mode_word {
	const char *word;
	enum network_mode mode;
} mode_words[] = {
	{ "", NETWORK_BRIDGE },	    { "default", NETWORK_BRIDGE },
	{ "bridge", NETWORK_BRIDGE }, { "none", NETWORK_NONE },
	{ "host", NETWORK_HOST },     { "pasta", NETWORK_PASTA },
	{ "slirp4netns", NETWORK_SLIRP4NETNS },
};

int network_mode_parse(const char *text, enum network_mode *ret_mode, char **ret_argument,
		       struct error *err)
{
	const char *argument;

	*ret_argument = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(mode_words); i++) {
		if (strcmp(text, mode_words[i].word) == 0) {
			*ret_mode = mode_words[i].mode;
			return 0;
		}
	}
	if ((argument = skip_prefix(text, "container:")))
		*ret_mode = NETWORK_CONTAINER;
	else if ((argument = skip_prefix(text, "ns:")))
		*ret_mode = NETWORK_PATH;
	if (is_empty(argument))
		return error_set(err, ERROR_USAGE, "network %s not found", text);
	*ret_argument = xstrdup(argument);
	return 0;
}

void network_endpoint_release(struct network_endpoint *endpoint)
{
	port_mappings_release(&endpoint->ports);
	*endpoint = (struct network_endpoint){ 0 };
}

static int attach_bridge(struct network *network, const struct network_request *request,
			 struct network_endpoint *endpoint, struct error *err)
{
	struct lease lease = { .container_id = (char *)request->container_id };
	struct bridge_request wanted = {
		.root = request->root,
		.netns = request->netns,
		.lease = &lease,
		.ports = &endpoint->ports,
	};
	struct bridge_endpoint got;

	if (process_identify(getpid(), &lease.holder, err) < 0 ||
	    netns_prepare(request->netns, err) < 0 || bridge_attach(&wanted, &got, err) < 0)
		return -1;
	memcpy(endpoint->interface, got.interface, sizeof(endpoint->interface));
	memcpy(endpoint->address, got.address, sizeof(endpoint->address));
	memcpy(endpoint->gateway, got.gateway, sizeof(endpoint->gateway));
	memcpy(endpoint->mac, got.mac, sizeof(endpoint->mac));
	endpoint->prefix = got.prefix;
	memcpy(network->lease, got.address, sizeof(network->lease));
	return 0;
}

static enum uplink_kind uplink_kind(enum network_mode mode)
{
	if (mode == NETWORK_PASTA)
		return UPLINK_PASTA;
	return mode == NETWORK_SLIRP4NETNS ? UPLINK_SLIRP4NETNS : UPLINK_ANY;
}

/* A machine without any network starts containers all the same. */
static int settle_for_loopback(enum network_mode mode, struct error *err)
{
	if (mode != NETWORK_BRIDGE || err->kind == ERROR_NOT_FOUND || routes_lead_out())
		return -1;
	warning("this machine is not connected to a network: the container has only loopback (%s)",
		err->message);
	error_release(err);
	return 0;
}

static int attach_uplink(struct network *network, const struct network_request *request,
			 struct network_endpoint *endpoint, struct error *err)
{
	struct uplink *uplink = &network->uplink;

	if (uplink_start(uplink_kind(request->mode), request->netns, uplink, err) < 0)
		return settle_for_loopback(request->mode, err);
	snprintf(endpoint->interface, sizeof(endpoint->interface), "%s", INTERFACE);
	memcpy(endpoint->address, uplink->address, sizeof(endpoint->address));
	memcpy(endpoint->gateway, uplink->gateway, sizeof(endpoint->gateway));
	memcpy(endpoint->mac, uplink->mac, sizeof(endpoint->mac));
	memcpy(endpoint->dns, uplink->dns, sizeof(endpoint->dns));
	endpoint->prefix = uplink->prefix;
	return 0;
}

static int open_ports(struct network *network, const struct network_request *request,
		      struct network_endpoint *endpoint, struct error *err)
{
	if (request->ports->count == 0)
		return 0;
	for (size_t i = 0; i < request->ports->count; i++)
		port_mappings_add(&endpoint->ports, &request->ports->items[i]);
	network->forwarder = port_forwarder_new(&endpoint->ports, err);
	return network->forwarder ? 0 : -1;
}

static bool has_own_network(enum network_mode mode)
{
	return mode == NETWORK_BRIDGE || mode == NETWORK_PASTA || mode == NETWORK_SLIRP4NETNS;
}

static int connect_container(struct network *network, const struct network_request *request,
			     struct network_endpoint *endpoint, struct error *err)
{
	int result;

	if (!has_own_network(request->mode)) {
		if (request->ports->count > 0)
			warning("published ports are discarded in this network mode");
		return request->mode == NETWORK_NONE ? netns_prepare(request->netns, err) : 0;
	}
	if (open_ports(network, request, endpoint, err) < 0)
		return -1;
	if (request->mode == NETWORK_BRIDGE && !request->rootless)
		result = attach_bridge(network, request, endpoint, err);
	else
		result = attach_uplink(network, request, endpoint, err);
	if (result == 0)
		memcpy(network->address, endpoint->address, sizeof(network->address));
	return result;
}

static int keep(int fd, struct error *err)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return copy < 0 ? error_errno(err, "cannot keep a descriptor") : copy;
}

static int open_namespaces(struct network *network, const struct network_request *request,
			   struct error *err)
{
	network->netns = keep(request->netns, err);
	if (network->netns < 0)
		return -1;
	network->root = keep(request->root, err);
	if (network->root < 0 || request->rootless)
		return network->root < 0 ? -1 : 0;
	network->host_netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (network->host_netns < 0)
		return error_errno(err, "cannot open the host's network namespace");
	return 0;
}

struct network *network_attach(const struct network_request *request,
			       struct network_endpoint *ret_endpoint, struct error *err)
{
	struct network *network = xcalloc(1, sizeof(*network));
	auto_release(network_endpoint) struct network_endpoint endpoint = { 0 };

	network->host_netns = network->root = -1;
	network->uplink.process = PROCESS_NONE;
	if (open_namespaces(network, request, err) < 0 ||
	    connect_container(network, request, &endpoint, err) < 0) {
		network_detach(network);
		return NULL;
	}
	*ret_endpoint = endpoint;
	endpoint = (struct network_endpoint){ 0 };
	return network;
}

int network_serve(struct network *network, struct event_loop *loop, struct error *err)
{
	if (setns(network->netns, CLONE_NEWNET) < 0)
		return error_errno(err, "cannot join the container's network");
	if (!network->forwarder)
		return 0;
	return port_forwarder_run(network->forwarder, loop,
				  network->address[0] ? network->address : LOOPBACK, err);
}

static void give_back_lease(const struct network *network)
{
	auto_release(strings) struct strings addresses = { 0 };
	auto_error err = { 0 };

	strings_add(&addresses, network->lease);
	if (bridge_release(network->root, &addresses, false, &err) < 0)
		warning("cannot give back the address %s: %s", network->lease, err.message);
}

void network_detach(struct network *network)
{
	if (!network)
		return;
	port_forwarder_free(network->forwarder);
	uplink_stop(&network->uplink);
	/* What the process does after this, sweeping too, is about the host again. */
	if (network->host_netns >= 0 && setns(network->host_netns, CLONE_NEWNET) < 0)
		warning("cannot return to the host's network");
	else if (network->lease[0])
		give_back_lease(network);
	auto_close_fd(&network->netns);
	auto_close_fd(&network->host_netns);
	auto_close_fd(&network->root);
	free(network);
}

static bool is_held(int leases, const char *address,
		    bool (*alive)(void *argument, const char *container_id), void *argument)
{
	auto_release(lease) struct lease lease = { 0 };
	auto_error ignored = { 0 };
	auto_fd int holder = -1;

	if (lease_read(leases, address, &lease, &ignored) < 0)
		return ignored.kind == ERROR_NOT_FOUND;	/* given back just now */
	holder = process_find(&lease.holder);
	return holder >= 0 || alive(argument, lease.container_id);
}

void network_sweep(int root, bool (*alive)(void *argument, const char *container_id),
		   void *argument)
{
	auto_release(strings) struct strings names = { 0 };
	auto_release(strings) struct strings stale = { 0 };
	auto_error err = { 0 };
	auto_fd int leases = dir_open(root, BRIDGE_LEASES_PATH, &err);

	if (leases < 0 || dir_list(leases, &names, &err) < 0)
		return;
	for (size_t i = 0; i < names.count; i++)
		if (!is_held(leases, names.items[i], alive, argument))
			strings_add(&stale, names.items[i]);
	if (stale.count > 0 && bridge_release(root, &stale, true, &err) < 0)
		warning("cannot give back addresses of containers that are gone: %s", err.message);
}
