/* SPDX-License-Identifier: Apache-2.0 */
/* proa stop, and the options that restart has of it. */
#include <limits.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/stopping.h"
#include "engine/lifecycle.h"

const struct option stopping_options[] = {
	OPTION_SELECT_ALL('a', stopping_args),
	OPTION_SELECT_CIDFILE(stopping_args),
	OPTION_SELECT_FILTER('f', stopping_args),
	OPTION_SELECT_LATEST('l', stopping_args),
	OPTION_STRING('s', "signal", "SIGNAL", struct stopping_args, signal,
		      "Signal to send (default: what the container asks for)"),
	OPTION_INTEGER(0, "time", "SECONDS", struct stopping_args, timeout, NULL),
	OPTION_INTEGER('t', "timeout", "SECONDS", struct stopping_args, timeout,
		       "Wait this long before killing it (default 10; -1: without end)"),
	OPTION_END,
};

static const struct option stop_options[] = {
	OPTION_SELECT_IGNORE('i', stopping_args),
	OPTION_MORE(stopping_options),
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

/* One of those that are stopped side by side. */
struct stop_job {
	struct container *container;	/* owned; NULL: it is not to be stopped */
	struct stopping_container stopping;
};

static int begin(struct engine *engine, const char *name, const struct stopping_args *args,
		 const struct stopping *stopping, struct stop_job *job, struct error *err)
{
	job->container = container_find(engine, name, err);
	if (!job->container && args->selection.ignore && err->kind == ERROR_NOT_FOUND) {
		error_release(err);
		return 0;
	}
	if (job->container &&
	    container_stop_begin(engine, job->container, stopping->signal, stopping->timeout,
				 &job->stopping, err) == 0)
		return 0;
	container_free(job->container);
	job->container = NULL;
	return -1;
}

/* All of them are asked before the first is waited for. */
static int stop_all(struct engine *engine, const struct strings *names,
		    const struct stopping_args *args, const struct stopping *stopping)
{
	auto_free struct stop_job *jobs = xcalloc(names->count + 1, sizeof(*jobs));
	int status = 0;

	for (size_t i = 0; i < names->count; i++) {
		auto_error err = { 0 };

		if (begin(engine, names->items[i], args, stopping, &jobs[i], &err) < 0) {
			report_error(&err);
			status = 1;
		}
	}
	for (size_t i = 0; i < names->count; i++) {
		auto_of(container) struct container *container = jobs[i].container;
		auto_error err = { 0 };

		if (!container)
			continue;
		if (container_stop_end(engine, container, &jobs[i].stopping, &err) == 0) {
			puts(names->items[i]);
			fflush(stdout);
		} else {
			report_error(&err);
			status = 1;
		}
	}
	return status;
}

static int stop_run(const struct invocation *invocation, struct error *err)
{
	const struct stopping_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(strings) struct strings names = { 0 };
	struct stopping stopping;

	if (!engine || stopping_parse(args, &stopping, err) < 0 || engine_enter(engine, err) < 0 ||
	    selection_find(engine, invocation, &args->selection, container_is_running, &names,
			   err) < 0)
		return -1;
	return stop_all(engine, &names, args, &stopping);
}

const struct command command_stop = {
	.name = "stop",
	.group = "container",
	.alias = "stop",
	.operands = "CONTAINER [CONTAINER...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.options_suffice = selection_suffices,
	.summary = "Stop running containers",
	.options = stop_options,
	.args_size = sizeof(struct stopping_args),
	.defaults = stopping_defaults,
	.run = stop_run,
};
