/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a running container uses: as its cgroup counts, or where it has none added up over its
 * processes. Then memory that they share counts in proportion (PSS), and what processes did that
 * have ended since is known only as far as their parents have waited for them.
 */
#ifndef ENGINE_STATS_H
#define ENGINE_STATS_H

#include <stdint.h>

struct container;
struct error;

struct stats_sample {
	uint64_t cpu_ns;	/* of the container, since its start */
	uint64_t system_ns;	/* of all CPUs of the machine, idle or not */
	unsigned int cpus;
	uint64_t memory, memory_limit;	/* bytes; without a limit of its own, what there is */
	uint64_t received, sent;	/* by its interfaces but lo; 0 in the host's namespace */
	uint64_t read, written;		/* from and to disks */
	uint64_t tasks;
};

/* After engine_enter(). One that does not run uses nothing. */
int stats_take(const struct container *container, struct stats_sample *ret_sample,
	       struct error *err);
/* docker's CPU %: 100 is one CPU. */
double stats_cpu_percent(const struct stats_sample *before, const struct stats_sample *now);

#endif
