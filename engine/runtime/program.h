/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a set-up process to the user's program: what a container's first
 * process and every later one (exec) have in common, so that both are confined alike.
 */
#ifndef ENGINE_RUNTIME_PROGRAM_H
#define ENGINE_RUNTIME_PROGRAM_H

#include <stdbool.h>

#include "engine/runtime/launch.h"
#include "engine/runtime/seccomp.h"
#include "engine/runtime/spec.h"

struct container_user;
struct error;

struct program {
	const struct process_spec *spec;
	struct launch_stdio stdio;	/* not used with a terminal */
	struct seccomp_program filter;	/* none: no instructions */
	struct seccomp_program emulation;
	bool single_id;			/* only id 0 is mapped; set*id are emulated */
	bool init;			/* a pid 1 of ours stays in front of the program */
	bool dies_with_parent;		/* even after exec */
	int root;			/* the container's root; our "/" too */
	int proc;			/* a /proc directory, for our own status */
	int terminal;			/* slave side, or -1 */
	int report;			/* socket to the maker */
};

/* The filters that `mode` asks for, composed. */
int program_compose_filters(struct program *program, enum seccomp_mode mode, const char *file,
			    bool emulate_ownership, struct error *err);
void program_release_filters(struct program *program);

/* Resolves the user, enters the working directory, confines this process, and executes the program.
 * Returns only with an error. */
int program_run(struct program *program, struct error *err);

/* The steps that have files of their own. */
int program_confine(const struct program *program, const struct container_user *user,
		    struct error *err);
/* Searches PATH as docker does and executes; ERROR_COMMAND_*. */
int program_execute(const struct program *program, char *const *environment, struct error *err);

#endif
