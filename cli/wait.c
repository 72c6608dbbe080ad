/* SPDX-License-Identifier: Apache-2.0 */
/* proa wait: until containers have ended; prints their exit codes. */
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "engine/lifecycle.h"

#define INTERVAL_DEFAULT (NS_PER_SECOND / 4)
#define NO_EXIT_CODE (-1)

/* podman's words. "not-running", "next-exit" and "removed" are docker's. */
enum wait_word {
	WORD_CONFIGURED, WORD_CREATED, WORD_EXITED, WORD_HEALTHY, WORD_INITIALIZED, WORD_PAUSED,
	WORD_REMOVING, WORD_RUNNING, WORD_STOPPED, WORD_STOPPING, WORD_UNHEALTHY, WORD_UNKNOWN,
	WORD_COUNT,
};

static const char *const words[WORD_COUNT] = {
	"configured", "created", "exited", "healthy", "initialized", "paused", "removing",
	"running", "stopped", "stopping", "unhealthy", "unknown",
};

struct wait_args {
	struct selection selection;
	struct strings conditions;
	bool first_match;
	const char *interval;
};

static const struct option wait_options[] = {
	OPTION_CSV_LIST(0, "condition", "CONDITION", struct wait_args, conditions,
			"not-running (default), next-exit, removed; or states, such as "
			"exited,paused"),
	OPTION_FLAG(0, "exit-first-match", struct wait_args, first_match,
		    "Go on as soon as one of the containers is there"),
	OPTION_SELECT_IGNORE(0, wait_args),
	OPTION_STRING('i', "interval", "DURATION", struct wait_args, interval,
		      "How often to look for states (default 250ms)"),
	OPTION_SELECT_LATEST('l', wait_args),
	OPTION_END,
};

struct waiting {
	enum wait_condition condition;	/* if there are no states */
	bool states[WORD_COUNT];
	bool for_states;
	int interval;	/* milliseconds */
};

static int parse_condition(const char *text, struct waiting *waiting, struct error *err)
{
	for (size_t i = 0; i < WORD_COUNT; i++) {
		if (strcmp(text, words[i]) == 0) {
			waiting->states[i] = waiting->for_states = true;
			return 0;
		}
	}
	if (strcmp(text, "not-running") == 0)
		waiting->condition = WAIT_NOT_RUNNING;
	else if (strcmp(text, "next-exit") == 0)
		waiting->condition = WAIT_NEXT_EXIT;
	else if (strcmp(text, "removed") == 0)
		waiting->condition = WAIT_REMOVED;
	else
		return error_set(err, ERROR_USAGE, "invalid condition '%s'; use 'not-running', "
				 "'next-exit', 'removed', or states such as 'exited'", text);
	return 0;
}

/* A bare number is milliseconds. */
static int parse_interval(const char *text, int *ret_milliseconds, struct error *err)
{
	auto_free char *with_unit = NULL;
	int64_t interval = INTERVAL_DEFAULT;

	if (text)
		with_unit = xasprintf("%s%s", text,
				      text[strspn(text, "0123456789")] ? "" : "ms");
	if (with_unit && duration_parse(with_unit, &interval, err) < 0)
		return -1;
	if (interval <= 0 || interval > INT_MAX)
		return error_set(err, ERROR_USAGE, "invalid interval '%s'", text);
	*ret_milliseconds = (int)((interval + 999999) / 1000000);
	return 0;
}

static int parse(const struct wait_args *args, struct waiting *ret_waiting, struct error *err)
{
	struct waiting waiting = { .condition = WAIT_NOT_RUNNING };

	for (size_t i = 0; i < args->conditions.count; i++)
		if (parse_condition(args->conditions.items[i], &waiting, err) < 0)
			return -1;
	if (args->conditions.count > 1) {
		for (size_t i = 0; i < args->conditions.count; i++)
			if (strchr(args->conditions.items[i], '-') ||
			    strcmp(args->conditions.items[i], "removed") == 0)
				return error_set(err, ERROR_USAGE,
						 "condition '%s' cannot be one of several",
						 args->conditions.items[i]);
	}
	if (parse_interval(args->interval, &waiting.interval, err) < 0)
		return -1;
	*ret_waiting = waiting;
	return 0;
}

/* Whether it is in one of the states that are waited for. */
static bool is_there(const struct container *container, const struct waiting *waiting)
{
	const bool *states = waiting->states;

	switch (container->state.health) {
	case HEALTH_HEALTHY:
		if (states[WORD_HEALTHY])
			return true;
		break;
	case HEALTH_UNHEALTHY:
		if (states[WORD_UNHEALTHY])
			return true;
		break;
	default:
		break;
	}
	if (container_is_running(container) && container->state.stop_requested &&
	    states[WORD_STOPPING])
		return true;
	switch (container->state.phase) {
	case CONTAINER_CREATED:
		return states[WORD_CREATED] || states[WORD_CONFIGURED] || states[WORD_INITIALIZED];
	case CONTAINER_RUNNING:
		return states[WORD_RUNNING];
	case CONTAINER_PAUSED:
		return states[WORD_PAUSED];
	case CONTAINER_RESTARTING:
		return false;
	default:
		return states[WORD_EXITED] || states[WORD_STOPPED];
	}
}

static int state_code(const struct container *container, const struct waiting *waiting)
{
	bool ended = !container_is_running(container) &&
		     container->state.phase != CONTAINER_CREATED;

	return ended && (waiting->states[WORD_EXITED] || waiting->states[WORD_STOPPED])
		       ? container->state.exit_code
		       : NO_EXIT_CODE;
}

/* 1: it is in the state, and *ret_code what to print; 0: not yet; -1. */
static int look(struct engine *engine, const char *name, const struct wait_args *args,
		const struct waiting *waiting, int *ret_code, struct error *err)
{
	auto_of(container) struct container *container = container_find(engine, name, err);

	*ret_code = NO_EXIT_CODE;
	if (!container) {
		bool gone = err->kind == ERROR_NOT_FOUND &&
			    (args->selection.ignore || waiting->states[WORD_REMOVING]);

		if (gone)
			error_release(err);
		return gone ? 1 : -1;
	}
	if (!is_there(container, waiting))
		return 0;
	*ret_code = state_code(container, waiting);
	return 1;
}

static int wait_for_state(struct engine *engine, const char *name, const struct wait_args *args,
			  const struct waiting *waiting, int *ret_code, struct error *err)
{
	int found;

	while ((found = look(engine, name, args, waiting, ret_code, err)) == 0)
		poll(NULL, 0, waiting->interval);
	return found < 0 ? -1 : 0;
}

static int wait_for_end(struct engine *engine, const char *name, const struct wait_args *args,
			const struct waiting *waiting, int *ret_code, struct error *err)
{
	auto_of(container) struct container *container = container_find(engine, name, err);

	if (container &&
	    container_wait(engine, container, waiting->condition, ret_code, err) == 0)
		return 0;
	if (!args->selection.ignore || err->kind != ERROR_NOT_FOUND)
		return -1;
	error_release(err);
	*ret_code = NO_EXIT_CODE;
	return 0;
}

/* --exit-first-match; the conditions of docker are taken as "exited". */
static int wait_for_first(struct engine *engine, const struct strings *names,
			  const struct wait_args *args, struct waiting *waiting, struct error *err)
{
	int code;

	if (!waiting->for_states)
		waiting->states[WORD_EXITED] = true;
	for (;; poll(NULL, 0, waiting->interval)) {
		for (size_t i = 0; i < names->count; i++) {
			int found = look(engine, names->items[i], args, waiting, &code, err);

			if (found == 0)
				continue;
			if (found > 0)
				printf("%d\n", code);
			return found < 0 ? -1 : 0;
		}
	}
}

static int wait_run(const struct invocation *invocation, struct error *err)
{
	const struct wait_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(strings) struct strings names = { 0 };
	struct waiting waiting;
	int status = 0;

	if (!engine || parse(args, &waiting, err) < 0 ||
	    selection_find(engine, invocation, &args->selection, NULL, &names, err) < 0)
		return -1;
	if (args->first_match)
		return wait_for_first(engine, &names, args, &waiting, err);
	for (size_t i = 0; i < names.count; i++) {
		auto_error failure = { 0 };
		int code;

		if ((waiting.for_states ? wait_for_state : wait_for_end)(
			    engine, names.items[i], args, &waiting, &code, &failure) == 0) {
			printf("%d\n", code);
			fflush(stdout);
			continue;
		}
		report_error(&failure);
		status = 1;
	}
	return status;
}

const struct command command_wait = {
	.name = "wait",
	.group = "container",
	.alias = "wait",
	.operands = "CONTAINER [CONTAINER...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.options_suffice = selection_suffices,
	.summary = "Wait until containers end, then print their exit codes",
	.options = wait_options,
	.args_size = sizeof(struct wait_args),
	.run = wait_run,
};
