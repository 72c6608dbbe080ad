/* SPDX-License-Identifier: Apache-2.0 */
/* proa wait: until containers have ended; prints their exit codes. */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/session.h"
#include "engine/lifecycle.h"

struct wait_args {
	const char *condition;
};

static const struct option wait_options[] = {
	OPTION_STRING(0, "condition", "CONDITION", struct wait_args, condition,
		      "not-running (default), next-exit, or removed"),
	OPTION_END,
};

static int parse_condition(const char *text, enum wait_condition *ret_condition, struct error *err)
{
	if (!text || strcmp(text, "not-running") == 0)
		*ret_condition = WAIT_NOT_RUNNING;
	else if (strcmp(text, "next-exit") == 0)
		*ret_condition = WAIT_NEXT_EXIT;
	else if (strcmp(text, "removed") == 0)
		*ret_condition = WAIT_REMOVED;
	else
		return error_set(err, ERROR_USAGE, "invalid condition '%s'; use 'not-running', "
				 "'next-exit' or 'removed'", text);
	return 0;
}

static int wait_run(const struct invocation *invocation, struct error *err)
{
	const struct wait_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	enum wait_condition condition = WAIT_NOT_RUNNING;
	int status = 0;

	if (!engine || parse_condition(args->condition, &condition, err) < 0)
		return -1;
	for (char *const *name = invocation->operands; *name; name++) {
		auto_error failure = { 0 };
		auto_of(container) struct container *container = NULL;
		int code;

		container = container_find(engine, *name, &failure);
		if (container &&
		    container_wait(engine, container, condition, &code, &failure) == 0) {
			printf("%d\n", code);
			fflush(stdout);
			continue;
		}
		report_error(&failure);
		status = 1;
	}
	return status;
}

const struct command command_wait = {
	.name = "wait",
	.group = "container",
	.alias = "wait",
	.operands = "CONTAINER [CONTAINER...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.summary = "Wait until containers end, then print their exit codes",
	.options = wait_options,
	.args_size = sizeof(struct wait_args),
	.run = wait_run,
};
