/* SPDX-License-Identifier: Apache-2.0 */
/* Attaching the user's terminal to a container, for run, start -a and attach. */
#ifndef CLI_ATTACHING_H
#define CLI_ATTACHING_H

#include <stdbool.h>

struct container;
struct error;

struct attaching {
	bool with_stdin, with_stdout, with_stderr;
	bool sig_proxy;
	const char *detach_keys;	/* of the command line, or NULL */
};

/* ERROR_USAGE when a terminal is asked for and standard input is none. */
int attaching_check_terminal(bool interactive, bool tty, struct error *err);
/* The keys of the command line, else of config.json, checked; new string, or NULL: the default. */
int attaching_find_keys(const char *given, char **ret_keys, struct error *err);
/* Moves bytes until the container ends: its exit code; 0 if the user detached; or -1. */
int attaching_run(const struct attaching *attaching, struct container *container, int socket,
		  struct error *err);

#endif
