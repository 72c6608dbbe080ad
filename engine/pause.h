/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holding a container: by its cgroup's freezer, or where it has none by SIGSTOP to each of its
 * processes, which then can see that they were stopped.
 */
#ifndef ENGINE_PAUSE_H
#define ENGINE_PAUSE_H

#include <stdbool.h>

struct container;
struct engine;
struct error;

/* After engine_enter(). ERROR_BUSY in docker's words when it does not run, or is paused already;
 * not paused. */
int container_pause(struct engine *engine, struct container *container, struct error *err);
int container_unpause(struct engine *engine, struct container *container, struct error *err);

/* Lets the processes go on, whatever the state says: before a paused container is stopped. The
 * caller holds the lock. */
void pause_end(const struct container *container);
/* Whether the first process of a container that is recorded as paused really is held. */
bool pause_holds(const struct container *container);

#endif
