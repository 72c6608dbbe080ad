/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups, version 2 only: one directory a container below a directory
 * of ours, made by whoever starts it and swept by whoever comes later.
 *
 * Containers run without a group where the host has none that we may use. A
 * limit that was asked for and cannot be set is an error (R12).
 */
#ifndef ENGINE_RUNTIME_CGROUP_H
#define ENGINE_RUNTIME_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

struct cgroup_limits {		/* 0 or NULL: not asked for */
	int64_t memory;		/* bytes */
	int64_t memory_swap;	/* memory and swap together; -1 unlimited; 0 twice the memory */
	int64_t memory_reservation;
	int64_t nano_cpus;	/* 1000000000 is one cpu */
	int64_t cpu_period, cpu_quota;	/* microseconds */
	int64_t cpu_shares;	/* 2..262144 */
	int64_t pids_limit;	/* -1 unlimited */
	const char *cpuset_cpus, *cpuset_mems;
};

/* Whether containers of this user can have a group here. */
bool cgroup_available(void);
/* Makes the group of container `id` and sets the limits. *ret_path is new, relative to the cgroup2
 * mount (runtime_spec.cgroup_path); NULL where there is no usable cgroup and no limit was asked
 * for. ERROR_UNSUPPORTED names the limit or controller that is not to be had. */
int cgroup_create(const char *id, const struct cgroup_limits *limits, char **ret_path,
		  struct error *err);
/* Sets limits of a live group anew; those that are 0 stay. */
int cgroup_update(const char *path, const struct cgroup_limits *limits, struct error *err);
/* The path of the group that was made for container `id`, in which its process `pid` is, as a new
 * string; NULL where it has none. */
char *cgroup_find(pid_t pid, const char *id);
/* Opens the group's directory (relative to the cgroup2 mount). */
int cgroup_open(const char *path, struct error *err);
/* Kills what is left in it and removes it; a missing one is fine. */
int cgroup_remove(const char *path, struct error *err);
/* Removes the groups of ours whose container `lives` says no for. */
void cgroup_sweep(bool (*lives)(const char *id, void *argument), void *argument);

#endif
