/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor: the one process beside a running container.
 *
 * It is forked by the command that starts the container (no exec), leaves that
 * command's session, launches the container as its own child, and ends when the
 * container has ended for good. It keeps the log, serves attach.sock, forwards
 * published ports, applies the restart policy, records the exit, and removes the
 * container if --rm was given. It holds no lock while it waits, and fixed
 * buffers only: a reader that does not read slows the container down, but
 * nothing grows.
 */
#ifndef ENGINE_SUPERVISOR_SUPERVISOR_H
#define ENGINE_SUPERVISOR_SUPERVISOR_H

struct container;
struct engine;
struct error;

/* Starts `container` (locked by the caller, engine_enter_to_launch() done). Returns once its
 * program runs, with container->state as of then, or with why it does not (ERROR_COMMAND_* kept;
 * state.json then says so too). `ret_attach`, if not NULL, is a connection
 * (engine/supervisor/attach.h) made before the program started, so that none of its output is
 * missed. */
int supervisor_start(struct engine *engine, struct container *container, int *ret_attach,
		     struct error *err);

#endif
