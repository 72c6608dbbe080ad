/* SPDX-License-Identifier: Apache-2.0 */
/* docker's words for states, ages, commands, ports. */
#include "cli/container-text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/units.h"
#include "engine/container.h"

const char *container_state_word(const struct container *container)
{
	static const char *const words[] = {
		[CONTAINER_CREATED] = "created", [CONTAINER_RUNNING] = "running",
		[CONTAINER_PAUSED] = "paused", [CONTAINER_RESTARTING] = "restarting",
		[CONTAINER_EXITED] = "exited", [CONTAINER_DEAD] = "dead",
	};

	return words[container->state.phase];
}

static void format_age(int64_t since, int64_t now, char ret_text[UNITS_TEXT_SIZE])
{
	age_format(now > since ? (now - since) / NS_PER_SECOND : 0, ret_text);
}

char *age_text(int64_t time_ns, int64_t now)
{
	char age[UNITS_TEXT_SIZE];

	format_age(time_ns, now, age);
	return xasprintf("%s ago", age);
}

char *time_text(int64_t time_ns)
{
	time_t seconds = (time_t)(time_ns / NS_PER_SECOND);
	char text[64];
	struct tm local;

	if (!localtime_r(&seconds, &local) ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z %Z", &local) == 0)
		return xstrdup("");
	return xstrdup(text);
}

static const char *const health_words[] = {
	[HEALTH_NONE] = "", [HEALTH_STARTING] = " (health: starting)",
	[HEALTH_HEALTHY] = " (healthy)", [HEALTH_UNHEALTHY] = " (unhealthy)",
};

char *container_status_text(const struct container *container, int64_t now)
{
	const struct container_state *state = &container->state;
	char up[UNITS_TEXT_SIZE];
	char down[UNITS_TEXT_SIZE];

	format_age(state->started_ns, now, up);
	format_age(state->finished_ns, now, down);
	switch (state->phase) {
	case CONTAINER_RUNNING:
		return xasprintf("Up %s%s", up, health_words[state->health]);
	case CONTAINER_PAUSED:
		return xasprintf("Up %s (Paused)", up);
	case CONTAINER_RESTARTING:
		return xasprintf("Restarting (%d) %s ago", state->exit_code, down);
	case CONTAINER_EXITED:
		return xasprintf("Exited (%d) %s ago", state->exit_code, down);
	case CONTAINER_DEAD:
		return xstrdup("Dead");
	case CONTAINER_CREATED:
		break;
	}
	return xstrdup("Created");
}

char *ellipsis(const char *text, unsigned int width)
{
	unsigned int count = 0;
	size_t cut = 0;

	for (size_t i = 0; text[i]; i++) {
		if (((unsigned char)text[i] & 0xc0) == 0x80)
			continue;
		if (count == width - 1)
			cut = i;
		if (++count > width)
			return xasprintf("%.*s\u2026", (int)cut, text);
	}
	return xstrdup(text);
}

/* As Go quotes a string. */
static char *quote(const char *text)
{
	static const char escaped[] = "\a\b\f\n\r\t\v\\\"";
	static const char letters[] = "abfnrtv\\\"";
	bool utf8 = is_utf8(text, strlen(text));
	struct buffer quoted = { 0 };

	buffer_putc(&quoted, '"');
	for (; *text; text++) {
		const char *at = strchr(escaped, *text);
		unsigned char byte = (unsigned char)*text;

		if (at)
			buffer_printf(&quoted, "\\%c", letters[at - escaped]);
		else if (byte < 0x20 || byte == 0x7f || (byte > 0x7f && !utf8))
			buffer_printf(&quoted, "\\x%02x", byte);
		else
			buffer_putc(&quoted, *text);
	}
	buffer_putc(&quoted, '"');
	return buffer_take(&quoted);
}

static void add_words(struct buffer *line, const struct strings *words)
{
	for (size_t i = 0; i < words->count; i++) {
		const char *mark = line->size > 0 && strchr(words->items[i], ' ') ? "'" : "";

		buffer_printf(line, "%s%s%s%s", line->size ? " " : "", mark, words->items[i], mark);
	}
}

char *container_command_text(const struct container *container, bool truncate)
{
	auto_release(buffer) struct buffer line = { 0 };
	auto_free char *cut = NULL;

	buffer_puts(&line, "");
	add_words(&line, &container->config.entrypoint);
	add_words(&line, &container->config.cmd);
	if (truncate)
		cut = ellipsis(line.data ? line.data : "", 20);
	return quote(cut ? cut : line.data ? line.data : "");
}

static int compare_ports(const void *a, const void *b)
{
	const struct port_mapping *first = a;
	const struct port_mapping *second = b;

	if (first->container_port != second->container_port)
		return first->container_port < second->container_port ? -1 : 1;
	if (first->protocol != second->protocol)
		return first->protocol < second->protocol ? -1 : 1;
	if (strcmp(first->host_address, second->host_address) != 0)
		return strcmp(first->host_address, second->host_address);
	return (first->host_port > second->host_port) - (first->host_port < second->host_port);
}

static void add_published(struct buffer *text, const struct port_mapping *first,
			  const struct port_mapping *last, const char *address)
{
	buffer_printf(text, "%s%s%s%s:%u", text->size ? ", " : "", strchr(address, ':') ? "[" : "",
		      address, strchr(address, ':') ? "]" : "", first->host_port);
	if (last != first)
		buffer_printf(text, "-%u", last->host_port);
	buffer_printf(text, "->%u", first->container_port);
	if (last != first)
		buffer_printf(text, "-%u", last->container_port);
	buffer_printf(text, "/%s", port_protocol_name(first->protocol));
}

static bool follows(const struct port_mapping *a, const struct port_mapping *b)
{
	return b->container_port == a->container_port + 1 && b->host_port == a->host_port + 1 &&
	       a->protocol == b->protocol && strcmp(a->host_address, b->host_address) == 0;
}

static bool is_published(const struct port_mappings *ports, const char *exposed)
{
	for (size_t i = 0; i < ports->count; i++) {
		auto_free char *name = xasprintf("%u/%s", ports->items[i].container_port,
						 port_protocol_name(ports->items[i].protocol));

		if (strcmp(name, exposed) == 0)
			return true;
	}
	return false;
}

char *container_ports_text(const struct container *container)
{
	const struct port_mappings *ports = &container->state.network.ports;
	auto_free struct port_mapping *sorted = xcalloc(ports->count + 1, sizeof(*sorted));
	auto_release(buffer) struct buffer text = { 0 };

	if (container->state.phase != CONTAINER_RUNNING &&
	    container->state.phase != CONTAINER_PAUSED)
		return xstrdup("");
	for (size_t i = 0; i < ports->count; i++)
		sorted[i] = ports->items[i];
	qsort(sorted, ports->count, sizeof(*sorted), compare_ports);
	for (size_t first = 0, last; first < ports->count; first = last + 1) {
		for (last = first;
		     last + 1 < ports->count && follows(&sorted[last], &sorted[last + 1]);)
			last++;
		if (sorted[first].host_address[0]) {
			add_published(&text, &sorted[first], &sorted[last],
				      sorted[first].host_address);
		} else {
			add_published(&text, &sorted[first], &sorted[last], "0.0.0.0");
			add_published(&text, &sorted[first], &sorted[last], "::");
		}
	}
	for (size_t i = 0; i < container->config.exposed_ports.count; i++)
		if (!is_published(ports, container->config.exposed_ports.items[i]))
			buffer_printf(&text, "%s%s", text.size ? ", " : "",
				      container->config.exposed_ports.items[i]);
	return text.data ? buffer_take(&text) : xstrdup("");
}

char *container_mounts_text(const struct container *container, bool truncate)
{
	auto_release(strings) struct strings sources = { 0 };

	for (size_t i = 0; i < container->config.mount_count; i++) {
		const struct mount_request *mount = &container->config.mounts[i];

		if (mount->type != MOUNT_REQUEST_TMPFS)
			strings_take(&sources, truncate ? ellipsis(mount->source, 15) :
							  xstrdup(mount->source));
	}
	return strings_join(&sources, ",");
}

char *container_labels_text(const struct strings *labels)
{
	auto_release(strings) struct strings sorted = { 0 };

	strings_copy(&sorted, labels);
	strings_sort(&sorted);
	return strings_join(&sorted, ",");
}

const char *container_network_word(const struct container *container)
{
	const char *network = container->config.network;

	return is_empty(network) || strcmp(network, "default") == 0 ? "bridge" : network;
}
