/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's network, from its supervisor's side. A restarted program gets
 * the network namespace of its predecessor: the supervisor itself has moved into it, so
 * that there is no way back to set up another, and addresses and ports stay as they are.
 */
#include <fcntl.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "engine/runtime/launch.h"
#include "engine/runtime/spec.h"
#include "engine/spec-internal.h"
#include "engine/supervisor/supervisor-internal.h"

/* What is to be published: what was asked for, and with --publish-all each exposed port. */
static int collect_ports(const struct container_config *config, struct port_mappings *ret_ports,
			 struct error *err)
{
	for (size_t i = 0; i < config->ports.count; i++)
		port_mappings_add(ret_ports, &config->ports.items[i]);
	for (size_t i = 0; config->publish_all && i < config->exposed_ports.count; i++) {
		struct port_mapping port = { 0 };
		uint16_t first, last;

		if (port_range_parse(config->exposed_ports.items[i], &first, &last, &port.protocol,
				     err) < 0)
			return -1;
		for (unsigned int number = first; number <= last; number++) {
			port.container_port = (uint16_t)number;
			port_mappings_add(ret_ports, &port);
		}
	}
	return 0;
}

static int attach_network(struct supervisor *supervisor, struct error *err)
{
	struct container *container = supervisor->container;
	auto_release(port_mappings) struct port_mappings ports = { 0 };
	struct network_request request = {
		.mode = supervisor->network_mode,
		.container_id = container->config.id,
		.rootless = !supervisor->engine->user.is_root,
		.root = supervisor->engine->root,
		.netns = supervisor->netns,
		.ports = &ports,
	};

	if (collect_ports(&container->config, &ports, err) < 0)
		return -1;
	network_endpoint_release(&container->state.network);
	container->state.network = (struct network_endpoint){ 0 };
	supervisor->network = network_attach(&request, &container->state.network, err);
	return supervisor->network ? 0 : error_context(err, "network");
}

/* In place: the container has these very files mounted. */
static int rewrite(int folder, const char *name, const char *text, struct error *err)
{
	auto_fd int fd = openat(folder, name, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || fd_write_full(fd, text, strlen(text)) < 0)
		return error_errno(err, "cannot write the container's '%s'", name);
	return 0;
}

static int write_files(struct supervisor *supervisor, const char *hostname, struct error *err)
{
	const struct container *container = supervisor->container;
	const struct container_config *config = &container->config;
	const struct network_endpoint *endpoint = &container->state.network;
	auto_free char *resolv_conf =
		network_resolv_conf(supervisor->network_mode, endpoint, &config->dns,
				    &config->dns_search, &config->dns_options);
	auto_free char *hosts = network_hosts(supervisor->network_mode, endpoint, hostname,
					      config->domainname, &config->extra_hosts);

	if (rewrite(container->folder, "resolv.conf", resolv_conf, err) < 0)
		return -1;
	return rewrite(container->folder, "hosts", hosts, err);
}

int supervisor_connect(struct supervisor *supervisor, const struct runtime_spec *spec,
		       const struct launch *launch, struct error *err)
{
	auto_free char *hostname = spec_hostname(&supervisor->container->config);

	if (supervisor->network_mode == NETWORK_CONTAINER)
		return 0; /* it has the other container's files */
	if (supervisor->netns < 0 && spec->net_ns.mode == NAMESPACE_NEW) {
		supervisor->netns = launch_open_netns(launch, err);
		if (supervisor->netns < 0 || attach_network(supervisor, err) < 0)
			return -1;
	}
	return write_files(supervisor, hostname, err);
}

void supervisor_disconnect(struct supervisor *supervisor)
{
	network_detach(supervisor->network);
	supervisor->network = NULL;
	auto_close_fd(&supervisor->netns);
	supervisor->netns = -1;
}
