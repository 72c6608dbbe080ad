/* SPDX-License-Identifier: Apache-2.0 */
/* proa healthcheck run: a container's health check, now. */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "engine/container-config.h"
#include "engine/events.h"
#include "engine/health.h"

struct healthcheck_args {
	bool ignore_result;
};

static const struct option healthcheck_options[] = {
	OPTION_FLAG(0, "ignore-result", struct healthcheck_args, ignore_result,
		    "Succeed whatever the check says"),
	OPTION_END,
};

/* Until the check's process has ended; its code. */
static int run_check(struct container *container, struct health_probe *probe, struct error *err)
{
	struct pollfd ends[2];
	bool prints = true;

	if (health_probe_start(container, probe, err) < 0)
		return -1;
	do {
		ends[0] = (struct pollfd){ .fd = probe->process.pidfd, .events = POLLIN };
		ends[1] = (struct pollfd){ .fd = prints ? probe->output : -1, .events = POLLIN };
		if (poll(ends, 2, -1) > 0 && ends[1].revents)
			prints = health_probe_read(probe, container);
	} while (!ends[0].revents);
	return 0;
}

static void note(struct engine *engine, const struct container *container)
{
	auto_release(strings) struct strings action = { 0 };

	strings_addf(&action, "health_status: %s",
		     container_health_name(container->state.health));
	events_add_container(engine->root, container, action.items[0], NULL);
}

static int check_once(struct engine *engine, struct container *container, struct error *err)
{
	struct health_probe probe = { .output = -1 };
	auto_fd int lock = -1;
	int code;

	if (run_check(container, &probe, err) < 0)
		return -1;
	code = health_probe_end(&probe, container, false);
	lock = container_lock(container, err);
	if (lock >= 0 && health_record(container, &probe, code) == HEALTH_CHANGED)
		note(engine, container);
	buffer_release(&probe.text);
	if (lock < 0)
		return -1;
	if (code != 0)
		puts(container->state.health == HEALTH_STARTING ? "starting" : "unhealthy");
	return code == 0 ? 0 : 1;
}

static int healthcheck_run(const struct invocation *invocation, struct error *err)
{
	const struct healthcheck_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_of(container) struct container *container = NULL;
	int status;

	if (!engine || engine_enter_to_launch(engine, err) < 0)
		return -1;
	container = container_find(engine, invocation->operands[0], err);
	if (!container)
		return -1;
	if (!health_is_checked(&container->config))
		return error_set(err, ERROR_USAGE, "container %s has no health check",
				 container->config.id);
	if (container->state.phase != CONTAINER_RUNNING) {
		if (args->ignore_result)
			return 0;
		return error_set(err, ERROR_BUSY, "container %s is not running",
				 container->config.id);
	}
	status = check_once(engine, container, err);
	return args->ignore_result && status > 0 ? 0 : status;
}

const struct command command_healthcheck_run = {
	.name = "run",
	.group = "healthcheck",
	.operands = "CONTAINER",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "Run a container's health check now",
	.examples = "  proa healthcheck run web\n",
	.options = healthcheck_options,
	.args_size = sizeof(struct healthcheck_args),
	.run = healthcheck_run,
};
