/* SPDX-License-Identifier: Apache-2.0 */
/* proa attach: join the terminal or the streams of a running container. */
#include "base/auto.h"
#include "base/error.h"
#include "cli/attaching.h"
#include "cli/commands.h"
#include "cli/selection.h"
#include "engine/events.h"
#include "engine/supervisor/attach.h"

struct attach_args {
	struct selection selection;	/* first */
	const char *detach_keys;
	bool no_stdin, sig_proxy;
};

static const struct option attach_options[] = {
	OPTION_STRING(0, "detach-keys", "KEYS", struct attach_args, detach_keys,
		      "Keys that detach from a terminal (ctrl-p,ctrl-q)"),
	OPTION_SELECT_LATEST('l', attach_args),
	OPTION_FLAG(0, "no-stdin", struct attach_args, no_stdin, "Do not attach standard input"),
	OPTION_FLAG(0, "sig-proxy", struct attach_args, sig_proxy,
		    "Pass signals on to the program (default true)"),
	OPTION_END,
};

static void attach_defaults(void *args)
{
	((struct attach_args *)args)->sig_proxy = true;
}

static int attach_command(const struct invocation *invocation, struct error *err)
{
	const struct attach_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_of(container) struct container *container = NULL;
	auto_release(strings) struct strings names = { 0 };
	struct attaching attaching = {
		.with_stdout = true,
		.with_stderr = true,
		.sig_proxy = args->sig_proxy,
		.detach_keys = args->detach_keys,
	};
	auto_fd int socket = -1;

	if (!engine ||
	    selection_find(engine, invocation, &args->selection, NULL, &names, err) < 0)
		return -1;
	if (names.count == 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no container");
	container = container_find(engine, names.items[0], err);
	if (!container)
		return -1;
	if (container->state.phase == CONTAINER_PAUSED)
		return error_set(err, ERROR_BUSY,
				 "you cannot attach to a paused container, unpause it first");
	if (container->state.phase != CONTAINER_RUNNING)
		return error_set(err, ERROR_BUSY,
				 "you cannot attach to a stopped container, start it first");
	attaching.with_stdin = !args->no_stdin && container->config.open_stdin;
	if (attaching_check_terminal(attaching.with_stdin, container->config.tty, err) < 0)
		return -1;
	socket = attach_connect(engine, container, err);
	if (socket < 0)
		return -1;
	events_add_container(engine->root, container, "attach", NULL);
	return attaching_run(&attaching, container, socket, err);
}

const struct command command_attach = {
	.name = "attach",
	.group = "container",
	.alias = "attach",
	.operands = "CONTAINER",
	.operands_min = 1,
	.operands_max = 1,
	.options_suffice = selection_suffices,
	.summary = "Attach to a running container",
	.options = attach_options,
	.args_size = sizeof(struct attach_args),
	.defaults = attach_defaults,
	.run = attach_command,
};
