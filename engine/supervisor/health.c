/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One check at a time, in a child; between two of them a timer. While the container is paused
 * none is begun.
 */
#include "engine/supervisor/health.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/event.h"
#include "base/syscalls.h"
#include "engine/container-config.h"
#include "engine/events.h"
#include "engine/health.h"
#include "engine/supervisor/notify.h"
#include "engine/supervisor/shrink.h"
#include "engine/supervisor/supervisor-internal.h"

/* What starting the program in the container may take on top of its own time. */
#define START_TIME_MAX (30 * NS_PER_SECOND)

struct supervisor_health {
	struct supervisor *supervisor;
	struct event_source *timer;	/* until the next check, or the end of this one's time */
	struct event_source *output, *end;
	struct health_probe probe;	/* while `end` is set */
};

static void wait_for_next(struct supervisor_health *health);

static void add_event(struct supervisor *supervisor)
{
	const struct container *container = supervisor->container;
	auto_free char *action = xasprintf("health_status: %s",
					   container_health_name(container->state.health));

	events_add_container(supervisor->engine->root, container, action, NULL);
}

/* --health-on-failure. */
static void act(struct supervisor *supervisor, bool restart)
{
	enum health_action action = supervisor->container->config.health_action;

	if (restart || action == HEALTH_RESTART)
		supervisor_end_program(supervisor, SUPERVISOR_RESTART);
	else if (action == HEALTH_STOP)
		supervisor_end_program(supervisor, SUPERVISOR_STOP);
	else if (action == HEALTH_KILL)
		sys_pidfd_send_signal(supervisor->init.pidfd, SIGKILL, NULL, 0);
}

static void take_result(struct supervisor_health *health, int exit_code)
{
	struct supervisor *supervisor = health->supervisor;
	struct container *container = supervisor->container;
	auto_error ignored = { 0 };
	auto_fd int lock = container_lock(container, &ignored);
	enum health_change change;

	if (lock < 0)
		return;
	change = health_record(container, &health->probe, exit_code);
	auto_close_fd(&lock);
	lock = -1;
	if (change == HEALTH_CHANGED)
		add_event(supervisor);
	if (change == HEALTH_CHANGED && container->state.health == HEALTH_HEALTHY)
		supervisor_notify_healthy(supervisor);
	if (change == HEALTH_STARTUP_FAILED ||
	    (change == HEALTH_CHANGED && container->state.health == HEALTH_UNHEALTHY))
		act(supervisor, change == HEALTH_STARTUP_FAILED);
}

/* Forgets the check that ran; its exit code. */
static int end_probe(struct supervisor_health *health, bool kill)
{
	event_remove(health->output);
	event_remove(health->end);
	event_remove(health->timer);
	health->output = health->end = health->timer = NULL;
	return health_probe_end(&health->probe, health->supervisor->container, kill);
}

static int finish_check(struct supervisor_health *health, bool kill)
{
	int exit_code = end_probe(health, kill);

	take_result(health, exit_code);
	buffer_release(&health->probe.text);
	if (health->supervisor->init.pidfd >= 0)
		wait_for_next(health);
	shrink();
	return 0;
}

static int check_ended(void *argument, int fd, uint32_t events, struct error *err)
{
	(void)fd;
	(void)events;
	(void)err;
	return finish_check(argument, false);
}

static int check_hangs(void *argument, struct error *err)
{
	(void)err;
	return finish_check(argument, true);
}

static int check_prints(void *argument, int fd, uint32_t events, struct error *err)
{
	struct supervisor_health *health = argument;

	(void)fd;
	(void)events;
	(void)err;
	if (health_probe_read(&health->probe, health->supervisor->container))
		return 0;
	event_remove(health->output);
	health->output = NULL;
	return 0;
}

static bool is_paused(struct container *container)
{
	auto_error ignored = { 0 };

	return container_refresh(container, &ignored) < 0 ||
	       container->state.phase != CONTAINER_RUNNING;
}

static int begin_check(void *argument, struct error *err)
{
	struct supervisor_health *health = argument;
	struct supervisor *supervisor = health->supervisor;
	auto_error failure = { 0 };

	(void)err;
	event_remove(health->timer);
	health->timer = NULL;
	if (is_paused(supervisor->container) ||
	    health_probe_start(supervisor->container, &health->probe, &failure) < 0) {
		wait_for_next(health);
		return 0;
	}
	health->end = event_add_fd(supervisor->loop, health->probe.process.pidfd, EPOLLIN,
				   check_ended, health, &failure);
	health->output = event_add_fd(supervisor->loop, health->probe.output, EPOLLIN,
				      check_prints, health, &failure);
	health->timer = event_add_timer(
		supervisor->loop,
		(uint64_t)(health_timeout(health_current_check(supervisor->container)) +
			   START_TIME_MAX),
		0, check_hangs, health, &failure);
	return 0;
}

static void wait_for_next(struct supervisor_health *health)
{
	struct supervisor *supervisor = health->supervisor;
	int64_t interval = health_interval(supervisor->container, clock_now());
	auto_error ignored = { 0 };

	health->timer = event_add_timer(supervisor->loop, (uint64_t)interval, 0, begin_check,
					health, &ignored);
}

void supervisor_health_begin(struct supervisor *supervisor)
{
	if (!health_is_checked(&supervisor->container->config))
		return;
	if (!supervisor->health)
		supervisor->health = xcalloc(1, sizeof(*supervisor->health));
	supervisor->health->supervisor = supervisor;
	wait_for_next(supervisor->health);
}

void supervisor_health_end(struct supervisor *supervisor)
{
	struct supervisor_health *health = supervisor->health;

	if (!health)
		return;
	if (health->end)
		end_probe(health, true);
	event_remove(health->timer);
	buffer_release(&health->probe.text);
	free(take_ptr(&supervisor->health));
}
