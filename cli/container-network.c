/* SPDX-License-Identifier: Apache-2.0 */
/* The container's network: mode, ports, names. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/container-options.h"
#include "cli/session.h"
#include "engine/network/network.h"

char *resolve_container_mode(struct engine *engine, const char *mode, struct error *err)
{
	const char *name = skip_prefix(mode, "container:");
	auto_of(container) struct container *container = NULL;

	if (!name)
		return xstrdup(mode);
	container = container_find(engine, name, err);
	return container ? xasprintf("container:%s", container->config.id) : NULL;
}

static int apply_mode(const struct container_args *args, struct engine *engine,
		      struct container_config *config, enum network_mode *ret_mode,
		      struct error *err)
{
	auto_free char *argument = NULL;
	const char *text = args->networks.count ? args->networks.items[0] : NULL;

	if (args->networks.count > 1)
		return error_set(err, ERROR_USAGE, "more than one --network is not supported yet");
	if (network_mode_parse(text ? text : "", ret_mode, &argument, err) < 0)
		return -1;
	if (!text)
		return 0;
	config->network = resolve_container_mode(engine, text, err);
	return config->network ? 0 : -1;
}

static int apply_ports(const struct container_args *args, enum network_mode mode,
		       struct container_config *config, struct error *err)
{
	for (size_t i = 0; i < args->publish.count; i++)
		if (port_mappings_parse(&config->ports, args->publish.items[i], err) < 0)
			return -1;
	for (size_t i = 0; i < args->expose.count; i++) {
		enum port_protocol protocol;
		uint16_t first;
		uint16_t last;

		if (port_range_parse(args->expose.items[i], &first, &last, &protocol, err) < 0)
			return -1;
		for (unsigned int port = first; port <= last; port++)
			strings_addf(&config->exposed_ports, "%u/%s", port,
				     port_protocol_name(protocol));
	}
	config->publish_all = args->publish_all;
	if (mode == NETWORK_CONTAINER && (config->ports.count || config->publish_all))
		return error_set(
			err, ERROR_USAGE,
			"conflicting options: port publishing and the container type network mode");
	if (mode == NETWORK_HOST && (config->ports.count || config->publish_all)) {
		warning("published ports are discarded when using host network mode");
		port_mappings_release(&config->ports);
		config->publish_all = false;
	}
	return 0;
}

static bool is_address(const char *text)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* NAME:IP or NAME=IP, IPv6 in brackets or not. */
static int apply_host(const char *text, struct container_config *config, struct error *err)
{
	size_t length = strcspn(text, ":=");
	auto_free char *address = xstrdup(text[length] ? text + length + 1 : "");
	size_t end = strlen(address);

	if (address[0] == '[' && address[end - 1] == ']') {
		address[end - 1] = '\0';
		memmove(address, address + 1, end - 1);
	}
	if (length == 0 || !text[length])
		return error_set(err, ERROR_USAGE, "bad format for add-host: \"%s\"", text);
	if (strcspn(text, " \t\n") < length)
		return error_set(err, ERROR_USAGE, "bad name in add-host: \"%s\"", text);
	if (strcmp(address, "host-gateway") != 0 && !is_address(address))
		return error_set(err, ERROR_USAGE, "invalid IP address in add-host: \"%s\"",
				 address);
	strings_addf(&config->extra_hosts, "%.*s:%s", (int)length, text, address);
	return 0;
}

static int apply_resolver(const struct container_args *args, struct container_config *config,
			  struct error *err)
{
	for (size_t i = 0; i < args->dns.count; i++)
		if (!is_address(args->dns.items[i]))
			return error_set(err, ERROR_USAGE, "%s is not an ip address",
					 args->dns.items[i]);
	for (size_t i = 0; i < args->dns_search.count; i++)
		if (strpbrk(args->dns_search.items[i], " \t\n"))
			return error_set(err, ERROR_USAGE, "%s is not a valid domain",
					 args->dns_search.items[i]);
	for (size_t i = 0; i < args->dns_options.count; i++)
		if (strpbrk(args->dns_options.items[i], " \t\n"))
			return error_set(err, ERROR_USAGE, "invalid DNS option '%s'",
					 args->dns_options.items[i]);
	strings_copy(&config->dns, &args->dns);
	strings_copy(&config->dns_search, &args->dns_search);
	strings_copy(&config->dns_options, &args->dns_options);
	return 0;
}

int container_network_apply(const struct container_args *args, struct engine *engine,
			    struct container_config *config, struct error *err)
{
	enum network_mode mode;

	if (apply_mode(args, engine, config, &mode, err) < 0 ||
	    apply_ports(args, mode, config, err) < 0 || apply_resolver(args, config, err) < 0)
		return -1;
	if (args->network_aliases.count)
		return error_set(
			err, ERROR_USAGE,
			"--network-alias needs a user-defined network, which is not supported yet");
	if (args->hostname && (mode == NETWORK_CONTAINER))
		return error_set(err, ERROR_USAGE,
				 "conflicting options: hostname and the network mode");
	for (size_t i = 0; i < args->hosts.count; i++)
		if (apply_host(args->hosts.items[i], config, err) < 0)
			return -1;
	return 0;
}
