/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd_notify(3): telling the service manager that started `proa run` (NOTIFY_SOCKET).
 *
 *	container	the program tells it itself, by a socket of ours in the container whose
 *			messages we pass on
 *	conmon		when the program has started
 *	healthy		when its health check has succeeded
 *	ignore		never
 */
#ifndef ENGINE_SUPERVISOR_NOTIFY_H
#define ENGINE_SUPERVISOR_NOTIFY_H

struct error;
struct runtime_spec;
struct supervisor;

/* Where the socket is in the container. */
#define NOTIFY_CONTAINER_PATH "/run/proa-notify.sock"

/* Before the first start, while our environment still is the caller's. */
int supervisor_notify_open(struct supervisor *supervisor, struct error *err);
/* Gives the program of this run the socket. */
void supervisor_notify_prepare(struct supervisor *supervisor, struct runtime_spec *spec);
void supervisor_notify_started(struct supervisor *supervisor);
void supervisor_notify_healthy(struct supervisor *supervisor);
void supervisor_notify_close(struct supervisor *supervisor);

#endif
