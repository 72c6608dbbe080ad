/* SPDX-License-Identifier: Apache-2.0 */
/* What a supervisor tells of its container to those who follow the events. */
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/strings.h"
#include "engine/events.h"
#include "engine/supervisor/supervisor-internal.h"

static void add(const struct supervisor *supervisor, const char *action,
		const struct strings *more)
{
	events_add_container(supervisor->engine->root, supervisor->container, action, more);
}

/* Of each named or anonymous volume. */
static void add_volumes(const struct supervisor *supervisor, const char *action)
{
	const struct container_config *config = &supervisor->container->config;

	for (size_t i = 0; i < config->mount_count; i++) {
		const struct mount_request *mount = &config->mounts[i];
		auto_release(strings) struct strings attributes = { 0 };

		if (mount->type != MOUNT_REQUEST_VOLUME)
			continue;
		strings_addf(&attributes, "container=%s", config->id);
		strings_add(&attributes, "driver=local");
		if (strcmp(action, "mount") == 0) {
			strings_addf(&attributes, "destination=%s", mount->target);
			strings_addf(&attributes, "read/write=%s",
				     mount->read_only ? "false" : "true");
		}
		events_add(supervisor->engine->root, "volume", action, mount->source, &attributes);
	}
}

static void add_network(const struct supervisor *supervisor, const char *action)
{
	const char *name = supervisor->container->config.network;
	auto_release(strings) struct strings attributes = { 0 };

	if (!supervisor->network)
		return;
	name = is_empty(name) ? "bridge" : name;
	strings_addf(&attributes, "container=%s", supervisor->container->config.id);
	strings_addf(&attributes, "name=%s", name);
	strings_addf(&attributes, "type=%s", name);
	events_add(supervisor->engine->root, "network", action, name, &attributes);
}

void supervisor_note_start(const struct supervisor *supervisor, bool again)
{
	if (supervisor->client_was_there && !again)
		add(supervisor, "attach", NULL);
	if (!again)
		add_network(supervisor, "connect");
	add_volumes(supervisor, "mount");
	add(supervisor, "start", NULL);
}

void supervisor_note_end(const struct supervisor *supervisor)
{
	const struct container_state *state = &supervisor->container->state;
	auto_release(strings) struct strings attributes = { 0 };
	int64_t duration = (clock_monotonic() - supervisor->started) / NS_PER_SECOND;

	if (state->oom_killed)
		add(supervisor, "oom", NULL);
	strings_addf(&attributes, "execDuration=%lld", (long long)duration);
	strings_addf(&attributes, "exitCode=%d", state->exit_code);
	add(supervisor, "die", &attributes);
	add_volumes(supervisor, "unmount");
}

void supervisor_note_disconnect(const struct supervisor *supervisor)
{
	add_network(supervisor, "disconnect");
}

void supervisor_note_resize(void *supervisor, unsigned short rows, unsigned short columns)
{
	auto_release(strings) struct strings attributes = { 0 };

	strings_addf(&attributes, "height=%u", rows);
	strings_addf(&attributes, "width=%u", columns);
	add(supervisor, "resize", &attributes);
}
