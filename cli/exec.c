/* SPDX-License-Identifier: Apache-2.0 */
/* proa exec: one more program in a running container. */
#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "cli/attaching.h"
#include "cli/commands.h"
#include "cli/container-options.h"
#include "cli/selection.h"
#include "engine/lifecycle.h"

#define PRESERVED_MAX 1000

struct exec_args {
	struct selection selection;	/* first */
	bool detach, interactive, privileged, tty;
	const char *detach_keys, *user, *working_dir;
	long long preserve_fds;
	struct strings env, env_files;
};

static const struct option exec_options[] = {
	OPTION_SELECT_CIDFILE(exec_args),
	OPTION_FLAG('d', "detach", struct exec_args, detach, "Leave the program running"),
	OPTION_STRING(0, "detach-keys", "KEYS", struct exec_args, detach_keys,
		      "Keys that detach from a terminal (ctrl-p,ctrl-q)"),
	OPTION_LIST('e', "env", "KEY[=VALUE]", struct exec_args, env,
		    "Set a variable, or pass on our own"),
	OPTION_LIST(0, "env-file", "FILE", struct exec_args, env_files,
		    "Read variables from a file"),
	OPTION_FLAG('i', "interactive", struct exec_args, interactive, "Keep standard input open"),
	OPTION_SELECT_LATEST('l', exec_args),
	OPTION_INTEGER(0, "preserve-fds", "N", struct exec_args, preserve_fds,
		       "Give it our descriptors 3 to 2+N, too"),
	OPTION_FLAG(0, "privileged", struct exec_args, privileged, "Give it all capabilities"),
	OPTION_FLAG('t', "tty", struct exec_args, tty, "Give the program a terminal"),
	OPTION_STRING('u', "user", "USER[:GROUP]", struct exec_args, user,
		      "Run as this user, by name or number"),
	OPTION_STRING('w', "workdir", "DIRECTORY", struct exec_args, working_dir,
		      "Working directory in the container"),
	OPTION_END,
};

static int check_preserved(long long count, struct error *err)
{
	if (count < 0 || count > PRESERVED_MAX)
		return error_set(err, ERROR_USAGE, "invalid --preserve-fds %lld: 0 to %d", count,
				 PRESERVED_MAX);
	for (int fd = 3; fd < 3 + count; fd++)
		if (!fd_is_open(fd))
			return error_set(err, ERROR_USAGE, "file descriptor %d is not available",
					 fd);
	return 0;
}

static int execute(struct engine *engine, struct container *container, char *const *words,
		   const struct exec_args *args, struct error *err)
{
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
		.preserve_fds = (unsigned int)args->preserve_fds,
	};
	int code;

	if (environment_collect(&args->env_files, &args->env, &env, err) < 0 ||
	    attaching_find_keys(args->detach_keys, &keys, err) < 0)
		return -1;
	for (; *words; words++)
		strings_add(&command, *words);
	options.command = command;	/* borrowed for the call */
	options.env = env;
	options.detach_keys = keys;
	return container_exec(engine, container, &options, &code, err) < 0 ? -1 : code;
}

/* The container that an option or the first operand names. */
static struct container *find(struct engine *engine, const struct invocation *invocation,
			      struct error *err)
{
	const struct exec_args *args = invocation->args;
	const struct invocation none = { .operands = (char *[]){ NULL } };
	auto_release(strings) struct strings names = { 0 };

	if (!selection_suffices(args))
		return container_find(engine, invocation->operands[0], err);
	if (selection_find(engine, &none, &args->selection, NULL, &names, err) < 0)
		return NULL;
	if (names.count == 1)
		return container_find(engine, names.items[0], err);
	error_set(err, names.count ? ERROR_USAGE : ERROR_NOT_FOUND,
		  names.count ? "exec is for one container" : "there is no container");
	return NULL;
}

static int exec_run(const struct invocation *invocation, struct error *err)
{
	const struct exec_args *args = invocation->args;
	int own_operands = selection_suffices(args) ? 0 : 1;
	auto_of(engine) struct engine *engine = NULL;
	auto_of(container) struct container *container = NULL;

	if (check_preserved(args->preserve_fds, err) < 0)
		return -1;
	engine = session_open(invocation, err);
	if (!engine || engine_enter_to_launch(engine, err) < 0)
		return -1;
	if (invocation->operand_count <= own_operands)
		return error_set(err, ERROR_USAGE, "exec needs a command to run");
	if (!args->detach && attaching_check_terminal(args->interactive, args->tty, err) < 0)
		return -1;
	container = find(engine, invocation, err);
	if (!container)
		return -1;
	return execute(engine, container, invocation->operands + own_operands, args, err);
}

const struct command command_exec = {
	.name = "exec",
	.group = "container",
	.alias = "exec",
	.operands = "CONTAINER COMMAND [ARG...]",
	.operands_min = 2,
	.operands_max = OPERANDS_ANY,
	.options_suffice = selection_suffices,
	.stops_at_operand = true,
	.summary = "Run a program in a running container",
	.examples = "  proa exec -it web sh\n",
	.options = exec_options,
	.args_size = sizeof(struct exec_args),
	.run = exec_run,
};
