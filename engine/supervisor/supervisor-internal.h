/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor's state, shared by the files that are its parts. */
#ifndef ENGINE_SUPERVISOR_SUPERVISOR_INTERNAL_H
#define ENGINE_SUPERVISOR_SUPERVISOR_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/process.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/network/network.h"
#include "engine/supervisor/supervisor-io.h"

struct attach_server;
struct event_loop;
struct event_source;
struct launch;
struct runtime_spec;
struct supervisor_health;
struct supervisor_notify;

struct supervisor {
	struct engine *engine;
	struct container *container;
	int report;		/* to the command that starts the container */
	int client;		/* our end of its connection, or -1 */
	int run_directory;	/* <runroot>/<id> */

	struct event_loop *loop;
	struct supervisor_io io;
	struct attach_server *server;
	struct log_writer *log;

	struct process init;
	struct event_source *init_source;
	int64_t started;	/* monotonic */
	char *cgroup_path;	/* or NULL */

	enum network_mode network_mode;
	struct network *network;	/* NULL where there is nothing to tear down */
	int netns;		/* the container's own, kept over restarts; -1 none */

	uint64_t restart_delay;	/* before the current run; 0 at first */
	struct event_source *timer;	/* until the next start, or the kill */
	struct event_source *deadline;	/* --timeout */
	bool terminating;	/* we were told to end */
	bool restarting;	/* the program was ended to be started again */
	bool client_was_there;	/* when it was started */

	struct supervisor_health *health;	/* NULL: no checks run */
	struct supervisor_notify *notify;	/* NULL: nobody wants to know */
};

/* Why the program is asked to end, and killed after the container's stop timeout. */
enum supervisor_ending { SUPERVISOR_STOP, SUPERVISOR_RESTART };
void supervisor_end_program(struct supervisor *supervisor, enum supervisor_ending why);

/* Starts the container's program: the first time, and again. */
int supervisor_launch(struct supervisor *supervisor, struct error *err);
/* After launch_begin(): brings the container's network up and writes the files that tell of it. */
int supervisor_connect(struct supervisor *supervisor, const struct runtime_spec *spec,
		       const struct launch *launch, struct error *err);
void supervisor_disconnect(struct supervisor *supervisor);

/* Events (engine/events.h). `again`: it is a restart. */
void supervisor_note_start(const struct supervisor *supervisor, bool again);
void supervisor_note_end(const struct supervisor *supervisor);
void supervisor_note_disconnect(const struct supervisor *supervisor);
void supervisor_note_resize(void *supervisor, unsigned short rows, unsigned short columns);

#endif
