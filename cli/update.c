/* SPDX-License-Identifier: Apache-2.0 */
/* proa update: change limits and restart policy of containers. */
#include "engine/update.h"

#include <stdlib.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/container-options.h"
#include "cli/selection.h"

struct update_args {
	struct selection selection;
	struct container_args given;	/* the limits and the restart policy of them */
};

static const struct option update_options[] = {
	OPTION_UNSUPPORTED(0, "blkio-weight", "N"),
	OPTION_INTEGER(0, "cpu-period", "MICROSECONDS", struct update_args, given.cpu_period,
		       "CPU period, in microseconds"),
	OPTION_INTEGER(0, "cpu-quota", "MICROSECONDS", struct update_args, given.cpu_quota,
		       "CPU time in a period, in microseconds"),
	OPTION_UNSUPPORTED(0, "cpu-rt-period", "N"),
	OPTION_UNSUPPORTED(0, "cpu-rt-runtime", "N"),
	OPTION_INTEGER('c', "cpu-shares", "N", struct update_args, given.cpu_shares, "CPU weight"),
	OPTION_STRING(0, "cpus", "N", struct update_args, given.cpus,
		      "Number of CPUs, such as 1.5"),
	OPTION_STRING(0, "cpuset-cpus", "LIST", struct update_args, given.cpuset_cpus,
		      "CPUs to run on: 0-3,5"),
	OPTION_STRING(0, "cpuset-mems", "LIST", struct update_args, given.cpuset_mems,
		      "Memory nodes to use"),
	OPTION_IGNORED(0, "kernel-memory", "SIZE"),
	OPTION_SELECT_LATEST('l', update_args),
	OPTION_SIZE('m', "memory", "SIZE", struct update_args, given.memory, "Memory limit"),
	OPTION_SIZE(0, "memory-reservation", "SIZE", struct update_args, given.memory_reservation,
		    "Soft memory limit"),
	OPTION_STRING(0, "memory-swap", "SIZE", struct update_args, given.memory_swap,
		      "Limit of memory and swap together, -1 none"),
	OPTION_INTEGER(0, "pids-limit", "N", struct update_args, given.pids_limit,
		       "Number of processes, -1 any"),
	OPTION_STRING(0, "restart", "POLICY", struct update_args, given.restart,
		      "no, always, unless-stopped, or on-failure[:N]"),
	OPTION_END,
};

static void update_defaults(void *args)
{
	((struct update_args *)args)->given.oom_score_adj = INTEGER_UNSET;
}

static bool is_empty_request(const struct container_args *given)
{
	return !given->cpu_period && !given->cpu_quota && !given->cpu_shares && !given->cpus &&
	       !given->cpuset_cpus && !given->cpuset_mems && !given->memory &&
	       !given->memory_reservation && !given->memory_swap && !given->pids_limit &&
	       !given->restart;
}

static int update_one(struct engine *engine, struct container *container, const void *args,
		      struct error *err)
{
	struct container_args given = ((const struct update_args *)args)->given;
	auto_release(container_config) struct container_config limits = { 0 };
	struct update_request request = { .restart_given = given.restart != NULL };
	bool memory_given = given.memory != 0;

	if (given.memory_swap && !given.memory) /* it is held against the limit there is */
		given.memory = (unsigned long long)container->config.resources.memory;
	if (given.restart && restart_policy_parse(given.restart, &request.restart, err) < 0)
		return -1;
	if (container_limits_apply(&given, &limits, err) < 0)
		return -1;
	request.resources = limits.resources;
	request.resources.pids_limit = given.pids_limit;
	if (!memory_given)
		request.resources.memory = 0;
	return container_update(engine, container, &request, err);
}

/* What is wrong in any case is told at once, and nothing is changed. */
static int check(struct container_args given, struct error *err)
{
	auto_release(container_config) struct container_config limits = { 0 };
	struct restart_policy restart;

	if (given.restart && restart_policy_parse(given.restart, &restart, err) < 0)
		return -1;
	if (!given.memory) /* how it goes with the limit there is shows later */
		given.memory_swap = NULL;
	return container_limits_apply(&given, &limits, err);
}

static int update_run(const struct invocation *invocation, struct error *err)
{
	const struct update_args *args = invocation->args;
	auto_of(engine) struct engine *engine = NULL;

	if (is_empty_request(&args->given))
		return error_set(err, ERROR_OTHER,
				 "you must provide one or more flags when using this command");
	if (check(args->given, err) < 0)
		return -1;
	engine = session_open(invocation, err);
	if (!engine || engine_enter(engine, err) < 0)
		return -1;
	return selection_each(engine, invocation, NULL, update_one, args, err);
}

const struct command command_update = {
	.name = "update",
	.group = "container",
	.alias = "update",
	.operands = "CONTAINER [CONTAINER...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.options_suffice = selection_suffices,
	.summary = "Change limits and restart policy of containers",
	.examples = "  proa update --restart unless-stopped web\n"
		    "  proa update --memory 512m --cpus 1.5 web\n",
	.options = update_options,
	.args_size = sizeof(struct update_args),
	.defaults = update_defaults,
	.run = update_run,
};
