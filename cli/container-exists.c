/* SPDX-License-Identifier: Apache-2.0 */
/* proa container exists: tells by its exit status alone. */
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/session.h"

#define EXIT_MISSING 1
#define EXIT_FAILED 125

static const struct option exists_options[] = {
	OPTION_IGNORED_FLAG(0, "external"),
	OPTION_END,
};

static int exists_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_of(container) struct container *container = NULL;

	container = engine ? container_find(engine, invocation->operands[0], err) : NULL;
	if (container)
		return 0;
	if (engine && err->kind == ERROR_NOT_FOUND)
		return EXIT_MISSING;
	report_error(err);
	return EXIT_FAILED;
}

const struct command command_container_exists = {
	.name = "exists",
	.group = "container",
	.operands = "CONTAINER",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "Tell by the exit status whether a container exists",
	.options = exists_options,
	.run = exists_run,
};
