/* SPDX-License-Identifier: Apache-2.0 */
/* proa port: where a container's ports are published. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/selection.h"
#include "engine/lifecycle.h"
#include "engine/network/ports.h"

struct port_args {
	struct selection selection;
};

static const struct option port_options[] = {
	OPTION_SELECT_ALL('a', port_args),
	OPTION_SELECT_LATEST('l', port_args),
	OPTION_END,
};

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

static int print_container(const struct container *container, const char *wanted,
			   struct error *err)
{
	const struct port_mappings *ports = &container->state.network.ports;
	size_t count = container_is_running(container) ? ports->count : 0;
	auto_free struct port_mapping *sorted = xcalloc(count + 1, sizeof(*sorted));

	for (size_t i = 0; i < count; i++)
		sorted[i] = ports->items[i];
	qsort(sorted, count, sizeof(*sorted), compare);
	if (print_ports(sorted, count, wanted) == 0 && wanted)
		return error_set(err, ERROR_NOT_FOUND, "no public port '%s' published for %s",
				 wanted, container->config.name);
	return 0;
}

static int print_all(struct engine *engine, struct error *err)
{
	struct container **list;
	size_t count;

	if (container_list(engine, &list, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!container_is_running(list[i]))
			continue;
		printf("%s\n", list[i]->config.id);
		print_container(list[i], NULL, err);
		putchar('\n');
	}
	container_free_list(list, count);
	return 0;
}

/* "80" is TCP. It is checked, so that a typing error does not look like a port without mapping. */
static char *complete_port(const char *text, struct error *err)
{
	enum port_protocol protocol;
	uint16_t first;
	uint16_t last;

	if (port_range_parse(text, &first, &last, &protocol, err) < 0)
		return NULL;
	return xasprintf("%u/%s", first, port_protocol_name(protocol));
}

static int port_run(const struct invocation *invocation, struct error *err)
{
	const struct port_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(strings) struct strings names = { 0 };
	auto_of(container) struct container *container = NULL;
	const struct invocation none = { .operands = (char *[]){ NULL } };
	const char *operand = invocation->operands[args->selection.latest ? 0 : 1];
	auto_free char *wanted = NULL;

	if (!engine)
		return -1;
	if (args->selection.all)
		return invocation->operand_count == 0
			       ? print_all(engine, err)
			       : error_set(err, ERROR_USAGE, "no arguments are needed with --all");
	if (args->selection.latest) {
		if (selection_find(engine, &none, &args->selection, NULL, &names, err) < 0)
			return -1;
		if (names.count == 0)
			return error_set(err, ERROR_NOT_FOUND, "there is no container");
	} else {
		strings_add(&names, invocation->operands[0]);
	}
	container = container_find(engine, names.items[0], err);
	if (!container || (operand && !(wanted = complete_port(operand, err))))
		return -1;
	return print_container(container, wanted, err);
}

const struct command command_port = {
	.name = "port",
	.group = "container",
	.alias = "port",
	.operands = "CONTAINER [PORT[/PROTOCOL]]",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "Show a container's published ports",
	.options_suffice = selection_suffices,
	.options = port_options,
	.args_size = sizeof(struct port_args),
	.run = port_run,
};
