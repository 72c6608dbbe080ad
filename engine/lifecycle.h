/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs on containers, as the commands use them: start, stop, kill, wait,
 * remove, exec. Each follows the container by pidfd, never by a stored pid alone.
 */
#ifndef ENGINE_LIFECYCLE_H
#define ENGINE_LIFECYCLE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/spec-build.h"

struct container;
struct engine;
struct error;

/* Running, paused, or between two runs. */
bool container_is_running(const struct container *container);

/* Starts a created or exited container; a running one is no error and *ret_attach is a fresh
 * connection. See supervisor_start(). */
int container_start(struct engine *engine, struct container *container, int *ret_attach,
		    struct error *err);
/* Sends the stop signal (`signal` 0: the container's own), and SIGKILL after `timeout` seconds
 * (-1: never; -2: the container's own). Stopped already is success. Returns when it has ended
 * and its record is written. */
int container_stop(struct engine *engine, struct container *container, int signal, int timeout,
		   struct error *err);
/* The two halves of it, to stop several at once: ask all of them, then wait for each. */
struct stopping_container {
	bool asked;
	int receiver;		/* owned; closed by container_stop_end() */
	int64_t deadline;	/* monotonic: when it is killed */
};
int container_stop_begin(struct engine *engine, struct container *container, int signal,
			 int timeout, struct stopping_container *ret_stopping, struct error *err);
int container_stop_end(struct engine *engine, struct container *container,
		       struct stopping_container *stopping, struct error *err);
/* ERROR_BUSY "... is not running". SIGKILL, and what the stop signal is, count as the user's
 * wish: no restart. */
int container_kill(struct engine *engine, struct container *container, int signal,
		   struct error *err);
/*
 * Waits, and gives the exit code that the program ended with, also when the container is removed
 * at its end. NOT_RUNNING: at once if it does not run. NEXT_EXIT: the end of a run, of the
 * next one if none is. REMOVED: the code of the last run. ERROR_NOT_FOUND: it was removed before
 * it came to that.
 */
enum wait_condition { WAIT_NOT_RUNNING, WAIT_NEXT_EXIT, WAIT_REMOVED };
int container_wait(struct engine *engine, struct container *container,
		   enum wait_condition condition, int *ret_exit_code, struct error *err);
/* rm: a running container is ERROR_BUSY unless `force` (then it is killed first). */
int container_delete(struct engine *engine, struct container *container, bool force,
		     bool volumes, struct error *err);
/* Records the end that nobody recorded, and takes away what killed supervisors have left on the
 * host. Each removal of a container does the latter, too. ERROR_BUSY while it runs. */
int container_clean_up(struct engine *engine, struct container *container, struct error *err);
/* Runs a command in a running container; *ret_exit_code is its code, or 0 when detached. After
 * engine_enter_to_launch(). ERROR_BUSY when it is not running; ERROR_COMMAND_* as for start. */
int container_exec(struct engine *engine, struct container *container,
		   const struct exec_options *options, int *ret_exit_code, struct error *err);

/* "TERM", "SIGTERM", "15", "RTMIN+3" -> number. ERROR_USAGE. */
int signal_parse(const char *text, int *ret_signal, struct error *err);

#endif
