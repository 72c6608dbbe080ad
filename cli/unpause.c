/* SPDX-License-Identifier: Apache-2.0 */
/* proa unpause: let paused containers go on. */
#include "base/error.h"
#include "cli/commands.h"
#include "cli/pausing.h"
#include "engine/pause.h"

static bool is_paused(const struct container *container)
{
	return container->state.phase == CONTAINER_PAUSED;
}

static int unpause_one(struct engine *engine, struct container *container, const void *args,
		       struct error *err)
{
	(void)args;
	return container_unpause(engine, container, err);
}

static int unpause_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);

	if (!engine || engine_enter(engine, err) < 0)
		return -1;
	return selection_each(engine, invocation, is_paused, unpause_one, NULL, err);
}

const struct command command_unpause = {
	.name = "unpause",
	.group = "container",
	.alias = "unpause",
	.operands = "CONTAINER [CONTAINER...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.options_suffice = selection_suffices,
	.summary = "Let paused containers go on",
	.options = pausing_options,
	.args_size = sizeof(struct pausing_args),
	.run = unpause_run,
};
