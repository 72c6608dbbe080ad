/* SPDX-License-Identifier: Apache-2.0 */
/* proa stop, and the options that restart has of it. */
#include <limits.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/stopping.h"
#include "engine/lifecycle.h"

const struct option stopping_options[] = {
	OPTION_STRING('s', "signal", "SIGNAL", struct stopping_args, signal,
		      "Signal to send (default: what the container asks for)"),
	OPTION_INTEGER(0, "time", "SECONDS", struct stopping_args, timeout, NULL),
	OPTION_INTEGER('t', "timeout", "SECONDS", struct stopping_args, timeout,
		       "Wait this long before killing it (default 10; -1: without end)"),
	OPTION_END,
};

void stopping_defaults(void *args)
{
	((struct stopping_args *)args)->timeout = STOPPING_TIMEOUT_OWN;
}

int stopping_parse(const struct stopping_args *args, struct stopping *ret_stopping,
		   struct error *err)
{
	if (args->timeout < STOPPING_TIMEOUT_OWN || args->timeout > INT_MAX)
		return error_set(err, ERROR_USAGE, "invalid timeout %lld: seconds, or -1",
				 args->timeout);
	ret_stopping->timeout = (int)args->timeout;
	ret_stopping->signal = 0;
	return args->signal ? signal_parse(args->signal, &ret_stopping->signal, err) : 0;
}

static int stop_one(struct engine *engine, struct container *container, const void *args,
		    struct error *err)
{
	const struct stopping *stopping = args;

	return container_stop(engine, container, stopping->signal, stopping->timeout, err);
}

static int stop_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	struct stopping stopping;

	if (!engine || stopping_parse(invocation->args, &stopping, err) < 0 ||
	    engine_enter(engine, err) < 0)
		return -1;
	return session_each_container(engine, invocation->operands, stop_one, &stopping);
}

const struct command command_stop = {
	.name = "stop",
	.group = "container",
	.alias = "stop",
	.operands = "CONTAINER [CONTAINER...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.summary = "Stop running containers",
	.options = stopping_options,
	.args_size = sizeof(struct stopping_args),
	.defaults = stopping_defaults,
	.run = stop_run,
};
