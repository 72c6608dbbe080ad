/* SPDX-License-Identifier: Apache-2.0 */
/* proa rm: remove containers. */
#include <stdio.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/session.h"
#include "engine/lifecycle.h"

struct rm_args {
	bool force, volumes;
};

static const struct option rm_options[] = {
	OPTION_FLAG('f', "force", struct rm_args, force, "Kill a running container first"),
	OPTION_FLAG('v', "volumes", struct rm_args, volumes, "Remove its anonymous volumes too"),
	OPTION_UNSUPPORTED_FLAG('l', "link"),
	OPTION_END,
};

static int remove_one(struct engine *engine, const char *name, const struct rm_args *args)
{
	auto_error err = { 0 };
	auto_of(container) struct container *container = container_find(engine, name, &err);

	if (container &&
	    container_delete(engine, container, args->force, args->volumes, &err) == 0) {
		puts(name);
		return 0;
	}
	if (!container && args->force && err.kind == ERROR_NOT_FOUND)
		return 0;
	report_error(&err);
	return 1;
}

static int rm_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	int status = 0;

	if (!engine || engine_enter(engine, err) < 0)
		return -1;
	for (char *const *name = invocation->operands; *name; name++)
		status |= remove_one(engine, *name, invocation->args);
	return status;
}

const struct command command_rm = {
	.name = "rm",
	.group = "container",
	.alias = "rm",
	.more_names = "remove",
	.operands = "CONTAINER [CONTAINER...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.summary = "Remove containers",
	.options = rm_options,
	.args_size = sizeof(struct rm_args),
	.run = rm_run,
};
