/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.json: what became of a container. The phase in the file is what its writer
 * knew; what it is now depends on which of the recorded processes still live.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "engine/container-config.h"
#include "engine/pause.h"

#define STATE_FILE "state.json"
#define EXIT_CODE_KILLED 137
#define BLOCK_SIZE 4096

static const char *const phases[] = {
	[CONTAINER_CREATED] = "created",       [CONTAINER_RUNNING] = "running",
	[CONTAINER_PAUSED] = "paused",	       [CONTAINER_RESTARTING] = "restarting",
	[CONTAINER_EXITED] = "exited",	       [CONTAINER_DEAD] = "dead",
};

static const char *const healths[] = {
	[HEALTH_NONE] = "", [HEALTH_STARTING] = "starting", [HEALTH_HEALTHY] = "healthy",
	[HEALTH_UNHEALTHY] = "unhealthy",
};

const char *container_phase_name(enum container_phase phase)
{
	return phases[phase];
}

const char *container_health_name(enum health_status health)
{
	return healths[health];
}

static enum health_status find_health(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(healths); i++)
		if (strcmp(healths[i], name) == 0)
			return (enum health_status)i;
	return HEALTH_NONE;
}

static json_t *encode_identity(const struct process_identity *identity)
{
	return json_pack("{s:i, s:I, s:s}", "pid", (int)identity->pid,
			 "startTime", (json_int_t)identity->start_time,
			 "bootId", identity->boot_id);
}

static int decode_identity(json_t *json, struct process_identity *ret_identity, struct error *err)
{
	json_int_t start_time;
	const char *boot_id;
	json_error_t at;
	int pid;

	if (json_unpack_ex(json, &at, 0, "{s:i, s:I, s:s}", "pid", &pid,
			   "startTime", &start_time, "bootId", &boot_id) < 0)
		return error_set(err, ERROR_INVALID, "process: %s", at.text);
	if (pid < 0 || start_time < 0 || strlen(boot_id) >= sizeof(ret_identity->boot_id))
		return error_set(err, ERROR_INVALID, "process: out of range");
	ret_identity->pid = pid;
	ret_identity->start_time = (uint64_t)start_time;
	snprintf(ret_identity->boot_id, sizeof(ret_identity->boot_id), "%s", boot_id);
	return 0;
}

static json_t *encode_endpoint(const struct network_endpoint *endpoint)
{
	return json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:o}",
			 "interface", endpoint->interface, "address", endpoint->address,
			 "prefix", (int)endpoint->prefix, "gateway", endpoint->gateway,
			 "mac", endpoint->mac, "dns", endpoint->dns,
			 "ports", port_mappings_encode(&endpoint->ports));
}

#define COPY_TEXT(to, from) snprintf(to, sizeof(to), "%s", from)

static int decode_endpoint(json_t *json, struct network_endpoint *endpoint, struct error *err)
{
	const char *interface, *address, *gateway, *mac, *dns;
	json_error_t at;
	json_t *ports;
	int prefix;

	if (json_unpack_ex(json, &at, 0, "{s:s, s:s, s:i, s:s, s:s, s:s, s:o}",
			   "interface", &interface, "address", &address, "prefix", &prefix,
			   "gateway", &gateway, "mac", &mac, "dns", &dns, "ports", &ports) < 0)
		return error_set(err, ERROR_INVALID, "network: %s", at.text);
	COPY_TEXT(endpoint->interface, interface);
	COPY_TEXT(endpoint->address, address);
	COPY_TEXT(endpoint->gateway, gateway);
	COPY_TEXT(endpoint->mac, mac);
	COPY_TEXT(endpoint->dns, dns);
	endpoint->prefix = (unsigned int)prefix;
	return port_mappings_decode(ports, &endpoint->ports, err);
}

/* On a full disk there is no room for a second file, but the first one has its block. What is longer
 * than the new text becomes space, which JSON ignores; a reader sees one or the other, as both fit
 * into a page. */
static int overwrite(int folder, const json_t *json, struct error *err)
{
	auto_fd int fd = openat(folder, STATE_FILE, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	auto_free char *text = json_text(json);
	auto_free char *padded = NULL;
	struct stat stat;
	size_t length = strlen(text);
	size_t size;

	if (fd < 0 || fstat(fd, &stat) < 0)
		return -1;
	size = length < (size_t)stat.st_size ? (size_t)stat.st_size : length + 1;
	padded = xasprintf("%-*s\n", (int)size - 1, text);
	if (size > BLOCK_SIZE || pwrite(fd, padded, size, 0) != (ssize_t)size)
		return -1;
	error_release(err);
	return 0;
}

int container_state_write(int folder, const struct container_state *state, struct error *err)
{
	auto_json json_t *json = json_pack(
		"{s:s, s:o, s:o, s:I, s:I, s:i, s:b, s:b, s:i, s:s, s:o, s:o}",
		"phase", phases[state->phase],
		"init", encode_identity(&state->init),
		"supervisor", encode_identity(&state->supervisor),
		"started", (json_int_t)state->started_ns,
		"finished", (json_int_t)state->finished_ns,
		"exitCode", state->exit_code,
		"oomKilled", state->oom_killed,
		"stopRequested", state->stop_requested,
		"restartCount", (int)state->restart_count,
		"health", healths[state->health],
		"error", json_from_text(state->error ? state->error : ""),
		"network", encode_endpoint(&state->network));

	if (json_write_file(folder, STATE_FILE, json,
			    state->phase == CONTAINER_EXITED ? FILE_DURABLE : FILE_VOLATILE,
			    err) == 0)
		return 0;
	if (!error_is_errno(err, ENOSPC) && !error_is_errno(err, EDQUOT))
		return -1;
	return overwrite(folder, json, err);
}

static int decode_state(json_t *json, struct container_state *state, struct error *err)
{
	json_int_t started, finished;
	const char *phase, *message, *health = "";
	json_t *init, *supervisor, *network;
	int oom_killed, stop_requested, restart_count;
	json_error_t at;
	size_t i;

	if (json_unpack_ex(json, &at, 0,
			   "{s:s, s:o, s:o, s:I, s:I, s:i, s:b, s:b, s:i, s?s, s:s, s:o}",
			   "phase", &phase, "init", &init, "supervisor", &supervisor,
			   "started", &started, "finished", &finished,
			   "exitCode", &state->exit_code, "oomKilled", &oom_killed,
			   "stopRequested", &stop_requested, "restartCount", &restart_count, "health", &health,
			   "error", &message, "network", &network) < 0)
		return error_set(err, ERROR_INVALID, "%s", at.text);
	for (i = 0; i < ARRAY_SIZE(phases) && strcmp(phases[i], phase) != 0; i++)
		;
	if (i == ARRAY_SIZE(phases))
		return error_set(err, ERROR_INVALID, "unknown phase '%s'", phase);
	state->phase = (enum container_phase)i;
	state->started_ns = started;
	state->finished_ns = finished;
	state->oom_killed = oom_killed;
	state->stop_requested = stop_requested;
	state->restart_count = (unsigned int)restart_count;
	state->health = find_health(health);
	state->error = is_empty(message) ? NULL : xstrdup(message);
	if (decode_identity(init, &state->init, err) < 0 ||
	    decode_identity(supervisor, &state->supervisor, err) < 0)
		return -1;
	return decode_endpoint(network, &state->network, err);
}

int container_state_read(int folder, struct container_state *ret_state, struct error *err)
{
	auto_release(container_state) struct container_state state = { 0 };
	auto_json json_t *json = json_read_file(folder, STATE_FILE, CONTAINER_FILE_SIZE_MAX, err);

	if (!json)
		return -1;
	if (decode_state(json, &state, err) < 0)
		return error_context(err, STATE_FILE);
	*ret_state = state;
	state = (struct container_state){ 0 };
	return 0;
}

void container_state_release(struct container_state *state)
{
	free(state->error);
	network_endpoint_release(&state->network);
	*state = (struct container_state){ 0 };
}

static bool lives(const struct process_identity *identity)
{
	auto_fd int pidfd = identity->pid > 0 ? process_find(identity) : -1;

	return pidfd >= 0;
}

/* The state of a running container is not synced: a power cut may leave the file empty. Nothing
 * runs then, and the container must stay removable. */
static int read_or_assume_ended(int folder, struct container_state *state, struct error *err)
{
	struct stat stat;

	if (container_state_read(folder, state, err) == 0)
		return 0;
	if (err->kind != ERROR_INVALID || fstatat(folder, STATE_FILE, &stat, 0) < 0 ||
	    stat.st_size > 0)
		return -1;
	error_release(err);
	state->phase = CONTAINER_RUNNING; /* of processes that do not live */
	return 0;
}

/* Nobody recorded the end: the supervisor was killed, or the machine went down. */
static void derive_end(int folder, struct container_state *state)
{
	struct stat stat;

	if (state->phase != CONTAINER_RESTARTING)
		state->exit_code = EXIT_CODE_KILLED;
	state->phase = CONTAINER_EXITED;
	if (state->finished_ns < state->started_ns || state->finished_ns == 0)
		state->finished_ns = fstatat(folder, STATE_FILE, &stat, 0) == 0
					     ? stat.st_mtim.tv_sec * NS_PER_SECOND +
						       stat.st_mtim.tv_nsec
					     : state->started_ns;
}

int container_refresh(struct container *container, struct error *err)
{
	struct container_state state = { 0 };

	if (read_or_assume_ended(container->folder, &state, err) < 0) {
		if (err->kind == ERROR_NOT_FOUND)	/* removed meanwhile */
			error_set(err, ERROR_NOT_FOUND, "No such container: %s",
				  container->config.name);
		return -1;
	}
	/* While its supervisor lives, an end of the program is about to be recorded. */
	if ((state.phase == CONTAINER_RUNNING || state.phase == CONTAINER_PAUSED ||
	     state.phase == CONTAINER_RESTARTING) &&
	    !lives(&state.supervisor) && !lives(&state.init))
		derive_end(container->folder, &state);
	container_state_release(&container->state);
	container->state = state;
	/* Others may have let it go on. */
	if (state.phase == CONTAINER_PAUSED && !pause_holds(container))
		container->state.phase = CONTAINER_RUNNING;
	return 0;
}

int container_write_state(struct container *container, struct error *err)
{
	return container_state_write(container->folder, &container->state, err);
}
