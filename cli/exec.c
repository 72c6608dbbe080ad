/* SPDX-License-Identifier: Apache-2.0 */
/* proa exec: one more program in a running container. */
#include "base/auto.h"
#include "base/error.h"
#include "cli/attaching.h"
#include "cli/commands.h"
#include "cli/container-options.h"
#include "cli/session.h"
#include "engine/lifecycle.h"

struct exec_args {
	bool detach, interactive, privileged, tty;
	const char *detach_keys, *user, *working_dir;
	struct strings env, env_files;
};

static const struct option exec_options[] = {
	OPTION_FLAG('d', "detach", struct exec_args, detach, "Leave the program running"),
	OPTION_STRING(0, "detach-keys", "KEYS", struct exec_args, detach_keys,
		      "Keys that detach from a terminal (ctrl-p,ctrl-q)"),
	OPTION_LIST('e', "env", "KEY[=VALUE]", struct exec_args, env,
		    "Set a variable, or pass on our own"),
	OPTION_LIST(0, "env-file", "FILE", struct exec_args, env_files,
		    "Read variables from a file"),
	OPTION_FLAG('i', "interactive", struct exec_args, interactive, "Keep standard input open"),
	OPTION_FLAG(0, "privileged", struct exec_args, privileged, "Give it all capabilities"),
	OPTION_FLAG('t', "tty", struct exec_args, tty, "Give the program a terminal"),
	OPTION_STRING('u', "user", "USER[:GROUP]", struct exec_args, user,
		      "Run as this user, by name or number"),
	OPTION_STRING('w', "workdir", "DIRECTORY", struct exec_args, working_dir,
		      "Working directory in the container"),
	OPTION_END,
};

static int execute(struct engine *engine, struct container *container,
		   const struct invocation *invocation, struct error *err)
{
	const struct exec_args *args = invocation->args;
	auto_release(strings) struct strings command = { 0 };
	auto_release(strings) struct strings env = { 0 };
	auto_free char *keys = NULL;
	struct exec_options options = {
		.user = args->user,
		.working_dir = args->working_dir,
		.tty = args->tty,
		.interactive = args->interactive && !args->detach,
		.privileged = args->privileged,
		.detach = args->detach,
	};
	int code;

	if (environment_collect(&args->env_files, &args->env, &env, err) < 0 ||
	    attaching_find_keys(args->detach_keys, &keys, err) < 0)
		return -1;
	for (char *const *word = invocation->operands + 1; *word; word++)
		strings_add(&command, *word);
	options.command = command;	/* borrowed for the call */
	options.env = env;
	options.detach_keys = keys;
	return container_exec(engine, container, &options, &code, err) < 0 ? -1 : code;
}

static int exec_run(const struct invocation *invocation, struct error *err)
{
	const struct exec_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_of(container) struct container *container = NULL;

	if (!engine || engine_enter_to_launch(engine, err) < 0)
		return -1;
	if (!args->detach && attaching_check_terminal(args->interactive, args->tty, err) < 0)
		return -1;
	container = container_find(engine, invocation->operands[0], err);
	return container ? execute(engine, container, invocation, err) : -1;
}

const struct command command_exec = {
	.name = "exec",
	.group = "container",
	.alias = "exec",
	.operands = "CONTAINER COMMAND [ARG...]",
	.operands_min = 2,
	.operands_max = OPERANDS_ANY,
	.stops_at_operand = true,
	.summary = "Run a program in a running container",
	.examples = "  proa exec -it web sh\n",
	.options = exec_options,
	.args_size = sizeof(struct exec_args),
	.run = exec_run,
};
