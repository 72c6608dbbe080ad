/* SPDX-License-Identifier: Apache-2.0 */
/* When a container is started again: docker's policies and delays. */
#ifndef ENGINE_SUPERVISOR_RESTART_H
#define ENGINE_SUPERVISOR_RESTART_H

#include <stdbool.h>
#include <stdint.h>

struct restart_policy;

/* Whether a program that ended with `exit_code` is to run again; `stopped`: its end was the user's
 * wish; `count`: times that it was restarted already. */
bool restart_wanted(const struct restart_policy *policy, bool stopped, int exit_code,
		    unsigned int count);
/* The delay before the next start: 100 ms, doubled up to a minute; from the beginning again after a
 * run of ten seconds. `previous_ns`: the delay before the run that has ended, 0 for the first. */
uint64_t restart_delay(uint64_t previous_ns, uint64_t run_ns);

#endif
