/* SPDX-License-Identifier: Apache-2.0 */
/* proa pause, and the options that unpause has of it. */
#include "engine/pause.h"

#include "base/error.h"
#include "cli/commands.h"
#include "cli/pausing.h"

const struct option pausing_options[] = {
	OPTION_SELECT_ALL('a', pausing_args),
	OPTION_SELECT_CIDFILE(pausing_args),
	OPTION_SELECT_FILTER('f', pausing_args),
	OPTION_SELECT_LATEST('l', pausing_args),
	OPTION_END,
};

static bool is_going(const struct container *container)
{
	return container->state.phase == CONTAINER_RUNNING;
}

static int pause_one(struct engine *engine, struct container *container, const void *args,
		     struct error *err)
{
	(void)args;
	return container_pause(engine, container, err);
}

static int pause_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);

	if (!engine || engine_enter(engine, err) < 0)
		return -1;
	return selection_each(engine, invocation, is_going, pause_one, NULL, err);
}

const struct command command_pause = {
	.name = "pause",
	.group = "container",
	.alias = "pause",
	.operands = "CONTAINER [CONTAINER...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.options_suffice = selection_suffices,
	.summary = "Hold all processes of containers",
	.options = pausing_options,
	.args_size = sizeof(struct pausing_args),
	.run = pause_run,
};
