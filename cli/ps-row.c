/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of ps. A member is worked out only if it is shown: there may be a thousand rows. */
#include "cli/ps-row.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"
#include "cli/container-text.h"
#include "engine/container-config.h"
#include "engine/inspect.h"
#include "engine/lifecycle.h"

#define ID_SHORT 12

static char *text_command(const struct ps_source *source)
{
	return container_command_text(source->container, !source->full);
}

static char *text_created_at(const struct ps_source *source)
{
	return time_text(source->container->config.created_ns);
}

static char *text_health(const struct ps_source *source)
{
	return xstrdup(container_health_name(source->container->state.health));
}

static char *text_id(const struct ps_source *source)
{
	return xasprintf("%.*s", source->full ? CONTAINER_ID_SIZE : ID_SHORT,
			 source->container->config.id);
}

static char *text_image(const struct ps_source *source)
{
	return xstrdup(source->container->config.image);
}

static char *text_labels(const struct ps_source *source)
{
	return container_labels_text(&source->container->config.labels);
}

static char *text_volumes(const struct ps_source *source)
{
	const struct container_config *config = &source->container->config;
	unsigned int count = 0;

	for (size_t i = 0; i < config->mount_count; i++)
		count += config->mounts[i].type == MOUNT_REQUEST_VOLUME;
	return xasprintf("%u", count);
}

static char *text_mounts(const struct ps_source *source)
{
	return container_mounts_text(source->container, !source->full);
}

static char *text_name(const struct ps_source *source)
{
	return xstrdup(source->container->config.name);
}

static char *text_networks(const struct ps_source *source)
{
	return xstrdup(container_network_word(source->container));
}

static char *text_platform(const struct ps_source *source)
{
	const char *platform = source->container->config.platform;

	return xstrdup(is_empty(platform) ? "linux" : platform);
}

static char *text_ports(const struct ps_source *source)
{
	return container_ports_text(source->container);
}

static char *text_running_for(const struct ps_source *source)
{
	return age_text(source->container->config.created_ns, source->now);
}

/* "12kB (virtual 130MB)" */
static char *text_size(const struct ps_source *source)
{
	const struct container *container = source->container;
	auto_error ignored = { 0 };
	auto_of(image) struct image *image = NULL;
	unsigned long long written = 0;
	char own[UNITS_TEXT_SIZE];
	char all[UNITS_TEXT_SIZE];

	if (!source->sizes)
		return xstrdup("0B");
	if (container_size(source->engine, container, &written, &ignored) < 0)
		return xstrdup("N/A");
	size_format(written, own);
	image = store_find(source->engine->store, container->config.image_id.hex, &ignored);
	if (!image)
		return xstrdup(own);
	size_format(image->size + written, all);
	return xasprintf("%s (virtual %s)", own, all);
}

static char *text_state(const struct ps_source *source)
{
	return xstrdup(container_state_word(source->container));
}

static char *text_status(const struct ps_source *source)
{
	return container_status_text(source->container, source->now);
}

static char *text_auto_remove(const struct ps_source *source)
{
	return xstrdup(source->container->config.auto_remove ? "true" : "false");
}

static char *text_created(const struct ps_source *source)
{
	return xasprintf("%lld",
			 (long long)(source->container->config.created_ns / NS_PER_SECOND));
}

static char *text_exit_code(const struct ps_source *source)
{
	return xasprintf("%d", source->container->state.exit_code);
}

static char *text_exited(const struct ps_source *source)
{
	return xstrdup(source->container->state.phase == CONTAINER_EXITED ? "true" : "false");
}

static char *seconds_of(int64_t time)
{
	return xasprintf("%lld", (long long)(time / NS_PER_SECOND));
}

static char *text_exited_at(const struct ps_source *source)
{
	return seconds_of(source->container->state.finished_ns);
}

static char *text_started_at(const struct ps_source *source)
{
	return seconds_of(source->container->state.started_ns);
}

static char *text_image_id(const struct ps_source *source)
{
	return xasprintf("%.*s", source->full ? CONTAINER_ID_SIZE : ID_SHORT,
			 source->container->config.image_id.hex);
}

static char *text_pid(const struct ps_source *source)
{
	return xasprintf("%d", container_is_running(source->container)
				       ? (int)source->container->state.init.pid
				       : 0);
}

static char *text_restarts(const struct ps_source *source)
{
	return xasprintf("%u", source->container->state.restart_count);
}

static char *text_nothing(const struct ps_source *source)
{
	(void)source;
	return xstrdup("");
}

/* The number of a namespace of the first process, "" if it does not run or does not tell. */
static char *namespace_of(const struct ps_source *source, const char *name)
{
	auto_free char *path = xasprintf("/proc/%d/ns/%s",
					 (int)source->container->state.init.pid, name);
	char target[64];
	ssize_t size = container_is_running(source->container)
			       ? readlink(path, target, sizeof(target) - 1)
			       : -1;
	char *number;

	if (size < 0)
		return xstrdup("");
	target[size] = '\0';
	number = strchr(target, '[');
	if (!number)
		return xstrdup("");
	number[strcspn(number, "]")] = '\0';
	return xstrdup(number + 1);
}

static char *text_cgroup_namespace(const struct ps_source *source)
{
	return namespace_of(source, "cgroup");
}

static char *text_ipc_namespace(const struct ps_source *source)
{
	return namespace_of(source, "ipc");
}

static char *text_mount_namespace(const struct ps_source *source)
{
	return namespace_of(source, "mnt");
}

static char *text_net_namespace(const struct ps_source *source)
{
	return namespace_of(source, "net");
}

static char *text_pid_namespace(const struct ps_source *source)
{
	return namespace_of(source, "pid");
}

static char *text_user_namespace(const struct ps_source *source)
{
	return namespace_of(source, "user");
}

static char *text_uts_namespace(const struct ps_source *source)
{
	return namespace_of(source, "uts");
}

const struct list_field ps_fields[] = {
	{ "Command", "COMMAND" }, { "CreatedAt", "CREATED AT" }, { "HealthStatus", "HEALTH" },
	{ "ID", "CONTAINER ID" }, { "Image", "IMAGE" }, { "Labels", "LABELS" },
	{ "LocalVolumes", "LOCAL VOLUMES" }, { "Mounts", "MOUNTS" }, { "Names", "NAMES" },
	{ "Networks", "NETWORKS" }, { "Platform", "PLATFORM" }, { "Ports", "PORTS" },
	{ "RunningFor", "CREATED" }, { "Size", "SIZE" }, { "State", "STATE" },
	{ "Status", "STATUS" },
	/* podman's */
	{ "AutoRemove", "AUTOREMOVE" }, { "CGROUPNS", "CGROUPNS" }, { "CIDFile", "CIDFILE" },
	{ "Created", "CREATED" }, { "CreatedHuman", "CREATED" }, { "ExitCode", "EXITCODE" },
	{ "Exited", "EXITED" }, { "ExitedAt", "EXITEDAT" }, { "IPC", "IPC" },
	{ "ImageID", "IMAGE ID" }, { "MNT", "MNT" }, { "NET", "NET" }, { "PIDNS", "PIDNS" },
	{ "Pid", "PID" }, { "Pod", "POD ID" }, { "PodName", "PODNAME" },
	{ "Restarts", "RESTARTS" }, { "StartedAt", "STARTEDAT" }, { "USERNS", "USERNS" },
	{ "UTS", "UTS" }, { NULL, NULL },
};

/* Side by side with ps_fields. */
static char *(*const texts[])(const struct ps_source *source) = {
	text_command, text_created_at, text_health, text_id, text_image, text_labels, text_volumes,
	text_mounts, text_name, text_networks, text_platform, text_ports, text_running_for,
	text_size, text_state, text_status,
	text_auto_remove, text_cgroup_namespace, text_nothing, text_created, text_running_for,
	text_exit_code, text_exited, text_exited_at, text_ipc_namespace, text_image_id,
	text_mount_namespace, text_net_namespace, text_pid_namespace, text_pid, text_nothing,
	text_nothing, text_restarts, text_started_at, text_user_namespace, text_uts_namespace,
};

#define DOCKER_FIELDS 16
_Static_assert(ARRAY_SIZE(texts) + 1 == ARRAY_SIZE(ps_fields), "a text for each field");

/* Whether the template has the row itself (a lone dot), as {{json .}} does. */
static bool shows_row(const char *format)
{
	for (const char *dot = format; (dot = strchr(dot, '.')); dot++)
		if (!isalpha((unsigned char)dot[1]))
			return true;
	return strchr(format, '$') != NULL;
}

/* .Label "key" looks into .Labels. */
static bool is_wanted(const char *format, const char *field)
{
	return strstr(format, field) ||
	       (strcmp(field, "Labels") == 0 && strstr(format, ".Label"));
}

json_t *ps_row(const struct ps_source *source, const char *format)
{
	bool all = !format || shows_row(format);
	json_t *row = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		auto_free char *text = NULL;

		if (!(all && i < DOCKER_FIELDS) &&
		    !(format && is_wanted(format, ps_fields[i].name)))
			continue;
		text = texts[i](source);
		json_object_set_new(row, ps_fields[i].name, json_string(text));
	}
	return row;
}
