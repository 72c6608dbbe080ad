/* SPDX-License-Identifier: Apache-2.0 */
/* proa export: a container's files as a tar. */
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "engine/events.h"
#include "engine/export.h"

struct export_args {
	const char *output;
};

static const struct option export_options[] = {
	OPTION_STRING('o', "output", "FILE", struct export_args, output,
		      "Write to this file, not to standard output"),
	OPTION_END,
};

static int export_run(const struct invocation *invocation, struct error *err)
{
	const struct export_args *args = invocation->args;
	auto_release(output) struct output output = OUTPUT_NONE;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_of(container) struct container *container = NULL;

	if (!engine)
		return -1;
	container = container_find(engine, invocation->operands[0], err);
	if (!container || output_open(args->output, "export", &output, err) < 0 ||
	    engine_enter(engine, err) < 0 ||
	    container_export(engine, container, output.fd, err) < 0)
		return -1;
	events_add_container(engine->root, container, "export", NULL);
	return output_finish(&output, err);
}

const struct command command_export = {
	.name = "export",
	.group = "container",
	.alias = "export",
	.operands = "CONTAINER",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "Write a container's files as a tar archive",
	.examples = "  proa export -o files.tar web\n",
	.options = export_options,
	.args_size = sizeof(struct export_args),
	.run = export_run,
};
