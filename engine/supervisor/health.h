/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor's side of health checks: when they run, and what follows from them. */
#ifndef ENGINE_SUPERVISOR_HEALTH_H
#define ENGINE_SUPERVISOR_HEALTH_H

struct supervisor;

/* The program runs: checks begin, if the container has any. */
void supervisor_health_begin(struct supervisor *supervisor);
/* The program has ended. */
void supervisor_health_end(struct supervisor *supervisor);

#endif
