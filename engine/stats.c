/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of what containers use: see stats.h. */
#include "engine/stats.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/strings.h"
#include "engine/container.h"
#include "engine/lifecycle.h"
#include "engine/processes.h"
#include "engine/runtime/cgroup.h"

#define GROUP_FILE_MAX 65536
#define SYSTEM_FIELDS 8		/* user nice system idle iowait irq softirq steal */
#define NS_PER_MICROSECOND 1000

static uint64_t ticks_to_ns(uint64_t ticks)
{
	return ticks * ((uint64_t)NS_PER_SECOND / (uint64_t)sysconf(_SC_CLK_TCK));
}

/* The first line of /proc/stat, and how many CPUs follow. */
static void read_system(struct stats_sample *sample)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_error ignored = { 0 };
	const char *line;
	char *end;

	/* Its size is that of a long table of interrupts, too. */
	if (file_read(AT_FDCWD, "/proc/stat", (size_t)4 << 20, &text, &ignored) < 0 || !text.data)
		return;
	line = text.data + strcspn(text.data, " ");
	for (int i = 0; i < SYSTEM_FIELDS; i++) {
		sample->system_ns += ticks_to_ns(strtoull(line, &end, 10));
		line = end;
	}
	while ((line = strstr(line, "\ncpu"))) {
		sample->cpus++;
		line++;
	}
}

/* The sum of the numbers after `key` in a file of lines with "KEY NUMBER" or "KEY=NUMBER". */
static uint64_t sum_of(const char *text, const char *key)
{
	size_t length = strlen(key);
	uint64_t sum = 0;

	for (const char *at = text; (at = strstr(at, key)); at += length) {
		bool begins = at == text || at[-1] == '\n' || at[-1] == ' ';

		if (begins && (at[length] == ' ' || at[length] == '=' || at[length] == ':'))
			sum += strtoull(at + length + 1, NULL, 10);
	}
	return sum;
}

static char *read_group_file(int group, const char *name)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_error ignored = { 0 };

	if (file_read(group, name, GROUP_FILE_MAX, &text, &ignored) < 0 || !text.data)
		return NULL;
	return buffer_take(&text);
}

static uint64_t read_group_number(int group, const char *name, uint64_t fallback)
{
	auto_free char *text = read_group_file(group, name);

	return text && text[0] >= '0' && text[0] <= '9' ? strtoull(text, NULL, 10) : fallback;
}

static uint64_t read_group_sum(int group, const char *name, const char *key)
{
	auto_free char *text = read_group_file(group, name);

	return text ? sum_of(text, key) : 0;
}

/* The cache of files that are not in use is not counted, as docker does. */
static void read_group_memory(int group, struct stats_sample *sample)
{
	uint64_t used = read_group_number(group, "memory.current", 0);
	uint64_t cache = read_group_sum(group, "memory.stat", "inactive_file");

	sample->memory = used > cache ? used - cache : used;
	sample->memory_limit = read_group_number(group, "memory.max", sample->memory_limit);
}

/* What of these `group` does not count (the controller is not enabled) is added up. */
struct missing {
	bool cpu, memory, io, tasks;
};

static void read_group(int group, struct stats_sample *sample, struct missing *missing)
{
	missing->cpu = !file_exists(group, "cpu.stat");
	missing->memory = !file_exists(group, "memory.current");
	missing->io = !file_exists(group, "io.stat");
	missing->tasks = !file_exists(group, "pids.current");
	if (!missing->cpu)
		sample->cpu_ns = read_group_sum(group, "cpu.stat", "usage_usec") *
				 NS_PER_MICROSECOND;
	if (!missing->memory)
		read_group_memory(group, sample);
	if (!missing->io) {
		sample->read = read_group_sum(group, "io.stat", "rbytes");
		sample->written = read_group_sum(group, "io.stat", "wbytes");
	}
	if (!missing->tasks)
		sample->tasks = read_group_number(group, "pids.current", 0);
}

static uint64_t memory_of(const struct process_entry *entry)
{
	auto_free char *text = process_read(entry->pid, "smaps_rollup");

	return *text ? sum_of(text, "Pss") * 1024 : entry->resident_size;
}

static void add_process(const struct process_entry *entry, const struct missing *missing,
			struct stats_sample *sample)
{
	if (missing->cpu)
		sample->cpu_ns += ticks_to_ns(entry->user_time + entry->system_time +
					      entry->children_time);
	if (missing->tasks)
		sample->tasks += entry->threads;
	if (missing->memory)
		sample->memory += memory_of(entry);
	if (missing->io) {
		auto_free char *text = process_read(entry->pid, "io");

		sample->read += sum_of(text, "read_bytes");
		sample->written += sum_of(text, "write_bytes");
	}
}

static int add_processes(pid_t init, const struct missing *missing, struct stats_sample *sample,
			 struct error *err)
{
	auto_release(process_table) struct process_table table = { 0 };

	if (processes_find(init, &table, err) < 0)
		return -1;
	for (size_t i = 0; i < table.count; i++)
		add_process(&table.entries[i], missing, sample);
	return 0;
}

static bool has_host_network(pid_t init)
{
	struct stat ours, theirs;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)init);
	return stat(path, &theirs) < 0 || stat("/proc/self/ns/net", &ours) < 0 ||
	       ours.st_ino == theirs.st_ino;
}

/* "  eth0: RECEIVED packets errs drop fifo frame compressed multicast SENT ..." */
static void read_network(pid_t init, struct stats_sample *sample)
{
	auto_free char *text = NULL;
	const char *line;

	if (has_host_network(init))
		return;
	text = process_read(init, "net/dev");
	for (line = text; line && *line; line = strchr(line, '\n')) {
		uint64_t received, sent;
		const char *colon;

		line += *line == '\n';
		line += strspn(line, " ");
		colon = line + strcspn(line, ":\n");
		if (*colon != ':' || strncmp(line, "lo:", 3) == 0 ||
		    sscanf(colon + 1, " %" SCNu64 " %*u %*u %*u %*u %*u %*u %*u %" SCNu64,
			   &received, &sent) != 2)
			continue;
		sample->received += received;
		sample->sent += sent;
	}
}

int stats_take(const struct container *container, struct stats_sample *ret_sample,
	       struct error *err)
{
	struct missing missing = { true, true, true, true };
	struct stats_sample sample = { .cpus = 0 };
	pid_t init = container->state.init.pid;
	auto_error ignored = { 0 };
	auto_free char *path = NULL;
	auto_fd int group = -1;
	struct sysinfo system;

	read_system(&sample);
	if (!container_is_running(container) || container->state.phase == CONTAINER_RESTARTING) {
		*ret_sample = sample;
		return 0;
	}
	if (sysinfo(&system) == 0)
		sample.memory_limit = (uint64_t)system.totalram * system.mem_unit;
	path = cgroup_find(init, container->config.id);
	group = path ? cgroup_open(path, &ignored) : -1;
	if (group >= 0)
		read_group(group, &sample, &missing);
	if ((missing.cpu || missing.memory || missing.io || missing.tasks) &&
	    add_processes(init, &missing, &sample, err) < 0)
		return -1;
	read_network(init, &sample);
	*ret_sample = sample;
	return 0;
}

double stats_cpu_percent(const struct stats_sample *before, const struct stats_sample *now)
{
	if (now->cpu_ns <= before->cpu_ns || now->system_ns <= before->system_ns)
		return 0;
	return (double)(now->cpu_ns - before->cpu_ns) /
	       (double)(now->system_ns - before->system_ns) * now->cpus * 100;
}
