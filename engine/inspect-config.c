/* SPDX-License-Identifier: Apache-2.0 */
/* HostConfig, Config and NetworkSettings of docker's container document. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/json.h"
#include "engine/inspect-parts.h"
#include "engine/spec-internal.h"

#define SHM_SIZE_DEFAULT ((json_int_t)64 << 20)

static void set_integer(json_t *json, const char *key, int64_t value)
{
	json_object_set_new(json, key, json_integer(value));
}

/* -v's form of the binds and named volumes. */
static json_t *inspect_binds(const struct container_config *config)
{
	struct strings binds = { 0 };
	json_t *json;

	for (size_t i = 0; i < config->mount_count; i++) {
		const struct mount_request *mount = &config->mounts[i];

		if (mount->type != MOUNT_REQUEST_TMPFS)
			strings_addf(&binds, "%s:%s%s", mount->source, mount->target,
				     mount->read_only ? ":ro" : "");
	}
	json = inspect_list_or_null(&binds);
	strings_release(&binds);
	return json;
}

static void add_tmpfs(json_t *json, const struct container_config *config)
{
	json_t *all = json_object();

	for (size_t i = 0; i < config->mount_count; i++) {
		auto_free char *options = strings_join(&config->mounts[i].options, ",");

		if (config->mounts[i].type == MOUNT_REQUEST_TMPFS)
			json_object_set_new(all, config->mounts[i].target, inspect_text(options));
	}
	if (json_object_size(all) > 0)
		json_object_set(json, "Tmpfs", all);
	json_decref(all);
}

/* {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]} */
static json_t *inspect_ports(const struct port_mappings *ports)
{
	json_t *all = json_object();

	for (size_t i = 0; i < ports->count; i++) {
		const struct port_mapping *port = &ports->items[i];
		char key[32], host[16] = "";
		json_t *list;

		snprintf(key, sizeof(key), "%u/%s", port->container_port,
			 port_protocol_name(port->protocol));
		if (port->host_port)
			snprintf(host, sizeof(host), "%u", port->host_port);
		list = json_object_get(all, key);
		if (!list) {
			list = json_array();
			json_object_set_new(all, key, list);
		}
		json_array_append_new(list, json_pack("{s:s, s:s}", "HostIp", port->host_address,
						      "HostPort", host));
	}
	return all;
}

static json_t *inspect_log_config(const struct container_config *config)
{
	json_t *options = json_from_map(&config->log_options);
	char number[32];

	if (config->log_max_size) {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)config->log_max_size);
		json_object_set_new(options, "max-size", json_string(number));
	}
	if (config->log_max_file) {
		snprintf(number, sizeof(number), "%u", config->log_max_file);
		json_object_set_new(options, "max-file", json_string(number));
	}
	return json_pack("{s:s, s:o}",
			 "Type", config->log_driver ? config->log_driver : "json-file",
			 "Config", options);
}

static json_t *inspect_ulimits(const struct container_config *config)
{
	json_t *list = json_array();

	for (size_t i = 0; i < config->ulimit_count; i++)
		json_array_append_new(list, json_pack("{s:s, s:I, s:I}",
						      "Name", config->ulimits[i].name, "Hard",
						      (json_int_t)config->ulimits[i].hard, "Soft",
						      (json_int_t)config->ulimits[i].soft));
	return list;
}

/* HOST[:CONTAINER][:PERM] as docker takes it apart. */
static json_t *inspect_devices(const struct strings *devices)
{
	json_t *list = json_array();

	for (size_t i = 0; i < devices->count; i++) {
		auto_release(strings) struct strings parts = { 0 };
		const char *inside, *permissions = "rwm";

		strings_split(&parts, devices->items[i], ':');
		inside = parts.items[0];
		if (parts.count > 1 && parts.items[1][0] == '/')
			inside = parts.items[1];
		if (parts.count > 1 && parts.items[parts.count - 1][0] != '/')
			permissions = parts.items[parts.count - 1];
		json_array_append_new(list,
				      json_pack("{s:o, s:o, s:o}", "PathOnHost",
						inspect_text(parts.items[0]), "PathInContainer",
						inspect_text(inside), "CgroupPermissions",
						inspect_text(permissions)));
	}
	return list;
}

static void add_resources(json_t *json, const struct container_config *config)
{
	const struct resource_request *asked = &config->resources;

	set_integer(json, "CpuShares", asked->cpu_shares);
	set_integer(json, "Memory", asked->memory);
	set_integer(json, "NanoCpus", asked->nano_cpus);
	json_object_set_new(json, "CgroupParent", json_string(""));
	set_integer(json, "CpuPeriod", asked->cpu_period);
	set_integer(json, "CpuQuota", asked->cpu_quota);
	json_object_set_new(json, "CpusetCpus", inspect_text(asked->cpuset_cpus));
	json_object_set_new(json, "CpusetMems", inspect_text(asked->cpuset_mems));
	json_object_set_new(json, "Devices", inspect_devices(&config->devices));
	set_integer(json, "MemoryReservation", asked->memory_reservation);
	set_integer(json, "MemorySwap", asked->memory_swap);
	json_object_set_new(json, "OomKillDisable", json_false());
	json_object_set_new(json, "PidsLimit",
			    asked->pids_limit ? json_integer(asked->pids_limit) : json_null());
	json_object_set_new(json, "Ulimits", inspect_ulimits(config));
}

static void add_namespaces(json_t *json, const struct container_config *config)
{
	const char *network = config->network;

	json_object_set_new(json, "NetworkMode",
			    inspect_text(!network || !*network || strcmp(network, "default") == 0
						 ? "bridge"
						 : network));
	json_object_set_new(json, "IpcMode",
			    inspect_text(config->ipc_mode ? config->ipc_mode : "private"));
	json_object_set_new(json, "PidMode", inspect_text(config->pid_mode));
	json_object_set_new(json, "UTSMode", inspect_text(config->uts_mode));
	json_object_set_new(json, "UsernsMode", inspect_text(config->userns_mode));
	json_object_set_new(json, "CgroupnsMode",
			    inspect_text(config->cgroupns_mode ? config->cgroupns_mode
							       : "private"));
}

static void add_security(json_t *json, const struct container_config *config)
{
	auto_release(runtime_spec) struct runtime_spec spec;

	runtime_spec_init(&spec);
	spec_masks(config, &spec);
	json_object_set_new(json, "CapAdd", inspect_list_or_null(&config->cap_add));
	json_object_set_new(json, "CapDrop", inspect_list_or_null(&config->cap_drop));
	json_object_set_new(json, "GroupAdd", inspect_list_or_null(&config->group_add));
	json_object_set_new(json, "Privileged", json_boolean(config->privileged));
	json_object_set_new(json, "ReadonlyRootfs", json_boolean(config->read_only));
	json_object_set_new(json, "SecurityOpt", inspect_list_or_null(&config->security_opt));
	json_object_set_new(json, "MaskedPaths", json_from_strings(&spec.masked_paths));
	json_object_set_new(json, "ReadonlyPaths", json_from_strings(&spec.read_only_paths));
}

/* What cannot be asked for here, as docker shows it where it was not. */
static void add_unused(json_t *json)
{
	static const char *const lists[] = {
		"BlkioDeviceReadBps", "BlkioDeviceReadIOps", "BlkioDeviceWriteBps",
		"BlkioDeviceWriteIOps", "BlkioWeightDevice",
	};
	static const char *const numbers[] = {
		"BlkioWeight", "CpuCount", "CpuPercent", "CpuRealtimePeriod",
		"CpuRealtimeRuntime", "IOMaximumBandwidth", "IOMaximumIOps",
	};
	static const char *const nulls[] = {
		"DeviceCgroupRules", "DeviceRequests", "MemorySwappiness",
	};

	json_object_set_new(json, "Cgroup", json_string(""));
	json_object_set_new(json, "ConsoleSize", json_pack("[i, i]", 0, 0));
	json_object_set_new(json, "Isolation", json_string(""));
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (!json_object_get(json, lists[i]))
			json_object_set_new(json, lists[i], json_array());
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (!json_object_get(json, numbers[i]))
			set_integer(json, numbers[i], 0);
	for (size_t i = 0; i < ARRAY_SIZE(nulls); i++)
		if (!json_object_get(json, nulls[i]))
			json_object_set_new(json, nulls[i], json_null());
}

json_t *inspect_host_config(const struct container_config *config)
{
	json_t *json = json_object();

	json_object_set_new(json, "Binds", inspect_binds(config));
	json_object_set_new(json, "ContainerIDFile", json_string(""));
	json_object_set_new(json, "LogConfig", inspect_log_config(config));
	add_namespaces(json, config);
	json_object_set_new(json, "PortBindings", inspect_ports(&config->ports));
	json_object_set_new(json, "RestartPolicy",
			    json_pack("{s:s, s:i}", "Name", restart_policy_name(&config->restart),
				      "MaximumRetryCount", (int)config->restart.max_retries));
	json_object_set_new(json, "AutoRemove", json_boolean(config->auto_remove));
	json_object_set_new(json, "VolumeDriver", json_string(""));
	json_object_set_new(json, "VolumesFrom", json_null());
	add_security(json, config);
	json_object_set_new(json, "Dns", json_from_strings(&config->dns));
	json_object_set_new(json, "DnsOptions", json_from_strings(&config->dns_options));
	json_object_set_new(json, "DnsSearch", json_from_strings(&config->dns_search));
	json_object_set_new(json, "ExtraHosts", inspect_list_or_null(&config->extra_hosts));
	json_object_set_new(json, "Links", json_null());
	set_integer(json, "OomScoreAdj", config->oom_score_adj);
	json_object_set_new(json, "PublishAllPorts", json_boolean(config->publish_all));
	json_object_set_new(json, "StorageOpt", json_null());
	json_object_set_new(json, "Sysctls", json_from_map(&config->sysctls));
	set_integer(json, "ShmSize", config->shm_size ? (json_int_t)config->shm_size
						       : SHM_SIZE_DEFAULT);
	json_object_set_new(json, "Runtime", json_string("proa"));
	json_object_set_new(json, "Init", config->init ? json_true() : json_null());
	json_object_set_new(json, "Annotations", json_from_map(&config->annotations));
	add_tmpfs(json, config);
	add_resources(json, config);
	add_unused(json);
	return json;
}

json_t *inspect_healthcheck(const struct healthcheck *check)
{
	json_t *json = json_object();

	json_object_set_new(json, "Test", json_from_strings(&check->test));
	if (check->interval_ns)
		set_integer(json, "Interval", check->interval_ns);
	if (check->timeout_ns)
		set_integer(json, "Timeout", check->timeout_ns);
	if (check->start_period_ns)
		set_integer(json, "StartPeriod", check->start_period_ns);
	if (check->start_interval_ns)
		set_integer(json, "StartInterval", check->start_interval_ns);
	if (check->retries)
		set_integer(json, "Retries", check->retries);
	return json;
}

static json_t *inspect_volumes(const struct container_config *config)
{
	json_t *set = json_object();

	for (size_t i = 0; i < config->mount_count; i++)
		if (config->mounts[i].type == MOUNT_REQUEST_VOLUME)
			json_object_set_new(set, config->mounts[i].target, json_object());
	if (json_object_size(set) > 0)
		return set;
	json_decref(set);
	return json_null();
}

json_t *inspect_config(const struct container_config *config)
{
	json_t *json = json_object();
	auto_free char *short_id = xstrndup(config->id, 12);

	json_object_set_new(json, "Hostname",
			    inspect_text(config->hostname && *config->hostname ? config->hostname
									      : short_id));
	json_object_set_new(json, "Domainname", inspect_text(config->domainname));
	json_object_set_new(json, "User", inspect_text(config->user));
	json_object_set_new(json, "AttachStdin", json_boolean(config->attach_stdin));
	json_object_set_new(json, "AttachStdout", json_boolean(config->attach_stdout));
	json_object_set_new(json, "AttachStderr", json_boolean(config->attach_stderr));
	if (config->exposed_ports.count > 0)
		json_object_set_new(json, "ExposedPorts", inspect_set(&config->exposed_ports));
	json_object_set_new(json, "Tty", json_boolean(config->tty));
	json_object_set_new(json, "OpenStdin", json_boolean(config->open_stdin));
	json_object_set_new(json, "StdinOnce",
			    json_boolean(config->open_stdin && config->attach_stdin));
	json_object_set_new(json, "Env", json_from_strings(&config->env));
	json_object_set_new(json, "Cmd", inspect_list_or_null(&config->cmd));
	if (config->healthcheck.test.count > 0)
		json_object_set_new(json, "Healthcheck",
				    inspect_healthcheck(&config->healthcheck));
	json_object_set_new(json, "Image", inspect_text(config->image));
	json_object_set_new(json, "Volumes", inspect_volumes(config));
	json_object_set_new(json, "WorkingDir", inspect_text(config->working_dir));
	json_object_set_new(json, "Entrypoint", inspect_list_or_null(&config->entrypoint));
	json_object_set_new(json, "OnBuild", json_null());
	json_object_set_new(json, "Labels", json_from_map(&config->labels));
	if (config->stop_signal && *config->stop_signal)
		json_object_set_new(json, "StopSignal", inspect_text(config->stop_signal));
	set_integer(json, "StopTimeout", config->stop_timeout);
	return json;
}

static json_t *inspect_endpoint(const struct container_config *config,
				const struct network_endpoint *endpoint)
{
	return json_pack("{s:n, s:n, s:s, s:n, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:i, s:n, s:o}",
			 "IPAMConfig", "Links", "MacAddress", endpoint->mac, "DriverOpts",
			 "NetworkID", "", "EndpointID", "", "Gateway", endpoint->gateway,
			 "IPAddress", endpoint->address, "IPPrefixLen", (int)endpoint->prefix,
			 "IPv6Gateway", "", "GlobalIPv6Address", "", "GlobalIPv6PrefixLen", 0,
			 "DNSNames", "Aliases", inspect_list_or_null(&config->network_aliases));
}

/* The name of the network in the list: that of docker's default for the default. */
static const char *network_name(const struct container_config *config)
{
	if (!config->network || !*config->network || strcmp(config->network, "default") == 0)
		return "bridge";
	return config->network;
}

/* Of docker's first network settings, those that templates still look at. */
static void add_old_settings(json_t *json)
{
	json_object_set_new(json, "EndpointID", json_string(""));
	json_object_set_new(json, "GlobalIPv6Address", json_string(""));
	json_object_set_new(json, "GlobalIPv6PrefixLen", json_integer(0));
	json_object_set_new(json, "HairpinMode", json_false());
	json_object_set_new(json, "IPv6Gateway", json_string(""));
	json_object_set_new(json, "LinkLocalIPv6Address", json_string(""));
	json_object_set_new(json, "LinkLocalIPv6PrefixLen", json_integer(0));
	json_object_set_new(json, "SecondaryIPAddresses", json_null());
	json_object_set_new(json, "SecondaryIPv6Addresses", json_null());
}

json_t *inspect_network(const struct container_config *config,
			const struct container_state *state)
{
	const struct network_endpoint *endpoint = &state->network;
	bool running = state->phase == CONTAINER_RUNNING || state->phase == CONTAINER_PAUSED;
	static const struct network_endpoint none;
	json_t *json = json_object();
	json_t *networks = json_object();
	json_t *ports;

	if (!running)
		endpoint = &none;
	ports = inspect_ports(&endpoint->ports);
	for (size_t i = 0; running && i < config->exposed_ports.count; i++)
		if (!json_object_get(ports, config->exposed_ports.items[i]))
			json_object_set_new(ports, config->exposed_ports.items[i], json_null());
	json_object_set_new(json, "Bridge", json_string(""));
	json_object_set_new(json, "SandboxID", json_string(running ? config->id : ""));
	json_object_set_new(json, "SandboxKey", json_string(""));
	json_object_set_new(json, "Ports", ports);
	json_object_set_new(json, "Gateway", json_string(endpoint->gateway));
	json_object_set_new(json, "IPAddress", json_string(endpoint->address));
	set_integer(json, "IPPrefixLen", endpoint->prefix);
	json_object_set_new(json, "MacAddress", json_string(endpoint->mac));
	if (!has_prefix(network_name(config), "container:") &&
	    !has_prefix(network_name(config), "ns:"))
		json_object_set_new(networks, network_name(config),
				    inspect_endpoint(config, endpoint));
	json_object_set_new(json, "Networks", networks);
	add_old_settings(json);
	return json;
}
