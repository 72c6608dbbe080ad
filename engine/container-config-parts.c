/* SPDX-License-Identifier: Apache-2.0 */
/* The members of config.json that have structure: layers, mounts, ulimits, ports, policies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "engine/container-config.h"

#define LIST_MAX 100000

static const char *const mount_types[] = {
	[MOUNT_REQUEST_BIND] = "bind",
	[MOUNT_REQUEST_VOLUME] = "volume",
	[MOUNT_REQUEST_TMPFS] = "tmpfs",
};

static const char *const restart_kinds[] = {
	[RESTART_NO] = "no",
	[RESTART_ALWAYS] = "always",
	[RESTART_UNLESS_STOPPED] = "unless-stopped",
	[RESTART_ON_FAILURE] = "on-failure",
};

const char *restart_policy_name(const struct restart_policy *policy)
{
	return restart_kinds[policy->kind];
}

/* The index of `word` in `words`, or -1. */
static int find_word(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; word && i < count; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -1;
}

json_t *json_from_text(const char *text)
{
	char *items[] = { (char *)text, NULL };
	auto_json json_t *list = NULL;

	if (!text)
		return json_null();
	list = json_from_strings(&(struct strings){ .items = items, .count = 1 });
	return json_incref(json_array_get(list, 0));
}

/* A zeroed array for the items of `list`; *ret_count tells how many. */
static void *new_items(const json_t *list, size_t size, size_t *ret_count)
{
	size_t count = json_array_size(list);

	*ret_count = count <= LIST_MAX ? count : 0;
	return *ret_count ? xcalloc(*ret_count, size) : NULL;
}

static json_t *encode_digests(const struct digest *digests, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(digests[i].hex));
	return list;
}

static int decode_digest(const json_t *json, struct digest *ret_digest, struct error *err)
{
	const char *hex = json_string_value(json);
	auto_free char *text = NULL;

	if (is_empty(hex))
		return 0;
	text = xasprintf("sha256:%s", hex);
	return digest_parse(text, ret_digest, err);
}

static int decode_layers(const json_t *list, struct container_config *config, struct error *err)
{
	config->layers = new_items(list, sizeof(*config->layers), &config->layer_count);
	for (size_t i = 0; i < config->layer_count; i++)
		if (decode_digest(json_array_get(list, i), &config->layers[i], err) < 0)
			return error_context(err, "layers");
	return 0;
}

static json_t *encode_mount(const struct mount_request *mount)
{
	json_t *json = json_pack("{s:s, s:o, s:o, s:b, s:b, s:b, s:b, s:o}",
				 "type", mount_types[mount->type],
				 "source", json_from_text(mount->source ? mount->source : ""),
				 "target", json_from_text(mount->target),
				 "readOnly", mount->read_only,
				 "createSource", mount->create_source,
				 "nonRecursive", mount->non_recursive, "noCopy", mount->no_copy,
				 "options", json_from_strings(&mount->options));

	if (mount->propagation)
		json_object_set_new(json, "propagation", json_from_text(mount->propagation));
	if (mount->subpath)
		json_object_set_new(json, "subpath", json_from_text(mount->subpath));
	return json;
}

static int decode_mount(json_t *json, struct mount_request *mount, struct error *err)
{
	const char *type, *source, *target, *propagation = NULL, *subpath = NULL;
	int read_only, create_source, non_recursive, no_copy, kind;
	json_t *options;
	json_error_t at;

	if (json_unpack_ex(json, &at, 0, "{s:s, s:s, s:s, s:b, s:b, s:b, s:b, s?s, s?s, s:o}",
			   "type", &type, "source", &source, "target", &target,
			   "readOnly", &read_only, "createSource", &create_source,
			   "nonRecursive", &non_recursive, "noCopy", &no_copy,
			   "propagation", &propagation, "subpath", &subpath,
			   "options", &options) < 0)
		return error_set(err, ERROR_INVALID, "mounts: %s", at.text);
	kind = find_word(mount_types, ARRAY_SIZE(mount_types), type);
	if (kind < 0)
		return error_set(err, ERROR_INVALID, "mounts: unknown type '%s'", type);
	mount->type = (enum mount_request_type)kind;
	mount->source = xstrdup(source);
	mount->target = xstrdup(target);
	mount->read_only = read_only;
	mount->create_source = create_source;
	mount->non_recursive = non_recursive;
	mount->no_copy = no_copy;
	mount->propagation = xstrdup(propagation);
	mount->subpath = xstrdup(subpath);
	return json_to_strings(options, "mounts: options", &mount->options, err);
}

static json_t *encode_mounts(const struct container_config *config)
{
	json_t *list = json_array();

	for (size_t i = 0; i < config->mount_count; i++)
		json_array_append_new(list, encode_mount(&config->mounts[i]));
	return list;
}

static int decode_mounts(const json_t *list, struct container_config *config, struct error *err)
{
	config->mounts = new_items(list, sizeof(*config->mounts), &config->mount_count);
	for (size_t i = 0; i < config->mount_count; i++)
		if (decode_mount(json_array_get(list, i), &config->mounts[i], err) < 0)
			return -1;
	return 0;
}

static json_t *encode_ulimits(const struct container_config *config)
{
	json_t *list = json_array();

	for (size_t i = 0; i < config->ulimit_count; i++)
		json_array_append_new(list, json_pack("{s:s, s:I, s:I}",
						      "name", config->ulimits[i].name, "soft",
						      (json_int_t)config->ulimits[i].soft, "hard",
						      (json_int_t)config->ulimits[i].hard));
	return list;
}

static int decode_ulimits(const json_t *list, struct container_config *config, struct error *err)
{
	config->ulimits = new_items(list, sizeof(*config->ulimits), &config->ulimit_count);
	for (size_t i = 0; i < config->ulimit_count; i++) {
		struct ulimit_request *limit = &config->ulimits[i];
		json_int_t soft, hard;
		const char *name;
		json_error_t at;

		if (json_unpack_ex(json_array_get(list, i), &at, 0, "{s:s, s:I, s:I}",
				   "name", &name, "soft", &soft, "hard", &hard) < 0)
			return error_set(err, ERROR_INVALID, "ulimits: %s", at.text);
		snprintf(limit->name, sizeof(limit->name), "%s", name);
		limit->soft = soft;
		limit->hard = hard;
	}
	return 0;
}

json_t *port_mappings_encode(const struct port_mappings *ports)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ports->count; i++) {
		const struct port_mapping *port = &ports->items[i];

		json_array_append_new(list, json_pack("{s:s, s:i, s:i, s:i, s:i}",
						      "address", port->host_address,
						      "host", port->host_port,
						      "hostLast", port->host_port_last,
						      "container", port->container_port,
						      "protocol", (int)port->protocol));
	}
	return list;
}

static bool is_port(int number)
{
	return number >= 0 && number <= UINT16_MAX;
}

int port_mappings_decode(const json_t *list, struct port_mappings *ret_ports, struct error *err)
{
	for (size_t i = 0; i < json_array_size(list) && i < PORT_MAPPINGS_MAX; i++) {
		struct port_mapping port = { 0 };
		int host, last, container, protocol;
		const char *address;
		json_error_t at;

		if (json_unpack_ex(json_array_get(list, i), &at, 0, "{s:s, s:i, s:i, s:i, s:i}",
				   "address", &address, "host", &host, "hostLast", &last,
				   "container", &container, "protocol", &protocol) < 0)
			return error_set(err, ERROR_INVALID, "ports: %s", at.text);
		if (!is_port(host) || !is_port(last) || !is_port(container) ||
		    protocol < PORT_TCP || protocol > PORT_SCTP)
			return error_set(err, ERROR_INVALID, "ports: out of range");
		snprintf(port.host_address, sizeof(port.host_address), "%s", address);
		port.host_port = (uint16_t)host;
		port.host_port_last = (uint16_t)last;
		port.container_port = (uint16_t)container;
		port.protocol = (enum port_protocol)protocol;
		port_mappings_add(ret_ports, &port);
	}
	return 0;
}

static json_t *encode_healthcheck(const struct healthcheck *check)
{
	return json_pack("{s:o, s:I, s:I, s:I, s:I, s:i}",
			 "test", json_from_strings(&check->test),
			 "interval", (json_int_t)check->interval_ns,
			 "timeout", (json_int_t)check->timeout_ns,
			 "startPeriod", (json_int_t)check->start_period_ns,
			 "startInterval", (json_int_t)check->start_interval_ns,
			 "retries", check->retries);
}

static int decode_healthcheck(json_t *json, struct healthcheck *check, struct error *err)
{
	json_int_t interval, timeout, start_period, start_interval;
	json_error_t at;
	json_t *test;

	if (!json)
		return 0;
	if (json_unpack_ex(json, &at, 0, "{s:o, s:I, s:I, s:I, s:I, s:i}", "test", &test,
			   "interval", &interval, "timeout", &timeout, "startPeriod", &start_period,
			   "startInterval", &start_interval, "retries", &check->retries) < 0)
		return error_set(err, ERROR_INVALID, "healthcheck: %s", at.text);
	check->interval_ns = interval;
	check->timeout_ns = timeout;
	check->start_period_ns = start_period;
	check->start_interval_ns = start_interval;
	return json_to_strings(test, "healthcheck: test", &check->test, err);
}

void container_config_encode_parts(const struct container_config *config, json_t *json)
{
	json_object_set_new(json, "imageId", json_string(config->image_id.hex));
	json_object_set_new(json, "imageManifest", json_string(config->image_manifest.hex));
	json_object_set_new(json, "layers", encode_digests(config->layers, config->layer_count));
	json_object_set_new(json, "mounts", encode_mounts(config));
	json_object_set_new(json, "ulimits", encode_ulimits(config));
	json_object_set_new(json, "ports", port_mappings_encode(&config->ports));
	json_object_set_new(json, "restart", json_string(restart_policy_name(&config->restart)));
	json_object_set_new(json, "restartMax",
			    json_integer((json_int_t)config->restart.max_retries));
	if (config->healthcheck.test.count > 0)
		json_object_set_new(json, "healthcheck", encode_healthcheck(&config->healthcheck));
	if (config->startup_check.test.count > 0)
		json_object_set_new(json, "startupCheck",
				    encode_healthcheck(&config->startup_check));
}

static int decode_restart(const json_t *json, struct restart_policy *policy, struct error *err)
{
	int kind = find_word(restart_kinds, ARRAY_SIZE(restart_kinds),
			     json_string_value(json_object_get(json, "restart")));
	json_int_t max = json_integer_value(json_object_get(json, "restartMax"));

	if (kind < 0 || max < 0 || max > INT32_MAX)
		return error_set(err, ERROR_INVALID, "restart: unknown policy");
	policy->kind = kind;
	policy->max_retries = (unsigned int)max;
	return 0;
}

int container_config_decode_parts(const json_t *json, struct container_config *config,
				  struct error *err)
{
	if (decode_digest(json_object_get(json, "imageId"), &config->image_id, err) < 0 ||
	    decode_digest(json_object_get(json, "imageManifest"), &config->image_manifest, err) < 0)
		return -1;
	if (decode_layers(json_object_get(json, "layers"), config, err) < 0 ||
	    decode_mounts(json_object_get(json, "mounts"), config, err) < 0 ||
	    decode_ulimits(json_object_get(json, "ulimits"), config, err) < 0)
		return -1;
	if (port_mappings_decode(json_object_get(json, "ports"), &config->ports, err) < 0 ||
	    decode_restart(json, &config->restart, err) < 0)
		return -1;
	if (decode_healthcheck(json_object_get(json, "startupCheck"), &config->startup_check, err) < 0)
		return -1;
	return decode_healthcheck(json_object_get(json, "healthcheck"), &config->healthcheck, err);
}

void container_config_release_parts(struct container_config *config)
{
	for (size_t i = 0; i < config->mount_count; i++) {
		free(config->mounts[i].source);
		free(config->mounts[i].target);
		free(config->mounts[i].propagation);
		free(config->mounts[i].subpath);
		strings_release(&config->mounts[i].options);
		strings_release(&config->mounts[i].volume_labels);
		strings_release(&config->mounts[i].volume_options);
	}
	free(config->mounts);
	free(config->layers);
	free(config->ulimits);
	port_mappings_release(&config->ports);
	strings_release(&config->healthcheck.test);
	strings_release(&config->startup_check.test);
}
