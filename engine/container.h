/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers on disk.
 *
 *	containers/<id>/	config.json	what the user asked for; replaced by rename and
 *						update only
 *				state.json	what became of it; replaced by rename
 *				upper/ work/	the overlay's own
 *				rootfs/		empty; the root is attached here in the container's
 *						mount namespace only
 *				<id>-json.log	its output (engine/logs.h)
 *				health.json	results of its health checks (engine/health.h)
 *				hosts hostname resolv.conf
 *				.lock		held while its state is being changed by a command
 *	containers/names/<name>	a file holding the id; link(2) makes names unique
 *	<runroot>/<id>/		attach.sock, while it runs
 *
 * "Running" is derived: the recorded init process (pid, start time, boot) lives
 * now. Reading takes no lock; containers that are half made or half removed have other folder
 * names (container.c), do not show, and are swept by the next creator.
 */
#ifndef ENGINE_CONTAINER_H
#define ENGINE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/process.h"
#include "base/strings.h"
#include "engine/network/network.h"
#include "engine/runtime/spec.h"
#include "image/config.h"
#include "image/digest.h"

struct engine;
struct error;

#define CONTAINER_ID_SIZE 65
#define CONTAINER_NAME_MAX 128

enum mount_request_type { MOUNT_REQUEST_BIND, MOUNT_REQUEST_VOLUME, MOUNT_REQUEST_TMPFS };
struct mount_request {
	enum mount_request_type type;
	char *source;		/* host path, or volume name; "" for an anonymous volume */
	char *target;
	bool read_only;
	bool create_source;	/* -v: a missing host directory is made */
	bool non_recursive;
	bool no_copy;
	char *propagation;	/* "rprivate" ... or NULL */
	struct strings options;	/* tmpfs: "size=64m"; bind: noexec, nosuid, nodev, exec, ... */
	char *subpath;		/* the part of a volume that is mounted, or NULL */
	bool must_exist;	/* the volume is not made */
	struct strings volume_labels, volume_options;	/* of a volume that is made */
};

struct restart_policy {
	enum { RESTART_NO, RESTART_ALWAYS, RESTART_UNLESS_STOPPED, RESTART_ON_FAILURE } kind;
	unsigned int max_retries;	/* RESTART_ON_FAILURE; 0 unlimited */
};

const char *restart_policy_name(const struct restart_policy *policy);	/* "no", "always" ... */

enum health_action { HEALTH_GO_ON, HEALTH_KILL, HEALTH_RESTART, HEALTH_STOP };

struct ulimit_request {
	char name[16];
	int64_t soft, hard;	/* -1 unlimited */
};

struct resource_request {	/* 0: not asked for */
	int64_t memory, memory_swap, memory_reservation;	/* bytes; swap -1 unlimited */
	int64_t nano_cpus, cpu_period, cpu_quota, cpu_shares;
	int64_t pids_limit;
	char *cpuset_cpus, *cpuset_mems;
};

/* What was asked for: the command line, completed by the image's config where it is silent. */
struct container_config {
	char id[CONTAINER_ID_SIZE];
	char *name;
	int64_t created_ns;
	char *image;			/* as typed, or the short ID */
	struct digest image_id;
	struct digest image_manifest;
	struct digest *layers;		/* diff IDs, bottom first: what the root is made of */
	size_t layer_count;
	struct strings entrypoint, cmd;	/* effective; args = entrypoint + cmd */
	struct strings env, labels, annotations;	/* KEY=VALUE */
	char *user, *working_dir, *hostname, *domainname;
	char *stop_signal;		/* "" is TERM */
	int stop_timeout;		/* seconds; -1 without end */
	bool tty, open_stdin, attach_stdin, attach_stdout, attach_stderr;
	bool auto_remove, read_only, privileged, init, no_new_privileges;
	struct strings cap_add, cap_drop, security_opt, group_add;
	char *seccomp;			/* NULL default, "unconfined", or a file's path */
	struct mount_request *mounts;
	size_t mount_count;
	struct strings devices;		/* HOST[:CONTAINER][:PERM] */
	struct ulimit_request *ulimits;
	size_t ulimit_count;
	struct strings sysctls;
	char *network;			/* --network's text; NULL default */
	struct strings network_aliases;
	struct port_mappings ports;
	struct strings exposed_ports;	/* "80/tcp" */
	bool publish_all;
	struct strings dns, dns_search, dns_options, extra_hosts;
	char *pid_mode, *ipc_mode, *uts_mode, *cgroupns_mode, *userns_mode;	/* NULL default */
	struct resource_request resources;
	uint64_t shm_size;		/* 0: 64 MiB */
	bool oom_score_adj_set;
	int oom_score_adj;
	struct restart_policy restart;
	unsigned int timeout;		/* seconds after which it is killed; 0 none */
	struct healthcheck healthcheck;
	struct healthcheck startup_check;	/* runs first, until it has succeeded; no test: none */
	unsigned int startup_successes;		/* so many times; 0: once */
	enum health_action health_action;	/* when it becomes unhealthy */
	unsigned int health_log_count;	/* results kept; 0: 5 */
	unsigned int health_log_size;	/* bytes kept of each one's output; 0: 4096 */
	char *health_log_path;		/* a folder of the host's for the results; NULL: our own */
	char *log_driver;		/* see engine/logs.h; NULL: "json-file" */
	uint64_t log_max_size;		/* bytes; 0: the driver's default */
	unsigned int log_max_file;	/* 0: the driver's default */
	struct strings log_options;	/* KEY=VALUE of --log-opt other than those two */
	char *sdnotify;			/* "container" (NULL), "conmon", "healthy", "ignore" */
	char *pid_file, *supervisor_pid_file;	/* written at each start, or NULL */
	char *detach_keys;
	char *platform;			/* "linux" */
};

enum container_phase {
	CONTAINER_CREATED, CONTAINER_RUNNING, CONTAINER_PAUSED, CONTAINER_RESTARTING,
	CONTAINER_EXITED, CONTAINER_DEAD,
};

enum health_status { HEALTH_NONE, HEALTH_STARTING, HEALTH_HEALTHY, HEALTH_UNHEALTHY };

/* What became of it. Written by the supervisor and by commands that hold the lock. */
struct container_state {
	enum container_phase phase;	/* as derived when read */
	struct process_identity init;	/* the container's first process */
	struct process_identity supervisor;
	int64_t started_ns, finished_ns;	/* 0: never */
	int exit_code;
	bool oom_killed;
	bool stop_requested;		/* by the user's verb: no restart */
	unsigned int restart_count;
	enum health_status health;	/* as of its last check; NONE: it is not checked */
	char *error;			/* why the last start failed, or NULL */
	struct network_endpoint network;
};

struct container {
	struct container_config config;
	struct container_state state;
	int folder;		/* containers/<id> */
	uint64_t config_stamp;	/* tells whether config.json is the one that was read */
};

void container_free(struct container *container);	/* NULL is fine */

/* Names as users type them. [a-zA-Z0-9][a-zA-Z0-9_.-]*; ERROR_USAGE. */
int container_check_name(const char *name, struct error *err);

/* Makes containers/<id>/ complete (*config is moved into the result and left empty): id and, if
 * config->name is NULL, a name are chosen, the name is taken (ERROR_EXISTS in docker's words:
 * 'Conflict. The container name "/x" is already in use by container "<id>"...'), upper, work and
 * rootfs made, config and state written. All or nothing. */
struct container *container_create(struct engine *engine, struct container_config *config,
				   struct error *err);
/* By full ID, name, or unique ID prefix. ERROR_NOT_FOUND: "No such container: x"; ERROR_INVALID
 * when a prefix is ambiguous. */
struct container *container_find(struct engine *engine, const char *name, struct error *err);
struct container *container_open(struct engine *engine, const char *id, struct error *err);
/* All, newest first. Damaged ones are passed over with a warning. */
int container_list(struct engine *engine, struct container ***ret_containers, size_t *ret_count,
		   struct error *err);
void container_free_list(struct container **containers, size_t count);

/* Reads state.json again and derives the phase: a recorded process that no longer lives has
 * exited (137 if nobody recorded how; finished when the file was last written). */
int container_refresh(struct container *container, struct error *err);
int container_write_state(struct container *container, struct error *err);
/* Takes containers/<id>/.lock, then refreshes, and takes over what rename and update have changed
 * in config.json: name, restart policy, limits. The descriptor. */
int container_lock(struct container *container, struct error *err);
/* Renames the folder away and removes it, the name, its run directory. Not running, or an error.
 * The process must be able to (engine_enter()). */
int container_remove(struct engine *engine, struct container *container, struct error *err);
/* Diff IDs (hex) that containers stand on: for store_remove(). And the containers of an image. */
int container_layers_in_use(struct engine *engine, struct strings *ret_hex, struct error *err);
/* While this lock (the descriptor) is held nobody makes a container: it is for who removes layers,
 * from before he asks which are in use until they are out of the store. Making a container holds it
 * shared, from before its layers are looked up until its record is there. */
int container_lock_all(struct engine *engine, struct error *err);

/* config.json and state.json. */
int container_config_write(int folder, const struct container_config *config, struct error *err);
int container_config_read(int folder, struct container_config *ret_config, struct error *err);
void container_config_release(struct container_config *config);
int container_state_write(int folder, const struct container_state *state, struct error *err);
int container_state_read(int folder, struct container_state *ret_state, struct error *err);
void container_state_release(struct container_state *state);

/* "adjective_surname". New string. */
char *container_generate_name(void);

#endif
