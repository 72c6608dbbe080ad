/* SPDX-License-Identifier: Apache-2.0 */
/* proa rename: give a container another name. */
#include "engine/rename.h"

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/session.h"

static const struct option rename_options[] = { OPTION_END };

static int rename_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_of(container) struct container *container = NULL;

	container = engine ? container_find(engine, invocation->operands[0], err) : NULL;
	if (!container)
		return -1;
	return container_rename(engine, container, invocation->operands[1], err);
}

const struct command command_rename = {
	.name = "rename",
	.group = "container",
	.alias = "rename",
	.operands = "CONTAINER NAME",
	.operands_min = 2,
	.operands_max = 2,
	.summary = "Give a container another name",
	.options = rename_options,
	.run = rename_run,
};
