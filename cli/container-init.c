/* SPDX-License-Identifier: Apache-2.0 */
/* proa container init: for scripts that call it between create and start. */
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/selection.h"
#include "engine/lifecycle.h"

struct init_args {
	struct selection selection;
};

static const struct option init_options[] = {
	OPTION_SELECT_ALL('a', init_args),
	OPTION_SELECT_LATEST('l', init_args),
	OPTION_END,
};

static bool is_stopped(const struct container *container)
{
	return !container_is_running(container);
}

/* All that a start needs is made by it: there is nothing to do before, but to say what could not be
 * started. */
static int init_one(struct engine *engine, struct container *container, const void *args,
		    struct error *err)
{
	(void)engine;
	(void)args;
	if (is_stopped(container))
		return 0;
	return error_set(err, ERROR_BUSY, "container %s is running already", container->config.id);
}

static int init_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);

	if (!engine)
		return -1;
	return selection_each(engine, invocation, is_stopped, init_one, NULL, err);
}

const struct command command_container_init = {
	.name = "init",
	.group = "container",
	.alias = "init",
	.operands = "CONTAINER [CONTAINER...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.options_suffice = selection_suffices,
	.summary = "Check that containers could be started",
	.options = init_options,
	.args_size = sizeof(struct init_args),
	.run = init_run,
};
