/* SPDX-License-Identifier: Apache-2.0 */
/* proa kill: send a signal. */
#include <signal.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/selection.h"
#include "engine/lifecycle.h"

struct kill_args {
	struct selection selection;
	const char *signal;
};

static const struct option kill_options[] = {
	OPTION_SELECT_ALL('a', kill_args),
	OPTION_SELECT_CIDFILE(kill_args),
	OPTION_SELECT_LATEST('l', kill_args),
	OPTION_STRING('s', "signal", "SIGNAL", struct kill_args, signal,
		      "Signal to send, by name or number (default KILL)"),
	OPTION_END,
};

static int kill_one(struct engine *engine, struct container *container, const void *args,
		    struct error *err)
{
	return container_kill(engine, container, *(const int *)args, err);
}

static int kill_run(const struct invocation *invocation, struct error *err)
{
	const struct kill_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	int signal = SIGKILL;

	if (!engine || (args->signal && signal_parse(args->signal, &signal, err) < 0) ||
	    engine_enter(engine, err) < 0)
		return -1;
	return selection_each(engine, invocation, container_is_running, kill_one, &signal, err);
}

const struct command command_kill = {
	.name = "kill",
	.group = "container",
	.alias = "kill",
	.operands = "CONTAINER [CONTAINER...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.options_suffice = selection_suffices,
	.summary = "Kill running containers, or send them a signal",
	.options = kill_options,
	.args_size = sizeof(struct kill_args),
	.run = kill_run,
};
