/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.json of a container: our own form, written once. Plain members are a
 * table; what has structure (mounts, ports, layers ...) is in container-config-parts.c.
 */
#include "engine/container-config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"

enum field_type { FIELD_TEXT, FIELD_LIST, FIELD_BOOL, FIELD_INT, FIELD_UINT, FIELD_I64, FIELD_U64 };

struct field {
	const char *key;
	enum field_type type;
	size_t offset;
};

#define FIELD(key, type, member) { key, type, offsetof(struct container_config, member) }

static const struct field fields[] = {
	FIELD("name", FIELD_TEXT, name),
	FIELD("created", FIELD_I64, created_ns),
	FIELD("image", FIELD_TEXT, image),
	FIELD("entrypoint", FIELD_LIST, entrypoint),
	FIELD("cmd", FIELD_LIST, cmd),
	FIELD("env", FIELD_LIST, env),
	FIELD("labels", FIELD_LIST, labels),
	FIELD("annotations", FIELD_LIST, annotations),
	FIELD("user", FIELD_TEXT, user),
	FIELD("workingDir", FIELD_TEXT, working_dir),
	FIELD("hostname", FIELD_TEXT, hostname),
	FIELD("domainname", FIELD_TEXT, domainname),
	FIELD("stopSignal", FIELD_TEXT, stop_signal),
	FIELD("stopTimeout", FIELD_INT, stop_timeout),
	FIELD("tty", FIELD_BOOL, tty),
	FIELD("openStdin", FIELD_BOOL, open_stdin),
	FIELD("attachStdin", FIELD_BOOL, attach_stdin),
	FIELD("attachStdout", FIELD_BOOL, attach_stdout),
	FIELD("attachStderr", FIELD_BOOL, attach_stderr),
	FIELD("autoRemove", FIELD_BOOL, auto_remove),
	FIELD("readOnly", FIELD_BOOL, read_only),
	FIELD("privileged", FIELD_BOOL, privileged),
	FIELD("init", FIELD_BOOL, init),
	FIELD("noNewPrivileges", FIELD_BOOL, no_new_privileges),
	FIELD("capAdd", FIELD_LIST, cap_add),
	FIELD("capDrop", FIELD_LIST, cap_drop),
	FIELD("securityOpt", FIELD_LIST, security_opt),
	FIELD("groupAdd", FIELD_LIST, group_add),
	FIELD("seccomp", FIELD_TEXT, seccomp),
	FIELD("devices", FIELD_LIST, devices),
	FIELD("sysctls", FIELD_LIST, sysctls),
	FIELD("network", FIELD_TEXT, network),
	FIELD("networkAliases", FIELD_LIST, network_aliases),
	FIELD("exposedPorts", FIELD_LIST, exposed_ports),
	FIELD("publishAll", FIELD_BOOL, publish_all),
	FIELD("dns", FIELD_LIST, dns),
	FIELD("dnsSearch", FIELD_LIST, dns_search),
	FIELD("dnsOptions", FIELD_LIST, dns_options),
	FIELD("extraHosts", FIELD_LIST, extra_hosts),
	FIELD("pidMode", FIELD_TEXT, pid_mode),
	FIELD("ipcMode", FIELD_TEXT, ipc_mode),
	FIELD("utsMode", FIELD_TEXT, uts_mode),
	FIELD("cgroupnsMode", FIELD_TEXT, cgroupns_mode),
	FIELD("usernsMode", FIELD_TEXT, userns_mode),
	FIELD("memory", FIELD_I64, resources.memory),
	FIELD("memorySwap", FIELD_I64, resources.memory_swap),
	FIELD("memoryReservation", FIELD_I64, resources.memory_reservation),
	FIELD("nanoCpus", FIELD_I64, resources.nano_cpus),
	FIELD("cpuPeriod", FIELD_I64, resources.cpu_period),
	FIELD("cpuQuota", FIELD_I64, resources.cpu_quota),
	FIELD("cpuShares", FIELD_I64, resources.cpu_shares),
	FIELD("pidsLimit", FIELD_I64, resources.pids_limit),
	FIELD("cpusetCpus", FIELD_TEXT, resources.cpuset_cpus),
	FIELD("cpusetMems", FIELD_TEXT, resources.cpuset_mems),
	FIELD("shmSize", FIELD_U64, shm_size),
	FIELD("oomScoreAdjSet", FIELD_BOOL, oom_score_adj_set),
	FIELD("oomScoreAdj", FIELD_INT, oom_score_adj),
	FIELD("logDriver", FIELD_TEXT, log_driver),
	FIELD("logMaxSize", FIELD_U64, log_max_size),
	FIELD("logMaxFile", FIELD_UINT, log_max_file),
	FIELD("logOptions", FIELD_LIST, log_options),
	FIELD("timeout", FIELD_UINT, timeout),
	FIELD("startupSuccesses", FIELD_UINT, startup_successes),
	FIELD("healthAction", FIELD_UINT, health_action),
	FIELD("healthLogCount", FIELD_UINT, health_log_count),
	FIELD("healthLogSize", FIELD_UINT, health_log_size),
	FIELD("healthLogPath", FIELD_TEXT, health_log_path),
	FIELD("sdnotify", FIELD_TEXT, sdnotify),
	FIELD("pidFile", FIELD_TEXT, pid_file),
	FIELD("supervisorPidFile", FIELD_TEXT, supervisor_pid_file),
	FIELD("detachKeys", FIELD_TEXT, detach_keys),
	FIELD("platform", FIELD_TEXT, platform),
};

static json_t *encode_number(json_int_t number)
{
	return number ? json_integer(number) : NULL;
}

/* NULL where the member has its empty value and is left out. */
static json_t *encode_field(const struct field *field, const struct container_config *config)
{
	const void *at = (const char *)config + field->offset;
	const struct strings *list = at;

	switch (field->type) {
	case FIELD_TEXT:
		return *(char *const *)at ? json_from_text(*(char *const *)at) : NULL;
	case FIELD_LIST:
		return list->count ? json_from_strings(list) : NULL;
	case FIELD_BOOL:
		return *(const bool *)at ? json_true() : NULL;
	case FIELD_INT:
		return encode_number(*(const int *)at);
	case FIELD_UINT:
		return encode_number((json_int_t) * (const unsigned int *)at);
	default: /* sizes stay below 2^63 */
		return encode_number(*(const int64_t *)at);
	}
}

static int decode_integer(const struct field *field, const json_t *json, void *at,
			  struct error *err)
{
	json_int_t value = json_integer_value(json);

	if (!json_is_integer(json))
		return error_set(err, ERROR_INVALID, "%s: not a number", field->key);
	if ((field->type == FIELD_INT && value != (int)value) ||
	    (field->type == FIELD_UINT && value != (json_int_t)(unsigned int)value) ||
	    (field->type == FIELD_U64 && value < 0))
		return error_set(err, ERROR_INVALID, "%s: out of range", field->key);
	if (field->type == FIELD_INT)
		*(int *)at = (int)value;
	else if (field->type == FIELD_UINT)
		*(unsigned int *)at = (unsigned int)value;
	else
		*(int64_t *)at = value;
	return 0;
}

static int decode_field(const struct field *field, const json_t *json,
			struct container_config *config, struct error *err)
{
	const json_t *value = json_object_get(json, field->key);
	void *at = (char *)config + field->offset;

	if (!value)
		return 0;
	switch (field->type) {
	case FIELD_TEXT:
		*(char **)at = xstrdup(json_string_value(value));
		return json_is_string(value) ? 0 : error_set(err, ERROR_INVALID, "%s: not a string",
							     field->key);
	case FIELD_LIST:
		return json_to_strings(value, field->key, at, err);
	case FIELD_BOOL:
		*(bool *)at = json_is_true(value);
		return 0;
	default:
		return decode_integer(field, value, at, err);
	}
}

int container_config_write(int folder, const struct container_config *config, struct error *err)
{
	auto_json json_t *json = json_object();

	json_object_set_new(json, "id", json_string(config->id));
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		json_t *value = encode_field(&fields[i], config);

		if (value)
			json_object_set_new(json, fields[i].key, value);
	}
	container_config_encode_parts(config, json);
	/* A container that goes with its run need not outlive a power cut. */
	return json_write_file(folder, "config.json", json,
			       config->auto_remove ? FILE_VOLATILE : FILE_DURABLE, err);
}

static int decode_config(const json_t *json, struct container_config *config, struct error *err)
{
	const char *id = json_string_value(json_object_get(json, "id"));

	if (!json_is_object(json) || !id || !container_is_id(id))
		return error_set(err, ERROR_INVALID, "no valid id");
	memcpy(config->id, id, CONTAINER_ID_SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (decode_field(&fields[i], json, config, err) < 0)
			return -1;
	return container_config_decode_parts(json, config, err);
}

int container_config_read(int folder, struct container_config *ret_config, struct error *err)
{
	auto_release(container_config) struct container_config config = { 0 };
	auto_json json_t *json = json_read_file(folder, "config.json", CONTAINER_FILE_SIZE_MAX,
						err);

	if (!json)
		return -1;
	if (decode_config(json, &config, err) < 0)
		return error_context(err, "config.json");
	*ret_config = config;
	config = (struct container_config){ 0 };
	return 0;
}

void container_config_release(struct container_config *config)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		void *at = (char *)config + fields[i].offset;

		if (fields[i].type == FIELD_TEXT)
			free(*(char **)at);
		else if (fields[i].type == FIELD_LIST)
			strings_release(at);
	}
	container_config_release_parts(config);
	*config = (struct container_config){ 0 };
}
