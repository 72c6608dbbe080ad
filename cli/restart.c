/* SPDX-License-Identifier: Apache-2.0 */
/* proa restart: stop, then start. */
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/stopping.h"
#include "engine/events.h"
#include "engine/lifecycle.h"

static const struct option restart_options[] = {
	OPTION_FLAG(0, "running", struct stopping_args, running, "All containers that run"),
	OPTION_MORE(stopping_options),
};

static int restart_one(struct engine *engine, struct container *container, const void *args,
		       struct error *err)
{
	const struct stopping *stopping = args;

	if (container_stop(engine, container, stopping->signal, stopping->timeout, err) < 0 ||
	    container_start(engine, container, NULL, err) < 0)
		return -1;
	events_add_container(engine->root, container, "restart", NULL);
	return 0;
}

static bool restart_suffices(const void *args)
{
	return selection_suffices(args) || ((const struct stopping_args *)args)->running;
}

static int restart_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	struct stopping_args *args = invocation->args;
	struct stopping stopping;

	if (!engine || engine_enter_to_launch(engine, err) < 0 ||
	    stopping_parse(args, &stopping, err) < 0)
		return -1;
	args->selection.all |= args->running;
	return selection_each(engine, invocation, args->running ? container_is_running : NULL,
			      restart_one, &stopping, err);
}

const struct command command_restart = {
	.name = "restart",
	.group = "container",
	.alias = "restart",
	.operands = "CONTAINER [CONTAINER...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.options_suffice = restart_suffices,
	.summary = "Stop containers and start them again",
	.options = restart_options,
	.args_size = sizeof(struct stopping_args),
	.defaults = stopping_defaults,
	.run = restart_run,
};
