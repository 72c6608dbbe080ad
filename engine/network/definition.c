/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions as JSON. */
#include "engine/network/definition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/random.h"
#include "base/strings.h"
#include "engine/network/leases.h"

#define DEFINITION_NAME "network.json"
#define DEFINITION_SIZE_MAX 65536
#define PREFIX_MIN 8
#define PREFIX_MAX 30
#define IPV4(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

/* Not those that docker (172.17 and up) and podman (10.88, 10.89) begin with. */
static const struct subnet candidates[] = {
	{ IPV4(10, 87, 0, 0), 16 },  { IPV4(10, 86, 0, 0), 16 },    { IPV4(10, 85, 0, 0), 16 },
	{ IPV4(10, 187, 0, 0), 16 }, { IPV4(10, 186, 0, 0), 16 },   { IPV4(10, 217, 0, 0), 16 },
	{ IPV4(172, 29, 0, 0), 16 }, { IPV4(172, 30, 0, 0), 16 },   { IPV4(192, 168, 187, 0), 24 },
	{ IPV4(10, 84, 0, 0), 16 },  { IPV4(192, 168, 217, 0), 24 }, { IPV4(10, 83, 0, 0), 16 },
};

void definition_make(struct network_definition *ret_definition)
{
	random_hex(ret_definition->id, sizeof(ret_definition->id) - 1);
	ret_definition->interface[0] = '\0';
	ret_definition->subnet = routes_free_subnet(candidates, ARRAY_SIZE(candidates));
}

/* "10.87.0.0/16". */
static int parse_subnet(const char *text, struct subnet *ret_subnet)
{
	auto_error ignored = { 0 };
	const char *slash = strchr(text, '/');
	char address[IPV4_TEXT_SIZE];
	struct subnet subnet;

	if (!slash || (size_t)(slash - text) >= sizeof(address))
		return -1;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	if (ipv4_parse(address, &subnet.address) < 0 ||
	    parse_u32(slash + 1, &subnet.prefix, &ignored) < 0 || subnet.prefix < PREFIX_MIN ||
	    subnet.prefix > PREFIX_MAX || (subnet.address << subnet.prefix) != 0)
		return -1;
	*ret_subnet = subnet;
	return 0;
}

int definition_load(int network, struct network_definition *ret_definition, struct error *err)
{
	auto_json json_t *json =
		json_read_file(network, DEFINITION_NAME, DEFINITION_SIZE_MAX, err);
	struct network_definition definition;
	const char *id;
	const char *interface;
	const char *subnet;
	json_error_t at;

	if (!json)
		return -1;
	if (json_unpack_ex(json, &at, 0, "{s:s, s:s, s:s}", "id", &id, "interface", &interface,
			   "subnet", &subnet) < 0)
		return error_set(err, ERROR_INVALID, "'%s': %s", DEFINITION_NAME, at.text);
	if (strlen(id) >= sizeof(definition.id) || !*interface || strchr(interface, '/') ||
	    strlen(interface) >= sizeof(definition.interface) ||
	    parse_subnet(subnet, &definition.subnet) < 0)
		return error_set(err, ERROR_INVALID, "'%s': a value is not well-formed",
				 DEFINITION_NAME);
	memcpy(definition.id, id, strlen(id) + 1);
	memcpy(definition.interface, interface, strlen(interface) + 1);
	*ret_definition = definition;
	return 0;
}

int definition_save(int network, const struct network_definition *definition, struct error *err)
{
	char address[IPV4_TEXT_SIZE];
	char gateway[IPV4_TEXT_SIZE];
	char subnet[IPV4_TEXT_SIZE + 4];
	auto_json json_t *json = NULL;

	ipv4_format(definition->subnet.address, address);
	ipv4_format(definition->subnet.address + 1, gateway);
	snprintf(subnet, sizeof(subnet), "%s/%u", address, definition->subnet.prefix);
	json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", "bridge", "id", definition->id,
			 "driver", "bridge", "interface", definition->interface, "subnet", subnet,
			 "gateway", gateway);
	return json_write_file(network, DEFINITION_NAME, json, FILE_VOLATILE, err);
}
