/* SPDX-License-Identifier: Apache-2.0 */
/* update: the limits go to the cgroup first, which may refuse them, then into config.json. */
#include "engine/update.h"

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/lifecycle.h"
#include "engine/runtime/cgroup.h"

static bool has_limits(const struct resource_request *resources)
{
	return resources->memory || resources->memory_swap || resources->memory_reservation ||
	       resources->nano_cpus || resources->cpu_period || resources->cpu_quota ||
	       resources->cpu_shares || resources->pids_limit || resources->cpuset_cpus ||
	       resources->cpuset_mems;
}

/* docker's rules for what was set before and what is asked for now. */
static int check(const struct resource_request *before, const struct resource_request *asked,
		 struct error *err)
{
	if (asked->nano_cpus && (before->cpu_period || before->cpu_quota))
		return error_set(err, ERROR_USAGE,
				 "Conflicting options: Nano CPUs cannot be updated as CPU Period "
				 "or CPU Quota has already been set");
	if ((asked->cpu_period || asked->cpu_quota) && before->nano_cpus)
		return error_set(err, ERROR_USAGE,
				 "Conflicting options: CPU Period and CPU Quota cannot be updated "
				 "as NanoCPUs has already been set");
	if (asked->memory && !asked->memory_swap && before->memory_swap > 0 &&
	    asked->memory > before->memory_swap)
		return error_set(err, ERROR_USAGE,
				 "Memory limit should be smaller than already set memoryswap "
				 "limit, update the memoryswap at the same time");
	return 0;
}

static void take_number(int64_t *to, int64_t from)
{
	if (from)
		*to = from;
}

static void take_text(char **to, const char *from)
{
	if (from)
		replace_string(to, from);
}

static void merge(struct resource_request *to, const struct resource_request *from)
{
	take_number(&to->memory, from->memory);
	take_number(&to->memory_swap, from->memory_swap);
	take_number(&to->memory_reservation, from->memory_reservation);
	take_number(&to->nano_cpus, from->nano_cpus);
	take_number(&to->cpu_period, from->cpu_period);
	take_number(&to->cpu_quota, from->cpu_quota);
	take_number(&to->cpu_shares, from->cpu_shares);
	take_number(&to->pids_limit, from->pids_limit);
	take_text(&to->cpuset_cpus, from->cpuset_cpus);
	take_text(&to->cpuset_mems, from->cpuset_mems);
}

static int apply(const struct container *container, const struct resource_request *asked,
		 struct error *err)
{
	const struct resource_request *before = &container->config.resources;
	auto_free char *path = NULL;
	struct cgroup_limits limits = {
		/* Swap is set from both. */
		.memory = asked->memory || !asked->memory_swap ? asked->memory : before->memory,
		.memory_swap = asked->memory_swap || !asked->memory ? asked->memory_swap
								    : before->memory_swap,
		.memory_reservation = asked->memory_reservation,
		.nano_cpus = asked->nano_cpus,
		.cpu_period = asked->cpu_period || !asked->cpu_quota ? asked->cpu_period
								     : before->cpu_period,
		.cpu_quota = asked->cpu_quota || !asked->cpu_period ? asked->cpu_quota
								    : before->cpu_quota,
		.cpu_shares = asked->cpu_shares,
		.pids_limit = asked->pids_limit,
		.cpuset_cpus = asked->cpuset_cpus,
		.cpuset_mems = asked->cpuset_mems,
	};

	if (container->state.phase == CONTAINER_RUNNING || container->state.phase == CONTAINER_PAUSED)
		path = cgroup_find(container->state.init.pid, container->config.id);
	else if (cgroup_available())
		return 0; /* it is to be made at the next start */
	if (!path)
		return error_set(err, ERROR_UNSUPPORTED,
				 "limits need cgroup v2, which is not to be had here");
	return cgroup_update(path, &limits, err);
}

int container_update(struct engine *engine, struct container *container,
		     const struct update_request *request, struct error *err)
{
	struct container_config *config = &container->config;
	auto_fd int lock = container_lock(container, err);

	if (lock < 0 || check(&config->resources, &request->resources, err) < 0)
		return -1;
	if (request->restart_given && config->auto_remove && request->restart.kind != RESTART_NO)
		return error_set(err, ERROR_USAGE,
				 "Restart policy cannot be updated because AutoRemove is enabled "
				 "for the container");
	if (has_limits(&request->resources) && apply(container, &request->resources, err) < 0)
		return -1;
	merge(&config->resources, &request->resources);
	if (request->restart_given)
		config->restart = request->restart;
	if (container_config_write(container->folder, config, err) < 0)
		return -1;
	events_add_container(engine->root, container, "update", NULL);
	return 0;
}
