/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The containers that a command is for: its operands, or those that options choose (podman's
 * --all, --latest, --filter, --cidfile).
 */
#ifndef CLI_SELECTION_H
#define CLI_SELECTION_H

#include <stdbool.h>

#include "base/strings.h"
#include "cli/session.h"

struct error;
struct invocation;

/* Stands first in the args of the commands that have it. */
struct selection {
	bool all, latest;
	bool ignore;		/* one that does not exist is no error */
	struct strings cidfiles, filters;
};

#define OPTION_SELECT_ALL(letter, args) \
	OPTION_FLAG(letter, "all", struct args, selection.all, "All containers that it can be done to")
#define OPTION_SELECT_CIDFILE(args) \
	OPTION_LIST(0, "cidfile", "FILE", struct args, selection.cidfiles, \
		    "The container whose ID is in this file")
#define OPTION_SELECT_FILTER(letter, args) \
	OPTION_LIST(letter, "filter", "KEY=VALUE", struct args, selection.filters, \
		    "All containers that match, by the filters of ps")
#define OPTION_SELECT_IGNORE(letter, args) \
	OPTION_FLAG(letter, "ignore", struct args, selection.ignore, \
		    "A container that does not exist is no error")
#define OPTION_SELECT_LATEST(letter, args) \
	OPTION_FLAG(letter, "latest", struct args, selection.latest, \
		    "The container that was created last")

/* struct command's options_suffice. */
bool selection_suffices(const void *args);

/* The names or IDs. Of `all` and `filters` only containers for which `fits` (may be NULL) holds. */
int selection_find(struct engine *engine, const struct invocation *invocation,
		   const struct selection *selection,
		   bool (*fits)(const struct container *container), struct strings *ret_names,
		   struct error *err);

/* Finds them, does `verb` to each, and prints it as it was named; a failure is reported and the
 * next one's turn. The exit status, or -1. */
int selection_each(struct engine *engine, const struct invocation *invocation,
		   bool (*fits)(const struct container *container), container_verb verb,
		   const void *args, struct error *err);

#endif
