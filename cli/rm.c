/* SPDX-License-Identifier: Apache-2.0 */
/* proa rm: remove containers. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "engine/lifecycle.h"

#define TIMEOUT_NONE (-2)

struct rm_args {
	struct selection selection;
	bool depend, force, volumes;
	long long timeout;
};

static const struct option rm_options[] = {
	OPTION_SELECT_ALL('a', rm_args),
	OPTION_SELECT_CIDFILE(rm_args),
	OPTION_FLAG(0, "depend", struct rm_args, depend,
		    "Remove the containers that use its namespaces, too"),
	OPTION_SELECT_FILTER(0, rm_args),
	OPTION_FLAG('f', "force", struct rm_args, force, "Kill a running container first"),
	OPTION_SELECT_IGNORE('i', rm_args),
	OPTION_SELECT_LATEST(0, rm_args),
	OPTION_INTEGER('t', "time", "SECONDS", struct rm_args, timeout,
		       "With --force: ask it to end first, and wait this long"),
	OPTION_FLAG('v', "volumes", struct rm_args, volumes, "Remove its anonymous volumes too"),
	OPTION_UNSUPPORTED_FLAG('l', "link"),
	OPTION_END,
};

static void rm_defaults(void *args)
{
	((struct rm_args *)args)->timeout = TIMEOUT_NONE;
}

static int remove_one(struct engine *engine, struct container *container,
		      const struct rm_args *args, struct error *err)
{
	if (args->force && args->timeout > 0 &&
	    container_stop(engine, container, 0, (int)args->timeout, err) < 0)
		return -1;
	return container_delete(engine, container, args->force, args->volumes, err);
}

/* Whether `other` has its network, processes, or something else of `container`'s. */
static bool depends(const struct container *other, const struct container *container)
{
	const char *const modes[] = { other->config.network, other->config.pid_mode,
				      other->config.ipc_mode, other->config.uts_mode };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		const char *target = modes[i] ? skip_prefix(modes[i], "container:") : NULL;

		if (target && *target &&
		    (strcmp(target, container->config.name) == 0 ||
		     has_prefix(container->config.id, target)))
			return true;
	}
	return false;
}

static int remove_dependents(struct engine *engine, const struct container *container,
			     const struct rm_args *args, struct error *err)
{
	struct container **list;
	size_t count;
	int result = 0;

	if (container_list(engine, &list, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count && result == 0; i++) {
		if (!depends(list[i], container))
			continue;
		result = remove_one(engine, list[i], args, err);
		if (result == 0)
			puts(list[i]->config.id);
	}
	container_free_list(list, count);
	return result;
}

static int remove_named(struct engine *engine, const char *name, const struct rm_args *args)
{
	auto_error err = { 0 };
	auto_of(container) struct container *container = container_find(engine, name, &err);

	if (container && (!args->depend ||
			  remove_dependents(engine, container, args, &err) == 0) &&
	    remove_one(engine, container, args, &err) == 0) {
		puts(name);
		return 0;
	}
	if (!container && (args->force || args->selection.ignore) && err.kind == ERROR_NOT_FOUND)
		return 0;
	report_error(&err);
	return 1;
}

static int rm_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	const struct rm_args *args = invocation->args;
	auto_release(strings) struct strings names = { 0 };
	int status = 0;

	if (args->timeout != TIMEOUT_NONE && (args->timeout < 0 || args->timeout > INT_MAX))
		return error_set(err, ERROR_USAGE, "invalid timeout %lld", args->timeout);
	if (!engine || engine_enter(engine, err) < 0 ||
	    selection_find(engine, invocation, &args->selection, NULL, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		status |= remove_named(engine, names.items[i], args);
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
	.options_suffice = selection_suffices,
	.summary = "Remove containers",
	.options = rm_options,
	.args_size = sizeof(struct rm_args),
	.defaults = rm_defaults,
	.run = rm_run,
};
