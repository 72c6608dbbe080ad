/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program of the host that serves for as long as its starter lives (an uplink,
 * a file system): starting it, hearing that it is ready, and what it said when
 * it gave up.
 */
#ifndef ROOTLESS_HELPER_H
#define ROOTLESS_HELPER_H

#include "base/process.h"

struct error;

struct helper {
	struct process process;
	int log;	/* what it writes to stderr, at most HELPER_LOG_SIZE; owned */
};
#define HELPER_NONE ((struct helper){ .process = PROCESS_NONE, .log = -1 })
#define HELPER_LOG_SIZE 16384

/* Starts `spawn` with die_with_parent and its stderr (and stdout, if none is given) going to the log. */
int helper_start(const struct spawn *spawn, struct helper *ret_helper, struct error *err);
/* Waits until something can be read from `ready`, or the helper has ended, or it takes too long:
 * then it is killed, and *err has its last words. */
int helper_wait_ready(struct helper *helper, const char *name, int ready, struct error *err);
/* Kills it; *err has its last words, after "NAME failed". Returns -1. */
int helper_failed(struct helper *helper, const char *name, struct error *err);
void helper_release(struct helper *helper);	/* kills it */
/* Lets it live on: the process moves to the caller, the log is closed. */
struct process helper_take_process(struct helper *helper);

#endif
