/* SPDX-License-Identifier: Apache-2.0 */
/* proa run: make a container, start it, stay with it until it ends. */
#include <stdio.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/attaching.h"
#include "cli/commands.h"
#include "cli/container-options.h"
#include "cli/new-container.h"
#include "cli/session.h"
#include "engine/lifecycle.h"
#include "engine/logs.h"

struct run_args {
	struct container_args container;	/* first: container_options fill it */
	bool sig_proxy;
};

static const struct option run_options[] = {
	OPTION_FLAG('d', "detach", struct run_args, container.detach,
		    "Print the container's ID and leave it running"),
	OPTION_STRING(0, "detach-keys", "KEYS", struct run_args, container.detach_keys,
		      "Keys that detach from a terminal (ctrl-p,ctrl-q)"),
	OPTION_FLAG(0, "sig-proxy", struct run_args, sig_proxy,
		    "Pass signals on to the program (default true)"),
	OPTION_MORE(container_options),
};

static void run_defaults(void *args)
{
	struct run_args *run = args;

	container_options_defaults(&run->container);
	run->sig_proxy = true;
}

static int check_streams(const struct run_args *args, struct error *err)
{
	if (args->container.detach && args->container.attach.count)
		return error_set(err, ERROR_USAGE, "conflicting options: -a and -d");
	if (args->container.detach)
		return 0;
	return attaching_check_terminal(args->container.interactive, args->container.tty, err);
}

/* A container that could not be started stays for inspection, unless --rm. */
static void clean_up(struct engine *engine, struct container *container)
{
	auto_error ignored = { 0 };

	if (container->config.auto_remove)
		container_delete(engine, container, true, true, &ignored);
}

static int start_detached(struct engine *engine, struct container *container, struct error *err)
{
	auto_free char *id = xstrdup(container->config.id);

	if (container_start(engine, container, NULL, err) < 0) {
		clean_up(engine, container);
		return -1;
	}
	puts(id);
	return 0;
}

static int start_attached(struct engine *engine, struct container *container,
			  const struct run_args *args, struct error *err)
{
	const struct attaching attaching = {
		.with_stdin = container->config.attach_stdin &&
			      !log_driver_is(&container->config, "passthrough"),
		.with_stdout = container->config.attach_stdout,
		.with_stderr = container->config.attach_stderr,
		.sig_proxy = args->sig_proxy,
	};
	auto_fd int socket = -1;

	if (container_start(engine, container, &socket, err) < 0) {
		clean_up(engine, container);
		return -1;
	}
	return attaching_run(&attaching, container, socket, err);
}

static int run_run(const struct invocation *invocation, struct error *err)
{
	const struct run_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_of(container) struct container *container = NULL;

	/* May run the program again from its start: nothing is done or printed before. */
	if (!engine || engine_enter_to_launch(engine, err) < 0)
		return -1;
	if (check_streams(args, err) < 0)
		return -1;
	container = new_container(engine, &args->container, invocation->operands, err);
	if (!container)
		return -1;
	if (args->container.detach)
		return start_detached(engine, container, err);
	return start_attached(engine, container, args, err);
}

const struct command command_run = {
	.name = "run",
	.group = "container",
	.alias = "run",
	.operands = "IMAGE [COMMAND] [ARG...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.stops_at_operand = true,
	.errors_are_125 = true,
	.summary = "Create a container from an image and run it",
	.examples =
		"  proa run -it --rm debian bash\n"
		"  proa run -d --name web -p 8080:80 -v $PWD/site:/usr/share/nginx/html:ro nginx\n",
	.options = run_options,
	.args_size = sizeof(struct run_args),
	.defaults = run_defaults,
	.run = run_run,
};
