/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Health checks: how one is run, and what its results make of a container's health.
 *
 * The supervisor runs them on a timer (engine/supervisor/health.h), a user by
 * `proa healthcheck run`. Results are kept in containers/<id>/health.json in the form that inspect
 * shows; the health itself is part of the container's state.
 */
#ifndef ENGINE_HEALTH_H
#define ENGINE_HEALTH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/process.h"

struct container;
struct container_config;
struct error;
struct healthcheck;

#define HEALTH_EXIT_TIMEOUT (-1)

bool health_is_checked(const struct container_config *config);
/* Which check is to be run now: the startup check until it has succeeded. */
const struct healthcheck *health_current_check(const struct container *container);
/* Docker's defaults for what was not given, in nanoseconds. */
int64_t health_interval(const struct container *container, int64_t now_ns);
int64_t health_timeout(const struct healthcheck *check);

/* A check that runs in a child of ours, which ends with it. */
struct health_probe {
	struct process process;
	int output;		/* what it prints, non-blocking; owned */
	int64_t start_ns;
	bool is_startup;
	struct buffer text;	/* what was read of it, at most what is kept */
};
int health_probe_start(const struct container *container, struct health_probe *ret_probe,
		       struct error *err);
/* Reads what there is; false at its end. */
bool health_probe_read(struct health_probe *probe, const struct container *container);
/* Waits for the child (kills it if `kill`): 0 is healthy, HEALTH_EXIT_TIMEOUT too slow. */
int health_probe_end(struct health_probe *probe, const struct container *container, bool kill);

enum health_change { HEALTH_SAME, HEALTH_CHANGED, HEALTH_STARTUP_FAILED };
/* Adds the result to health.json, and to *container's state, which it writes. Locked by the
 * caller. */
enum health_change health_record(struct container *container, const struct health_probe *probe,
				 int exit_code);
/* At a start: no results yet. The state is the caller's to write. */
void health_reset(struct container *container);

/* State.Health as inspect shows it, or NULL when there are no checks. New reference. */
json_t *health_inspect(const struct container *container);

#endif
