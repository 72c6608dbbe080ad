/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one place that makes processes.
 *
 * A process is followed by pidfd; a pid that was written down is only trusted
 * together with its start time and the boot it belongs to.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct buffer;
struct error;

struct process {
	pid_t pid;
	int pidfd;	/* owned; -1 when there is none */
};
#define PROCESS_NONE ((struct process){ .pid = 0, .pidfd = -1 })

/* What is written down of a process, to know it again later. */
struct process_identity {
	pid_t pid;		/* 0: none */
	uint64_t start_time;	/* clock ticks since boot, /proc/PID/stat field 22 */
	char boot_id[37];
};

/* The function that runs in a child; its result is the exit status (_exit, no atexit handlers). */
typedef int (*process_main)(void *argument);

/* Forks a child that runs main(argument) with the same descriptors. It gets SIGKILL when the
 * calling thread dies first, if `die_with_parent`. */
int process_fork(process_main main, void *argument, bool die_with_parent,
		 struct process *ret_process, struct error *err);

/* clone3() with CLONE_* namespace `flags`, and into the cgroup of directory `cgroup` when it is
 * not -1. Otherwise as process_fork(). */
int process_clone(uint64_t flags, int cgroup, process_main main, void *argument,
		  struct process *ret_process, struct error *err);

/* Runs a program of the host, by absolute path or found in the fixed path
 * /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin, never in the user's PATH. */
struct spawn {
	const char *const *argv;	/* argv[0] is the program; NULL-terminated */
	const char *const *environment;	/* NULL: LC_ALL=C and PATH only */
	int stdin_fd, stdout_fd, stderr_fd;	/* 0: /dev/null */
	const int *inherit;		/* further descriptors kept open at their own numbers */
	unsigned int inherit_count;
	bool die_with_parent;
};
/* ERROR_NOT_FOUND if there is no such program: the failure of exec itself is reported here. */
int process_spawn(const struct spawn *spawn, struct process *ret_process, struct error *err);
/* The absolute path of `program` in the fixed path, or NULL. New string. */
char *process_find_program(const char *program);

/* Forks a child (which dies with us) that runs main(argument) and writes its answer, `size` bytes, to the
 * descriptor that it finds in *report. 1 when it ended without: then *ret_status is how. */
int process_ask(process_main main, void *argument, int *report, void *ret_answer, size_t size,
		int *ret_status, struct error *err);

/* In a child, before exec: no signal stays ignored or blocked, since programs inherit both. */
void process_reset_signals(void);

/* Waits for the end; *ret_status is as from waitpid(2). Closes the pidfd. */
int process_wait(struct process *process, int *ret_status, struct error *err);
/* Spawns, waits, and gathers at most 64 KiB of stdout+stderr into `output` (NULL: discarded).
 * A status other than 0 is an error that carries the program's last line. */
int process_run(const struct spawn *spawn, struct buffer *output, struct error *err);
void process_kill(struct process *process);	/* SIGKILL, waits, closes; none is fine */
void process_release(struct process *process);	/* closes the pidfd only */
/* waitpid(2)'s status as docker counts: exit status, or 128 + signal. */
int process_exit_code(int status);

int process_identify(pid_t pid, struct process_identity *ret_identity, struct error *err);
/* Opens the pidfd of that very process if it still lives (a zombie does not); else -1, no error. */
int process_find(const struct process_identity *identity);
const char *process_boot_id(void);	/* "" if the kernel does not tell */

#endif
