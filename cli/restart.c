/* SPDX-License-Identifier: Apache-2.0 */
/* proa restart: stop, then start. */
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/stopping.h"
#include "engine/lifecycle.h"

static int restart_one(struct engine *engine, struct container *container, const void *args,
		       struct error *err)
{
	const struct stopping *stopping = args;

	if (container_stop(engine, container, stopping->signal, stopping->timeout, err) < 0)
		return -1;
	return container_start(engine, container, NULL, err);
}

static int restart_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	struct stopping stopping;

	if (!engine || engine_enter_to_launch(engine, err) < 0 ||
	    stopping_parse(invocation->args, &stopping, err) < 0)
		return -1;
	return session_each_container(engine, invocation->operands, restart_one, &stopping);
}

const struct command command_restart = {
	.name = "restart",
	.group = "container",
	.alias = "restart",
	.operands = "CONTAINER [CONTAINER...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.summary = "Stop containers and start them again",
	.options = stopping_options,
	.args_size = sizeof(struct stopping_args),
	.defaults = stopping_defaults,
	.run = restart_run,
};
