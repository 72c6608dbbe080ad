/* SPDX-License-Identifier: Apache-2.0 */
/* The pipe by which a supervisor tells the command that started it whether the program runs. */
#ifndef ENGINE_SUPERVISOR_START_REPORT_H
#define ENGINE_SUPERVISOR_START_REPORT_H

struct container_state;
struct error;

/* Both close `fd`. Nobody listening any more is fine. */
void start_report_success(int fd, const struct container_state *state);
void start_report_failure(int fd, const struct error *failure);
/* Waits for either. Success puts phase, processes and start time into *state; a failure becomes
 * *err with its kind. */
int start_report_receive(int fd, struct container_state *state, struct error *err);

#endif
