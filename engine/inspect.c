/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container as docker's API shows it: GET /containers/{id}/json. Scripts and
 * templates know these names; what has no counterpart here has docker's empty value.
 */
#include "engine/inspect.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "engine/container-config.h"
#include "engine/engine.h"
#include "engine/health.h"
#include "engine/inspect-parts.h"
#include "engine/volumes.h"
#include "image/store.h"

#define SIZE_DEPTH_MAX 1000

json_t *inspect_time(int64_t time)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(time ? time : CLOCK_ZERO, text);
	return json_string(text);
}

json_t *inspect_text(const char *text)
{
	return json_from_text(text ? text : "");
}

json_t *inspect_list_or_null(const struct strings *list)
{
	return list->count ? json_from_strings(list) : json_null();
}

json_t *inspect_set(const struct strings *keys)
{
	json_t *set = json_object();

	for (size_t i = 0; i < keys->count; i++) {
		auto_json json_t *key = inspect_text(keys->items[i]);

		json_object_set_new(set, json_string_value(key), json_object());
	}
	return set;
}

json_t *inspect_digest(const struct digest *digest)
{
	char text[DIGEST_TEXT_SIZE];

	if (!digest_is_set(digest))
		return json_string("");
	digest_format(digest, text);
	return json_string(text);
}

static json_t *inspect_state(const struct container *container)
{
	const struct container_state *state = &container->state;
	bool running = state->phase == CONTAINER_RUNNING || state->phase == CONTAINER_PAUSED ||
		       state->phase == CONTAINER_RESTARTING;

	return json_pack("{s:s, s:b, s:b, s:b, s:b, s:b, s:i, s:i, s:o, s:o, s:o, s:o*}",
			 "Status", container_phase_name(state->phase),
			 "Running", running,
			 "Paused", state->phase == CONTAINER_PAUSED,
			 "Restarting", state->phase == CONTAINER_RESTARTING,
			 "OOMKilled", state->oom_killed,
			 "Dead", state->phase == CONTAINER_DEAD,
			 "Pid", running ? (int)state->init.pid : 0,
			 "ExitCode", running ? 0 : state->exit_code,
			 "Error", inspect_text(state->error),
			 "StartedAt", inspect_time(state->started_ns),
			 "FinishedAt", inspect_time(state->finished_ns),
			 "Health", health_inspect(container));
}

/* The path of a file in the container's folder, for people; "" for one that is not there. */
static json_t *inspect_file(const struct engine *engine, const struct container *container,
			    const char *name)
{
	auto_free char *path = xasprintf("%s/containers/%s/%s", engine->root_path,
					 container->config.id, name);

	return file_exists(container->folder, name) ? inspect_text(path) : json_string("");
}

static json_t *inspect_log_path(const struct engine *engine, const struct container *container)
{
	auto_free char *name = xasprintf("%s-json.log", container->config.id);

	return inspect_file(engine, container, name);
}

/* The words that are run, as Path and Args. */
static void add_command(json_t *json, const struct container_config *config)
{
	struct strings words = { 0 };
	json_t *args;

	strings_copy(&words, &config->entrypoint);
	for (size_t i = 0; i < config->cmd.count; i++)
		strings_add(&words, config->cmd.items[i]);
	json_object_set_new(json, "Path", inspect_text(words.count ? words.items[0] : ""));
	args = json_from_strings(&words);
	json_array_remove(args, 0);
	json_object_set_new(json, "Args", args);
	strings_release(&words);
}

static json_t *inspect_graph_driver(const struct engine *engine, const struct container *container)
{
	const struct container_config *config = &container->config;
	auto_free char *folder = xasprintf("%s/containers/%s", engine->root_path, config->id);
	auto_free char *upper = xasprintf("%s/upper", folder);
	auto_free char *work = xasprintf("%s/work", folder);
	auto_free char *merged = xasprintf("%s/rootfs", folder);
	auto_release(strings) struct strings lower = { 0 };
	auto_free char *joined = NULL;

	for (size_t i = config->layer_count; i > 0; i--)
		strings_addf(&lower, "%s/layers/%s/tree", engine->root_path,
			     config->layers[i - 1].hex);
	joined = strings_join(&lower, ":");
	return json_pack("{s:s, s:{s:o, s:o, s:o, s:o, s:o}}", "Name", "overlay2", "Data",
			 "ID", inspect_text(config->id), "LowerDir", inspect_text(joined),
			 "MergedDir", inspect_text(merged), "UpperDir", inspect_text(upper),
			 "WorkDir", inspect_text(work));
}

static json_t *inspect_mount(const struct engine *engine, const struct mount_request *mount)
{
	static const char *const types[] = { "bind", "volume", "tmpfs" };
	auto_free char *volume = mount->type == MOUNT_REQUEST_VOLUME
					 ? volume_path(engine, mount->source)
					 : NULL;
	json_t *json = json_pack("{s:s}", "Type", types[mount->type]);

	if (volume)
		json_object_set_new(json, "Name", inspect_text(mount->source));
	json_object_set_new(json, "Source", inspect_text(volume ? volume : mount->source));
	json_object_set_new(json, "Destination", inspect_text(mount->target));
	if (volume)
		json_object_set_new(json, "Driver", json_string("local"));
	json_object_set_new(json, "Mode", json_string(mount->read_only ? "ro" : ""));
	json_object_set_new(json, "RW", json_boolean(!mount->read_only));
	json_object_set_new(json, "Propagation",
			    inspect_text(mount->propagation ? mount->propagation
				       : mount->type == MOUNT_REQUEST_BIND ? "rprivate"
									   : ""));
	return json;
}

static json_t *inspect_mounts(const struct engine *engine, const struct container_config *config)
{
	json_t *list = json_array();

	for (size_t i = 0; i < config->mount_count; i++)
		json_array_append_new(list, inspect_mount(engine, &config->mounts[i]));
	return list;
}

/* Adds up what is below `dir`. A file with several links counts once: its content is there once. */
static int add_sizes(int dir, unsigned int depth, unsigned long long *bytes, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };

	if (depth > SIZE_DEPTH_MAX)
		return error_set(err, ERROR_INVALID, "directories nested more than %d deep",
				 SIZE_DEPTH_MAX);
	if (dir_list(dir, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		struct stat stat;

		if (fstatat(dir, names.items[i], &stat, AT_SYMLINK_NOFOLLOW) < 0)
			continue; /* removed meanwhile */
		if (S_ISREG(stat.st_mode))
			*bytes += (unsigned long long)stat.st_size /
				  (stat.st_nlink ? stat.st_nlink : 1);
		if (S_ISDIR(stat.st_mode)) {
			auto_fd int child = dir_open(dir, names.items[i], err);

			if (child < 0 || add_sizes(child, depth + 1, bytes, err) < 0)
				return -1;
		}
	}
	return 0;
}

int container_size(struct engine *engine, const struct container *container,
		   unsigned long long *ret_bytes, struct error *err)
{
	auto_fd int upper = dir_open(container->folder, "upper", err);
	unsigned long long bytes = 0;

	(void)engine;
	if (upper < 0 || add_sizes(upper, 0, &bytes, err) < 0)
		return error_context(err, "cannot measure container '%s'",
				     container->config.name);
	*ret_bytes = bytes;
	return 0;
}

static int add_size_members(json_t *json, struct engine *engine,
			    const struct container *container, struct error *err)
{
	const struct container_config *config = &container->config;
	unsigned long long written;
	uint64_t total;

	if (container_size(engine, container, &written, err) < 0)
		return -1;
	total = written;
	for (size_t i = 0; i < config->layer_count; i++) {
		auto_fd int layer = store_open_layer(engine->store, &config->layers[i], err);
		struct layer_info info;

		if (layer < 0 || layer_info_read(layer, &info, err) < 0)
			return -1;
		total += info.size;
	}
	json_object_set_new(json, "SizeRw", json_integer((json_int_t)written));
	json_object_set_new(json, "SizeRootFs", json_integer((json_int_t)total));
	return 0;
}

json_t *container_inspect(struct engine *engine, const struct container *container, bool size,
			  struct error *err)
{
	const struct container_config *config = &container->config;
	auto_free char *name = xasprintf("/%s", config->name);
	auto_json json_t *json = json_object();

	json_object_set_new(json, "Id", json_string(config->id));
	json_object_set_new(json, "Created", inspect_time(config->created_ns));
	add_command(json, config);
	json_object_set_new(json, "State", inspect_state(container));
	json_object_set_new(json, "Image", inspect_digest(&config->image_id));
	json_object_set_new(json, "ResolvConfPath", inspect_file(engine, container, "resolv.conf"));
	json_object_set_new(json, "HostnamePath", inspect_file(engine, container, "hostname"));
	json_object_set_new(json, "HostsPath", inspect_file(engine, container, "hosts"));
	json_object_set_new(json, "LogPath", inspect_log_path(engine, container));
	json_object_set_new(json, "Name", inspect_text(name));
	json_object_set_new(json, "RestartCount",
			    json_integer((json_int_t)container->state.restart_count));
	json_object_set_new(json, "Driver", json_string("overlay2"));
	json_object_set_new(json, "Platform", inspect_text(config->platform));
	json_object_set_new(json, "MountLabel", json_string(""));
	json_object_set_new(json, "ProcessLabel", json_string(""));
	json_object_set_new(json, "AppArmorProfile", json_string(""));
	json_object_set_new(json, "ExecIDs", json_null());
	json_object_set_new(json, "HostConfig", inspect_host_config(config));
	json_object_set_new(json, "GraphDriver", inspect_graph_driver(engine, container));
	if (size && add_size_members(json, engine, container, err) < 0)
		return NULL;
	json_object_set_new(json, "Mounts", inspect_mounts(engine, config));
	json_object_set_new(json, "Config", inspect_config(config));
	json_object_set_new(json, "NetworkSettings",
			    inspect_network(config, &container->state));
	return take_ptr(&json);
}
