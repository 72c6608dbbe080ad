/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the container's first process, between clone and exec: what it was
 * given, what it has made so far, and the steps that make the rest. Steps run in
 * the order of the table in setup.c, as id 0 with all capabilities; each
 * returns 0, or -1 and an error that reads well after the step's name.
 */
#ifndef ENGINE_RUNTIME_SETUP_H
#define ENGINE_RUNTIME_SETUP_H

#include <stdbool.h>

#include "engine/runtime/launch.h"
#include "engine/runtime/program.h"
#include "engine/runtime/seccomp.h"
#include "engine/runtime/spec.h"

struct error;

struct setup {
	const struct runtime_spec *spec;
	struct program program;		/* what is run in the end */

	/* Prepared before the clone, where the caller's descriptors are good for copying mounts:
	 * a descriptor stands for a mount of the namespace it was opened in. */
	int root;		/* the root's mount, not attached yet; -1: legacy overlay */
	int *sources;		/* for each of spec->mounts: its detached copy, or -1 */
	int report;		/* socket to the maker */
	int maker;		/* the maker's end of it, which the child closes first */

	/* Made on the way. */
	int dev;		/* the tmpfs on /dev */
	int devpts;		/* the mount on /dev/pts, or -1 */
	int terminal;		/* master side, or -1 */
	int sysctl;		/* a procfs of our own, attached nowhere, or -1 */
	bool makes_nodes;	/* device nodes can be made: then they must not work elsewhere */
};

/* The function of the cloned process; `argument` is a struct setup. */
int setup_main(void *argument);

int setup_namespaces(struct setup *setup, struct error *err);
int setup_host_mounts(struct setup *setup, struct error *err);
int setup_root(struct setup *setup, struct error *err);
int setup_devices(struct setup *setup, struct error *err);
int setup_mounts(struct setup *setup, struct error *err);
int setup_terminal(struct setup *setup, struct error *err);
int setup_masks(struct setup *setup, struct error *err);
int setup_sysctl_access(struct setup *setup, struct error *err);
int setup_working_directory(struct setup *setup, struct error *err);
int setup_pivot(struct setup *setup, struct error *err);
int setup_names(struct setup *setup, struct error *err);
int setup_sysctls(struct setup *setup, struct error *err);

#endif
