/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's namespace: all of a user's containers, pulls and builds share one.
 *
 * No process exists to hold it. Whoever is inside leaves a note in
 * <runroot>/userns/ (PID-STARTTIME); who comes later takes <runroot>/userns/.lock,
 * joins the namespace of any live note (setns: microseconds), and only when there
 * is none makes a new one, with newuidmap and newgidmap run side by side.
 *
 * Without subordinate ids, or without the two helpers, it is a single-id
 * namespace: 0 is the user, there is nobody else, setgroups is denied. A
 * container in it needs the emulation filter (engine/runtime/seccomp.h).
 */
#ifndef ROOTLESS_USERNS_H
#define ROOTLESS_USERNS_H

#include <stdbool.h>
#include <sys/types.h>

struct error;

enum userns_mode {
	USERNS_NONE,	/* we are root of the machine: no namespace needed */
	USERNS_FULL,	/* a range of ids is mapped */
	USERNS_SINGLE,	/* one id */
};

/* What the process is now: USERNS_NONE in the initial namespace with all ids (whoever it runs as). */
enum userns_mode userns_current(void);

/* Makes this single-threaded process id 0 in its user's namespace, with a mount namespace of its
 * own beside it (slave propagation: nothing gets out), and leaves the note. `runroot` is the
 * user's run directory. Working directory and supplementary groups are kept. Called by an ordinary
 * user only; again after the re-exec inside it changes nothing. When it must settle for a single
 * id, it warns once per boot with what is missing and the remedy (the usermod line).
 * ERROR_UNSUPPORTED when this host forbids user namespaces: says by what and how to allow it. */
int userns_enter(int runroot, enum userns_mode *ret_mode, struct error *err);

/* A child that lives on (a supervisor) leaves a note of its own; call it in the child. */
int userns_hold(int runroot, struct error *err);
/* Takes this process's note back; at its end. */
void userns_release(int runroot);

#endif
