/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processes of a running container, as the host's /proc tells.
 *
 * They are those of its PID namespace and of namespaces below; a container that shares the
 * namespace of another, or the host's, has its first process and what descends from it. After
 * engine_enter(): other users' processes do not tell their namespaces. Nothing in the
 * container is opened or run (R8).
 */
#ifndef ENGINE_PROCESSES_H
#define ENGINE_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

#define PROCESS_NAME_SIZE 64

/* What /proc/PID/stat has of a process; times in clock ticks. */
struct process_entry {
	pid_t pid, parent, group, session;
	char name[PROCESS_NAME_SIZE];
	char state;		/* R S D T Z ... */
	unsigned int tty;	/* device number, 0 none */
	int terminal_group;
	long priority, nice;
	unsigned int threads;
	uint64_t user_time, system_time;
	uint64_t children_time;	/* of those that it has waited for, both kinds */
	uint64_t start_time;	/* since boot */
	uint64_t virtual_size, resident_size;	/* bytes */
};

struct process_table {
	struct process_entry *entries;	/* owned; by pid */
	size_t count;
};
void process_table_release(struct process_table *table);

/* Those of the container whose first process is `init`. Empty once it has ended. */
int processes_find(pid_t init, struct process_table *ret_table, struct error *err);

/* Whether `init` is the first of a PID namespace of its own: whoever is in there belongs to it. */
bool processes_own_namespace(pid_t init);

/* /proc/PID/NAME as a new string, at most 64 KiB of it; "" if it is not to be had. NUL bytes
 * become blanks. */
char *process_read(pid_t pid, const char *name);
/* The text after "KEY:" and blanks in /proc/PID/status, up to the line's end; new string, or NULL. */
char *process_status(const char *status, const char *key);

#endif
