/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options that run and create share, and what they mean as a container's
 * config. Each container_*_apply() carries over one subject; all values are checked
 * before an image is looked for.
 */
#ifndef CLI_CONTAINER_OPTIONS_H
#define CLI_CONTAINER_OPTIONS_H

#include <limits.h>
#include <stdbool.h>

#include "base/strings.h"
#include "cli/command.h"

struct container_config;
struct engine;
struct error;
struct restart_policy;

#define INTEGER_UNSET LLONG_MIN

struct container_args {
	/* the container itself */
	const char *name, *cid_file, *hostname, *domain_name, *user, *working_dir, *entrypoint;
	const char *stop_signal, *restart, *log_driver, *detach_keys;
	struct strings attach, annotations, log_options;
	bool interactive, tty, detach, remove, replace, init;	/* detach: of run */
	long long stop_timeout;
	/* the image */
	const char *pull, *platform, *creds, *auth_file, *cert_dir;
	bool quiet, tls_verify;
	/* environment and labels */
	struct strings env, env_files, unset_env, labels, label_files;
	bool env_host;
	/* mounts and devices */
	struct strings volumes, mounts, tmpfs, volumes_from, devices;
	const char *volume_driver;
	bool read_only;
	/* network */
	struct strings networks, network_aliases, publish, expose, dns, dns_search, dns_options,
		hosts;
	bool publish_all;
	/* confinement */
	struct strings cap_add, cap_drop, security_options, group_add, sysctls;
	const char *pid, *ipc, *uts, *userns, *cgroupns;
	bool privileged;
	/* limits */
	unsigned long long memory, memory_reservation, shm_size;
	const char *memory_swap, *cpus, *cpuset_cpus, *cpuset_mems;
	long long cpu_period, cpu_quota, cpu_shares, pids_limit, oom_score_adj;
	struct strings ulimits;
	/* health check */
	const char *health_cmd, *health_interval, *health_timeout, *health_start_period;
	const char *health_start_interval, *health_on_failure, *health_log_destination;
	long long health_retries, health_log_count, health_log_size;
	const char *startup_cmd, *startup_interval, *startup_timeout;
	long long startup_retries, startup_successes;
	bool no_healthcheck;
	/* beside the program */
	const char *sdnotify, *pid_file, *supervisor_pid_file;
	long long timeout;
};

extern const struct option container_options[];
void container_options_defaults(void *args);

/* Fills *config (zeroed) from the options and the operands after the image. `engine` is asked for
 * the containers that options name. ERROR_USAGE in docker's words. */
int container_options_apply(const struct container_args *args, char *const *command,
			    struct engine *engine, struct container_config *config,
			    struct error *err);

/* The parts of it. */
int container_environment_apply(const struct container_args *args, struct container_config *config,
				struct error *err);
int container_health_apply(const struct container_args *args, struct container_config *config,
			   struct error *err);
int container_limits_apply(const struct container_args *args, struct container_config *config,
			   struct error *err);
int container_mounts_apply(const struct container_args *args, struct engine *engine,
			   struct container_config *config, struct error *err);
int container_network_apply(const struct container_args *args, struct engine *engine,
			    struct container_config *config, struct error *err);
int container_security_apply(const struct container_args *args, struct engine *engine,
			     struct container_config *config, struct error *err);

/* -e and --env-file, also of exec: appends KEY=VALUE; a KEY that the caller has not is appended
 * bare if it came by -e, for it takes the image's away. */
int environment_collect(const struct strings *files, const struct strings *given,
			struct strings *ret_env, struct error *err);

/* "on-failure:3" and the like; also of update. */
int restart_policy_parse(const char *text, struct restart_policy *ret_policy, struct error *err);

/* "container:NAME" -> "container:ID" of a container that exists; new string. Other texts are
 * copied. */
char *resolve_container_mode(struct engine *engine, const char *mode, struct error *err);

#endif
