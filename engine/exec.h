/* SPDX-License-Identifier: Apache-2.0 */
/* What exec and health checks share: a program started in a running container. */
#ifndef ENGINE_EXEC_H
#define ENGINE_EXEC_H

#include "engine/runtime/launch.h"

struct container;
struct error;
struct exec_options;
struct process;

/* Starts it with these streams. See enter_start(), and container_exec() for the errors. Only the
 * container's config and the identity of its first process are looked at. */
int exec_start(const struct container *container, const struct exec_options *options,
	       const struct launch_stdio *stdio, struct process *ret_process, int *ret_terminal,
	       struct error *err);

#endif
