/* SPDX-License-Identifier: Apache-2.0 */
/* Reading /proc: which processes belong together, and what is said of each. */
#include "engine/processes.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/strings.h"

#define READ_MAX 65536
#define PATH_ROOM 64

void process_table_release(struct process_table *table)
{
	free(table->entries);
	*table = (struct process_table){ 0 };
}

char *process_read(pid_t pid, const char *name)
{
	auto_free char *text = xmalloc(READ_MAX + 1);
	char path[PATH_ROOM];
	auto_fd int fd = -1;
	ssize_t size;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	size = fd < 0 ? 0 : fd_read_full(fd, text, READ_MAX);
	if (size < 0)
		size = 0;
	while (size > 0 && (text[size - 1] == '\0' || text[size - 1] == '\n'))
		size--;
	for (ssize_t i = 0; i < size; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	return xstrndup(text, (size_t)size);
}

char *process_status(const char *status, const char *key)
{
	size_t length = strlen(key);

	while (status) {
		if (strncmp(status, key, length) == 0 && status[length] == ':') {
			status += length + 1;
			status += strspn(status, "\t ");
			return xstrndup(status, strcspn(status, "\n"));
		}
		status = strchr(status, '\n');
		status = status ? status + 1 : NULL;
	}
	return NULL;
}

/* The name, in parentheses, may hold parentheses itself: its end is the last one. */
static bool parse_stat(const char *text, struct process_entry *entry)
{
	const char *open = strchr(text, '(');
	const char *close = strrchr(text, ')');
	int64_t children_user, children_system;
	uint64_t pages;

	if (!open || !close || close < open)
		return false;
	snprintf(entry->name, sizeof(entry->name), "%.*s", (int)(close - open - 1), open + 1);
	if (sscanf(close + 1,
		   " %c %d %d %d %u %d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
		   " %" SCNd64 " %" SCNd64 " %ld %ld %u %*d %" SCNu64 " %" SCNu64 " %" SCNu64,
		   &entry->state, &entry->parent, &entry->group, &entry->session, &entry->tty,
		   &entry->terminal_group, &entry->user_time, &entry->system_time,
		   &children_user, &children_system, &entry->priority, &entry->nice,
		   &entry->threads, &entry->start_time,
		   &entry->virtual_size, &pages) != 16)
		return false;
	entry->children_time = (uint64_t)(children_user + children_system);
	entry->resident_size = pages * (uint64_t)sysconf(_SC_PAGESIZE);
	return true;
}

/* The inode of the PID namespace that a process is in, or 0. */
static uint64_t pid_namespace(pid_t pid)
{
	char path[PATH_ROOM];
	struct stat info;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
	return stat(path, &info) == 0 ? (uint64_t)info.st_ino : 0;
}

bool processes_own_namespace(pid_t init)
{
	auto_free char *status = process_read(init, "status");
	auto_free char *numbers = process_status(status, "NSpid");
	const char *last = numbers ? strrchr(numbers, '\t') : NULL;

	return last && strcmp(last + 1, "1") == 0;
}

static int compare_pids(const void *left, const void *right)
{
	const struct process_entry *a = left, *b = right;

	return (a->pid > b->pid) - (a->pid < b->pid);
}

/* Every process that we see. */
static int read_all(struct process_table *table, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };
	auto_fd int proc = dir_open(AT_FDCWD, "/proc", err);

	if (proc < 0 || dir_list(proc, &names, err) < 0)
		return -1;
	table->entries = xcalloc(names.count + 1, sizeof(*table->entries));
	for (size_t i = 0; i < names.count; i++) {
		struct process_entry *entry = &table->entries[table->count];
		auto_error no_number = { 0 };
		auto_free char *stat = NULL;
		uint32_t pid;

		if (parse_u32(names.items[i], &pid, &no_number) < 0)
			continue;
		stat = process_read((pid_t)pid, "stat");
		*entry = (struct process_entry){ .pid = (pid_t)pid };
		if (parse_stat(stat, entry))
			table->count++;
	}
	qsort(table->entries, table->count, sizeof(*table->entries), compare_pids);
	return 0;
}

static bool is_member(const struct process_table *table, const bool *members, pid_t pid)
{
	const struct process_entry key = { .pid = pid };
	const struct process_entry *found = bsearch(&key, table->entries, table->count,
						    sizeof(*table->entries), compare_pids);

	return found && members[found - table->entries];
}

/* Adds the children of members until there are no more. */
static void add_descendants(const struct process_table *table, bool *members)
{
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < table->count; i++) {
			if (members[i] || !is_member(table, members, table->entries[i].parent))
				continue;
			members[i] = true;
			again = true;
		}
	}
}

int processes_find(pid_t init, struct process_table *ret_table, struct error *err)
{
	auto_release(process_table) struct process_table table = { 0 };
	uint64_t space = processes_own_namespace(init) ? pid_namespace(init) : 0;
	auto_free bool *members = NULL;
	size_t count = 0;

	if (read_all(&table, err) < 0)
		return -1;
	members = xcalloc(table.count + 1, sizeof(*members));
	for (size_t i = 0; i < table.count; i++)
		members[i] = table.entries[i].pid == init ||
			     (space && pid_namespace(table.entries[i].pid) == space);
	add_descendants(&table, members);
	for (size_t i = 0; i < table.count; i++)
		if (members[i])
			table.entries[count++] = table.entries[i];
	table.count = count;
	*ret_table = table;
	table = (struct process_table){ 0 };
	return 0;
}
