/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs on containers, as the commands use them: start, stop, kill, wait,
 * remove, exec. Each follows the container by pidfd, never by a stored pid alone.
 */
#ifndef ENGINE_LIFECYCLE_H
#define ENGINE_LIFECYCLE_H

#include <stdbool.h>

#include "engine/spec-build.h"

struct container;
struct engine;
struct error;

/* Starts a created or exited container; a running one is no error and *ret_attach is a fresh
 * connection. See supervisor_start(). */
int container_start(struct engine *engine, struct container *container, int *ret_attach,
		    struct error *err);
/* Sends the stop signal (`signal` 0: the container's own), and SIGKILL after `timeout` seconds
 * (-1: never; -2: the container's own). Stopped already is success. Returns when it has ended
 * and its record is written. */
int container_stop(struct engine *engine, struct container *container, int signal, int timeout,
		   struct error *err);
/* ERROR_BUSY "... is not running". SIGKILL, and what the stop signal is, count as the user's
 * wish: no restart. */
int container_kill(struct engine *engine, struct container *container, int signal,
		   struct error *err);
enum wait_condition { WAIT_NOT_RUNNING, WAIT_NEXT_EXIT, WAIT_REMOVED };
int container_wait(struct engine *engine, struct container *container,
		   enum wait_condition condition, int *ret_exit_code, struct error *err);
/* rm: a running container is ERROR_BUSY unless `force` (then it is killed first). */
int container_delete(struct engine *engine, struct container *container, bool force,
		     bool volumes, struct error *err);
/* Runs a command in a running container; *ret_exit_code is its code, or 0 when detached. After
 * engine_enter_to_launch(). ERROR_BUSY when it is not running; ERROR_COMMAND_* as for start. */
int container_exec(struct engine *engine, struct container *container,
		   const struct exec_options *options, int *ret_exit_code, struct error *err);

/* "TERM", "SIGTERM", "15", "RTMIN+3" -> number. ERROR_USAGE. */
int signal_parse(const char *text, int *ret_signal, struct error *err);

#endif
