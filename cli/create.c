/* SPDX-License-Identifier: Apache-2.0 */
/* proa create: a container that is not started. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/container-options.h"
#include "cli/new-container.h"
#include "cli/session.h"

static int create_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_of(container) struct container *container = NULL;

	if (!engine || engine_enter(engine, err) < 0)
		return -1;
	container = new_container(engine, invocation->args, invocation->operands, err);
	if (!container)
		return -1;
	puts(container->config.id);
	return 0;
}

const struct command command_create = {
	.name = "create",
	.group = "container",
	.alias = "create",
	.operands = "IMAGE [COMMAND] [ARG...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.stops_at_operand = true,
	.errors_are_125 = true,
	.summary = "Create a container without starting it",
	.examples = "  proa create --name web -p 8080:80 nginx\n"
		    "  proa start web\n",
	.options = container_options,
	.args_size = sizeof(struct container_args),
	.defaults = container_options_defaults,
	.run = create_run,
};
