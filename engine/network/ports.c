/* SPDX-License-Identifier: Apache-2.0 */
/* Published ports as text: docker's grammar, docker's words for what is wrong. */
#include "engine/network/ports.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"

#define PORT_MAX 65535

struct port_range {
	uint16_t first, last;
};

static const char *const protocol_names[] = {
	[PORT_TCP] = "tcp", [PORT_UDP] = "udp", [PORT_SCTP] = "sctp",
};

const char *port_protocol_name(enum port_protocol protocol)
{
	return protocol_names[protocol];
}

void port_mappings_add(struct port_mappings *mappings, const struct port_mapping *mapping)
{
	/* Room is not stored: it is the power of two that holds the count. */
	if ((mappings->count & (mappings->count - 1)) == 0) {
		size_t room = mappings->count ? mappings->count * 2 : 1;

		mappings->items = xrealloc_array(mappings->items, room, sizeof(*mappings->items));
	}
	mappings->items[mappings->count++] = *mapping;
}

void port_mappings_release(struct port_mappings *mappings)
{
	free(mappings->items);
	*mappings = (struct port_mappings){ 0 };
}

static int parse_port(const char *text, uint16_t *ret_port)
{
	auto_error ignored = { 0 };
	uint32_t number;

	if (parse_u32(text, &number, &ignored) < 0 || number > PORT_MAX)
		return -1;
	*ret_port = (uint16_t)number;
	return 0;
}

/* "80" or "8000-8010". */
static int parse_range(const char *text, struct port_range *ret_range)
{
	const char *dash = strchr(text, '-');
	auto_free char *first = dash ? xstrndup(text, (size_t)(dash - text)) : xstrdup(text);
	struct port_range range;

	if (parse_port(first, &range.first) < 0 ||
	    parse_port(dash ? dash + 1 : first, &range.last) < 0 || range.last < range.first)
		return -1;
	*ret_range = range;
	return 0;
}

static int parse_protocol(const char *text, enum port_protocol *ret_protocol, struct error *err)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(protocol_names); i++) {
		if (strcasecmp(text, protocol_names[i]) == 0) {
			*ret_protocol = (enum port_protocol)i;
			return 0;
		}
	}
	return error_set(err, ERROR_USAGE, "invalid proto: %s", text);
}

/* Cuts "/PROTO" off; without it, it is tcp. */
static int take_protocol(char *text, enum port_protocol *ret_protocol, struct error *err)
{
	char *slash = strchr(text, '/');

	*ret_protocol = PORT_TCP;
	if (!slash)
		return 0;
	*slash = '\0';
	return parse_protocol(slash + 1, ret_protocol, err);
}

int port_range_parse(const char *text, uint16_t *ret_first, uint16_t *ret_last,
		     enum port_protocol *ret_protocol, struct error *err)
{
	auto_free char *copy = xstrdup(text);
	enum port_protocol protocol;
	struct port_range range;

	if (take_protocol(copy, &protocol, err) < 0)
		return -1;
	if (parse_range(copy, &range) < 0 || range.first == 0)
		return error_set(err, ERROR_USAGE, "invalid port or port range: %s", text);
	*ret_first = range.first;
	*ret_last = range.last;
	*ret_protocol = protocol;
	return 0;
}

/* What a publication says, before it becomes one mapping for each port. */
struct publication {
	char address[sizeof(((struct port_mapping *)0)->host_address)];
	struct port_range host, container;
	enum port_protocol protocol;
};

static int set_address(struct publication *publication, char *text, struct error *err)
{
	struct in6_addr raw;
	size_t length = strlen(text);

	if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
		text[length - 1] = '\0';
		text++;
	}
	if (*text == '\0')
		return 0;
	if ((inet_pton(AF_INET, text, &raw) != 1 && inet_pton(AF_INET6, text, &raw) != 1) ||
	    strlen(text) >= sizeof(publication->address))
		return error_set(err, ERROR_USAGE, "invalid IP address: %s", text);
	memcpy(publication->address, text, strlen(text) + 1);
	return 0;
}

static int set_ports(struct publication *publication, const char *host, const char *container,
		     struct error *err)
{
	struct port_range *inside = &publication->container;
	struct port_range *outside = &publication->host;

	if (parse_range(container, inside) < 0 || inside->first == 0)
		return error_set(err, ERROR_USAGE, "invalid containerPort: %s", container);
	*outside = (struct port_range){ 0 };
	if (*host == '\0')
		return 0;
	if (parse_range(host, outside) < 0)
		return error_set(err, ERROR_USAGE, "invalid hostPort: %s", host);
	/* Several host ports for one of the container: the first free one is taken. */
	if (inside->first != inside->last &&
	    inside->last - inside->first != outside->last - outside->first)
		return error_set(err, ERROR_USAGE,
				 "invalid ranges specified for container and host Ports: %s and %s",
				 container, host);
	return 0;
}

/* "[[IP:][HOST]:]CONTAINER[/PROTO]". An IPv6 address may come without brackets: it is all but
 * the last two fields. */
static int parse_short(const char *text, struct publication *publication, struct error *err)
{
	auto_free char *copy = xstrdup(text);
	char *container = strrchr(copy, ':');
	char *address = NULL;
	char *host = NULL;

	if (container) {
		*container++ = '\0';
		host = strrchr(copy, ':');
		if (host) {
			*host++ = '\0';
			address = copy;
		} else {
			host = copy;
		}
	} else {
		container = copy;
	}
	if (take_protocol(container, &publication->protocol, err) < 0)
		return -1;
	if (*container == '\0')
		return error_set(err, ERROR_USAGE, "no port specified: %s<empty>", text);
	if (address && set_address(publication, address, err) < 0)
		return -1;
	return set_ports(publication, host ? host : "", container, err);
}

struct long_form {
	const char *published, *target, *protocol;
};

static int set_field(struct long_form *form, const char *field, struct error *err)
{
	const char *value = strchr(field, '=');
	size_t length = value ? (size_t)(value - field) : 0;
	auto_free char *key = xstrndup(field, length);

	if (!value)
		return error_set(err, ERROR_USAGE, "invalid field: %s", field);
	if (strcasecmp(key, "published") == 0)
		form->published = value + 1;
	else if (strcasecmp(key, "target") == 0)
		form->target = value + 1;
	else if (strcasecmp(key, "protocol") == 0)
		form->protocol = value + 1;
	else if (strcasecmp(key, "mode") != 0)	/* docker's swarm has modes */
		return error_set(err, ERROR_USAGE, "invalid field key: %s", key);
	return 0;
}

/* "published=8080,target=80,protocol=udp". */
static int parse_long(const char *text, struct publication *publication, struct error *err)
{
	auto_release(strings) struct strings fields = { 0 };
	struct long_form form = { .published = "", .protocol = "tcp" };

	strings_split(&fields, text, ',');
	for (size_t i = 0; i < fields.count; i++)
		if (set_field(&form, fields.items[i], err) < 0)
			return -1;
	if (!form.target)
		return error_set(err, ERROR_USAGE, "missing mandatory field \"target\"");
	if (parse_protocol(form.protocol, &publication->protocol, err) < 0)
		return -1;
	return set_ports(publication, form.published, form.target, err);
}

static void add_publication(struct port_mappings *mappings, const struct publication *publication)
{
	unsigned int count = publication->container.last - publication->container.first + 1U;
	struct port_mapping mapping = { .protocol = publication->protocol };

	memcpy(mapping.host_address, publication->address, sizeof(mapping.host_address));
	for (unsigned int i = 0; i < count; i++) {
		mapping.container_port = (uint16_t)(publication->container.first + i);
		mapping.host_port = publication->host.first;
		mapping.host_port_last = publication->host.last;
		if (count > 1 && publication->host.first != 0) {
			mapping.host_port = (uint16_t)(publication->host.first + i);
			mapping.host_port_last = mapping.host_port;
		}
		port_mappings_add(mappings, &mapping);
	}
}

int port_mappings_parse(struct port_mappings *mappings, const char *text, struct error *err)
{
	struct publication publication = { .protocol = PORT_TCP };
	size_t count;
	int result;

	if (strchr(text, '='))
		result = parse_long(text, &publication, err);
	else
		result = parse_short(text, &publication, err);
	if (result < 0)
		return -1;
	count = publication.container.last - publication.container.first + 1U;
	if (count > PORT_MAPPINGS_MAX - mappings->count)
		return error_set(err, ERROR_USAGE, "more than %d published ports",
				 PORT_MAPPINGS_MAX);
	add_publication(mappings, &publication);
	return 0;
}
