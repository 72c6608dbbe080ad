/* SPDX-License-Identifier: Apache-2.0 */
/* docker's keys. `before`, `since` and `ancestor` are looked up once and kept as what they mean. */
#include "cli/ps-filter.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "cli/container-text.h"
#include "cli/session.h"
#include "engine/container-config.h"
#include "engine/lifecycle.h"
#include "engine/network/ports.h"

static const char *const keys[] = {
	"ancestor", "before", "command", "exited", "expose", "health", "id", "is-task", "label",
	"label!", "name", "network", "pod", "publish", "restart-policy",
	"should-start-on-boot", "since", "status", "until", "volume", NULL,
};

static int check_status(const char *value, struct error *err)
{
	static const char *const words[] = { "created", "restarting", "running", "removing",
					     "paused", "exited", "dead",
					     "configured", "initialized", "stopped", "stopping",
					     "unknown" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i], value) == 0)
			return 0;
	return error_set(err, ERROR_INVALID, "invalid filter 'status=%s'", value);
}

/* before=, since=: the creation time instead of the name. */
static int resolve_container(char **value, struct engine *engine, struct error *err)
{
	auto_of(container) struct container *container = container_find(engine, *value, err);
	auto_free char *time = NULL;

	if (!container)
		return -1;
	time = xasprintf("%lld", (long long)container->config.created_ns);
	replace_string(value, time);
	return 0;
}

/* ancestor=: the image's ID. One that does not exist has no descendants. */
static void resolve_image(char **value, struct engine *engine)
{
	auto_error missing = { 0 };
	auto_of(image) struct image *image = store_find(engine->store, *value, &missing);

	replace_string(value, image ? image->id.hex : "");
}

/* until=: the point in time instead of its text. */
static int resolve_time(char **value, struct error *err)
{
	auto_free char *time = NULL;
	int64_t point;

	if (clock_parse_point(*value, clock_now(), &point, err) < 0)
		return error_context(err, "invalid filter 'until=%s'", *value);
	time = xasprintf("%lld", (long long)point);
	replace_string(value, time);
	return 0;
}

static int check_ports(const char *key, const char *value, struct error *err)
{
	enum port_protocol protocol;
	uint16_t first;
	uint16_t last;

	if (port_range_parse(value, &first, &last, &protocol, err) < 0)
		return error_set(err, ERROR_INVALID, "invalid filter '%s=%s'", key, value);
	return 0;
}

static int prepare(const char *key, char **value, struct engine *engine, struct error *err)
{
	auto_error no_number = { 0 };
	int64_t code;

	if (strcmp(key, "status") == 0)
		return check_status(*value, err);
	if (strcmp(key, "before") == 0 || strcmp(key, "since") == 0)
		return resolve_container(value, engine, err);
	if (strcmp(key, "publish") == 0 || strcmp(key, "expose") == 0)
		return check_ports(key, *value, err);
	if (strcmp(key, "exited") == 0 && parse_i64(*value, &code, &no_number) < 0)
		return error_set(err, ERROR_INVALID, "invalid filter 'exited=%s'", *value);
	if (strcmp(key, "until") == 0)
		return resolve_time(value, err);
	if (strcmp(key, "ancestor") == 0)
		resolve_image(value, engine);
	return 0;
}

int ps_filter_parse(const struct strings *texts, struct engine *engine,
		    struct filters *ret_filters, struct error *err)
{
	if (filters_parse(texts, keys, ret_filters, err) < 0)
		return -1;
	for (size_t i = 0; i < ret_filters->keys.count; i++)
		if (prepare(ret_filters->keys.items[i], &ret_filters->values.items[i], engine,
			    err) < 0)
			return -1;
	return 0;
}

static bool match_name(const char *value, const void *object)
{
	const struct container *container = object;
	auto_free char *with_slash = xasprintf("/%s", container->config.name);

	return filter_match_text(value, container->config.name) || filter_match_text(value, with_slash);
}

static bool match_id(const char *value, const void *object)
{
	return filter_match_text(value, ((const struct container *)object)->config.id);
}

/* podman has some words of its own. */
static bool match_status(const char *value, const void *object)
{
	const struct container *container = object;

	if (strcmp(value, "configured") == 0 || strcmp(value, "initialized") == 0)
		value = "created";
	if (strcmp(value, "stopped") == 0)
		value = "exited";
	if (strcmp(value, "stopping") == 0)
		return container_is_running(container) && container->state.stop_requested;
	return strcmp(value, container_state_word(container)) == 0;
}

static bool match_command(const char *value, const void *object)
{
	const struct container_config *config = &((const struct container *)object)->config;
	const struct strings *words = config->entrypoint.count ? &config->entrypoint : &config->cmd;

	return words->count > 0 && strcmp(words->items[0], value) == 0;
}

static bool match_restart_policy(const char *value, const void *object)
{
	const struct container *container = object;

	return strcmp(value, restart_policy_name(&container->config.restart)) == 0;
}

/* There are no swarm tasks, and no pods. */
static bool match_is_task(const char *value, const void *object)
{
	(void)object;
	return strcmp(value, "false") == 0 || strcmp(value, "0") == 0;
}

static bool match_pod(const char *value, const void *object)
{
	(void)object;
	return is_empty(value);
}

static bool match_no_label(const char *value, const void *labels)
{
	return !filter_match_label(value, labels);
}

static bool match_exited(const char *value, const void *object)
{
	const struct container *container = object;
	auto_free char *code = xasprintf("%d", container->state.exit_code);

	return container->state.phase == CONTAINER_EXITED && strcmp(value, code) == 0;
}

static bool match_ancestor(const char *value, const void *object)
{
	const struct container *container = object;

	return *value && strcmp(value, container->config.image_id.hex) == 0;
}

static bool match_before(const char *value, const void *object)
{
	auto_error ignored = { 0 };
	int64_t time = 0;

	return parse_i64(value, &time, &ignored) == 0 &&
	       ((const struct container *)object)->config.created_ns < time;
}

static bool match_since(const char *value, const void *object)
{
	auto_error ignored = { 0 };
	int64_t time = 0;

	return parse_i64(value, &time, &ignored) == 0 &&
	       ((const struct container *)object)->config.created_ns > time;
}

static bool match_network(const char *value, const void *object)
{
	return strcmp(value, container_network_word(object)) == 0;
}

static bool match_health(const char *value, const void *object)
{
	const char *health =
		container_health_name(((const struct container *)object)->state.health);

	return strcmp(value, is_empty(health) ? "none" : health) == 0;
}

static bool match_volume(const char *value, const void *object)
{
	const struct container *container = object;

	for (size_t i = 0; i < container->config.mount_count; i++)
		if (strcmp(container->config.mounts[i].source, value) == 0 ||
		    strcmp(container->config.mounts[i].target, value) == 0)
			return true;
	return false;
}

static bool in_range(const char *range, unsigned int port, enum port_protocol protocol)
{
	auto_error ignored = { 0 };
	enum port_protocol wanted;
	uint16_t first;
	uint16_t last;

	return port_range_parse(range, &first, &last, &wanted, &ignored) == 0 && port >= first &&
	       port <= last && protocol == wanted;
}

static bool match_publish(const char *value, const void *object)
{
	const struct port_mappings *ports =
		&((const struct container *)object)->state.network.ports;

	for (size_t i = 0; i < ports->count; i++)
		if (in_range(value, ports->items[i].host_port, ports->items[i].protocol))
			return true;
	return false;
}

static bool match_expose(const char *value, const void *object)
{
	const struct strings *exposed = &((const struct container *)object)->config.exposed_ports;
	auto_error ignored = { 0 };
	enum port_protocol protocol;
	uint16_t first;
	uint16_t last;

	for (size_t i = 0; i < exposed->count; i++)
		if (port_range_parse(exposed->items[i], &first, &last, &protocol, &ignored) == 0 &&
		    in_range(value, first, protocol))
			return true;
	return false;
}

/* Those whose policy says so, unless the user has stopped them himself. */
static bool match_boot(const char *value, const void *object)
{
	const struct container *container = object;
	bool starts = container->config.restart.kind == RESTART_ALWAYS ||
		      (container->config.restart.kind == RESTART_UNLESS_STOPPED &&
		       container->state.started_ns > 0 && !container->state.stop_requested);

	return strcmp(value, starts ? "true" : "false") == 0;
}

bool ps_filter_match(const struct filters *filters, const struct container *container)
{
	static const struct {
		const char *key;
		filter_match match;
	} tests[] = {
		{ "ancestor", match_ancestor }, { "before", match_before },
		{ "command", match_command },	{ "exited", match_exited },
		{ "expose", match_expose },	{ "health", match_health },
		{ "id", match_id },		{ "is-task", match_is_task },
		{ "name", match_name },		{ "network", match_network },
		{ "pod", match_pod },		{ "publish", match_publish },
		{ "restart-policy", match_restart_policy },
		{ "should-start-on-boot", match_boot },
		{ "since", match_since },	{ "status", match_status },
		{ "until", match_before },	{ "volume", match_volume },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		if (!filters_match(filters, tests[i].key, tests[i].match, container))
			return false;
	return filters_match_all(filters, "label", filter_match_label, &container->config.labels) &&
	       filters_match_all(filters, "label!", match_no_label, &container->config.labels);
}
