/* SPDX-License-Identifier: Apache-2.0 */
/* proa start: containers that were created or have ended. */
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/attaching.h"
#include "cli/commands.h"
#include "cli/selection.h"
#include "engine/lifecycle.h"

struct start_args {
	struct selection selection;
	bool attach, interactive, sig_proxy;
	const char *detach_keys;
};

static const struct option start_options[] = {
	OPTION_SELECT_ALL(0, start_args),
	OPTION_FLAG('a', "attach", struct start_args, attach,
		    "Attach the container's output, pass signals on"),
	OPTION_STRING(0, "detach-keys", "KEYS", struct start_args, detach_keys,
		      "Keys that detach from a terminal (ctrl-p,ctrl-q)"),
	OPTION_SELECT_FILTER('f', start_args),
	OPTION_FLAG('i', "interactive", struct start_args, interactive,
		    "Attach the container's standard input"),
	OPTION_SELECT_LATEST('l', start_args),
	OPTION_FLAG(0, "sig-proxy", struct start_args, sig_proxy,
		    "Pass signals on to the program (default true)"),
	OPTION_UNSUPPORTED(0, "checkpoint", "NAME"),
	OPTION_UNSUPPORTED(0, "checkpoint-dir", "DIRECTORY"),
	OPTION_END,
};

static void start_defaults(void *args)
{
	((struct start_args *)args)->sig_proxy = true;
}

static int start_one(struct engine *engine, struct container *container, const void *args,
		     struct error *err)
{
	(void)args;
	return container_start(engine, container, NULL, err);
}

static int start_attached(struct engine *engine, const char *name, const struct start_args *args,
			  struct error *err)
{
	auto_of(container) struct container *container = container_find(engine, name, err);
	struct attaching attaching = {
		.with_stdout = true,
		.with_stderr = true,
		.sig_proxy = args->sig_proxy,
		.detach_keys = args->detach_keys,
	};
	auto_fd int socket = -1;

	if (!container)
		return -1;
	attaching.with_stdin = args->interactive && container->config.open_stdin;
	if (attaching_check_terminal(attaching.with_stdin, container->config.tty, err) < 0)
		return -1;
	if (container_start(engine, container, &socket, err) < 0)
		return -1;
	return attaching_run(&attaching, container, socket, err);
}

static bool is_stopped(const struct container *container)
{
	return !container_is_running(container);
}

static int attach_to_only(struct engine *engine, const struct invocation *invocation,
			  const struct start_args *args, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };

	if (selection_find(engine, invocation, &args->selection, is_stopped, &names, err) < 0)
		return -1;
	if (names.count != 1)
		return error_set(err, ERROR_OTHER,
				 "you cannot start and attach multiple containers at once");
	return start_attached(engine, names.items[0], args, err);
}

static int start_run(const struct invocation *invocation, struct error *err)
{
	const struct start_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);

	if (!engine || engine_enter_to_launch(engine, err) < 0)
		return -1;
	if (args->attach || args->interactive)
		return attach_to_only(engine, invocation, args, err);
	return selection_each(engine, invocation, is_stopped, start_one, NULL, err);
}

const struct command command_start = {
	.name = "start",
	.group = "container",
	.alias = "start",
	.operands = "CONTAINER [CONTAINER...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.options_suffice = selection_suffices,
	.summary = "Start stopped containers",
	.options = start_options,
	.args_size = sizeof(struct start_args),
	.defaults = start_defaults,
	.run = start_run,
};
