/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the user's streams and a program in a container: what attach and exec share.
 *
 * The other end is a supervisor's socket, which talks in frames, or the terminal
 * of an exec'd program, whose bytes are plain.
 */
#ifndef ENGINE_SUPERVISOR_PUMP_H
#define ENGINE_SUPERVISOR_PUMP_H

#include <stdbool.h>

#include "engine/supervisor/attach.h"

struct error;

struct pump_peer {
	int fd;		/* borrowed */
	bool framed;
	int end_pidfd;	/* plain: the end of this process is the end; -1 for frames */
};

/* See attach_run(). *ret_exit_code is set for a framed peer that told it. */
int pump_run(const struct pump_peer *peer, const struct attach_options *options,
	     enum attach_end *ret_end, int *ret_exit_code, struct error *err);

#endif
