/* SPDX-License-Identifier: Apache-2.0 */
/* proa port: where a container's ports are published. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "engine/network/ports.h"

static const struct option port_options[] = { OPTION_END };

static int compare(const void *a, const void *b)
{
	const struct port_mapping *first = a;
	const struct port_mapping *second = b;

	if (first->container_port != second->container_port)
		return first->container_port < second->container_port ? -1 : 1;
	return (first->host_port > second->host_port) - (first->host_port < second->host_port);
}

static void print_address(const char *port, const char *address, unsigned int host_port)
{
	bool brackets = strchr(address, ':') != NULL;

	if (port)
		printf("%s -> ", port);
	printf("%s%s%s:%u\n", brackets ? "[" : "", address, brackets ? "]" : "", host_port);
}

/* The mappings of `wanted` ("80/tcp", NULL: all); how many there were. */
static unsigned int print_ports(const struct port_mapping *ports, size_t count, const char *wanted)
{
	unsigned int printed = 0;

	for (size_t i = 0; i < count; i++) {
		auto_free char *port = xasprintf("%u/%s", ports[i].container_port,
						 port_protocol_name(ports[i].protocol));
		const char *shown = wanted ? NULL : port;

		if (wanted && strcmp(port, wanted) != 0)
			continue;
		printed++;
		if (ports[i].host_address[0]) {
			print_address(shown, ports[i].host_address, ports[i].host_port);
		} else {
			print_address(shown, "0.0.0.0", ports[i].host_port);
			print_address(shown, "::", ports[i].host_port);
		}
	}
	return printed;
}

static int port_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_of(container) struct container *container = NULL;
	auto_free struct port_mapping *sorted = NULL;
	const char *operand = invocation->operands[1];
	auto_free char *wanted = NULL;
	const struct port_mappings *ports;
	size_t count;

	container = engine ? container_find(engine, invocation->operands[0], err) : NULL;
	if (!container)
		return -1;
	if (operand)
		wanted = xasprintf("%s%s", operand, strchr(operand, '/') ? "" : "/tcp");
	ports = &container->state.network.ports;
	count = container->state.phase == CONTAINER_RUNNING ? ports->count : 0;
	sorted = xcalloc(count + 1, sizeof(*sorted));
	for (size_t i = 0; i < count; i++)
		sorted[i] = ports->items[i];
	qsort(sorted, count, sizeof(*sorted), compare);
	if (print_ports(sorted, count, wanted) == 0 && wanted)
		return error_set(err, ERROR_NOT_FOUND, "no public port '%s' published for %s",
				 wanted, invocation->operands[0]);
	return 0;
}

const struct command command_port = {
	.name = "port",
	.group = "container",
	.alias = "port",
	.operands = "CONTAINER [PORT[/PROTOCOL]]",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "Show a container's published ports",
	.options = port_options,
	.run = port_run,
};
