/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `top` can show of a process: the columns of ps by their names there ("pid", "user",
 * "%cpu"), and podman's ("hpid", "capeff").
 */
#ifndef CLI_PROCESS_COLUMNS_H
#define CLI_PROCESS_COLUMNS_H

#include <stdint.h>

#include "base/strings.h"
#include "engine/processes.h"

struct process_facts;

struct process_column {
	const char *name;
	const char *heading;
	char *(*text)(const struct process_facts *facts);	/* new string */
};

/* One process, and what its columns are worked out from. */
struct process_facts {
	const struct process_entry *entry;
	const char *status;	/* /proc/PID/status */
	const char *users, *groups;	/* /etc/passwd and /etc/group */
	uint64_t uptime;	/* seconds since boot */
	int64_t now;		/* nanoseconds */
	uint64_t memory;	/* bytes that the machine has */
};

const struct process_column *process_column_find(const char *name);	/* NULL: there is none */
void process_columns_print(void);	/* the names, a line each */

#endif
