/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --init: a pid 1 of our own in front of the program. It hands every signal on
 * to it, reaps what is orphaned, and ends with the program's status.
 */
#ifndef ENGINE_RUNTIME_INIT_H
#define ENGINE_RUNTIME_INIT_H

#include <sys/types.h>

/* Call before the program's process is made, which then undoes it with init_unblock(). */
void init_block_signals(void);
void init_unblock_signals(void);
/* Serves until `program` ends; the exit status to leave with. */
int init_serve(pid_t program);

#endif
