/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launching: runtime spec -> namespaces, root, mounts, confinement, program.
 *
 * The caller is root, or id 0 of its user's namespace, and runs from a protected binary
 * (engine/runtime/self.h). Two steps, so that the network can be set up between
 * them while the child mounts its root:
 *
 *	launch_begin()	clones the child into its namespaces; it sets up everything it can alone
 *	launch_start()	waits for that, lets it go on to the user's program, and returns once exec
 *			has succeeded, or with the step that failed
 */
#ifndef ENGINE_RUNTIME_LAUNCH_H
#define ENGINE_RUNTIME_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/process.h"
#include "engine/runtime/spec.h"

struct error;
struct launch;

/* Descriptors that become the program's 0, 1, 2; borrowed. With a terminal they are not used. */
struct launch_stdio {
	int in, out, error;
};

/* Starts the child. `spec` is borrowed until launch_free(). */
struct launch *launch_begin(const struct runtime_spec *spec, const struct launch_stdio *stdio,
			    struct error *err);
pid_t launch_pid(const struct launch *launch);
/* A descriptor of the child's new network namespace, or -1 if it has none of its own; the caller owns it. */
int launch_open_netns(const struct launch *launch, struct error *err);

/* Lets the program start. ERROR_COMMAND_NOT_FOUND and ERROR_COMMAND_NOT_EXECUTABLE are told apart by exec's
 * errno; the child is gone after any failure. *ret_process is the container's init, a child of
 * the caller. *ret_terminal is the terminal's master side, or -1. */
int launch_start(struct launch *launch, struct process *ret_process, int *ret_terminal,
		 struct error *err);
/* Kills what has not been handed over; NULL is fine. */
void launch_free(struct launch *launch);

/* The files a container has to have, bind-mounted by the launcher through spec mounts:
 * /etc/hosts, /etc/hostname, /etc/resolv.conf are plain MOUNT_BIND entries with source_fd.
 * If their content depends on the network, the caller writes it before launch_start(). */

/*
 * exec: one more process in a running container.
 */
struct enter_request {
	int init_pidfd;				/* the container's init, verified alive */
	pid_t init_pid;
	const struct process_spec *process;
	enum seccomp_mode seccomp;
	const char *seccomp_file;
	bool emulate_ownership;
	const char *cgroup_path;		/* or NULL */
};
/* Joins the container's namespaces (its user namespace too, when it is not ours: then called by
 * the plain user, without entering first) and starts the process. The child of ours that waits for
 * it has its exit status: *ret_process; killing that child (SIGKILL) kills the program. ERROR_COMMAND_*
 * as above. Pidfds, and the terminal, as above. */
int enter_start(const struct enter_request *request, const struct launch_stdio *stdio,
		struct process *ret_process, int *ret_terminal, struct error *err);

#endif
