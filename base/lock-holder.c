/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who holds a lock, by /proc/locks: lines "1: FLOCK ADVISORY WRITE 1234 08:02:5678 0 EOF" with
 * pid, device and inode; those that wait have "->" after the number.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/strings.h"

#define LOCKS_MAX ((size_t)4 << 20)
#define COMMAND_MAX 4096
#define COMMAND_SHOWN 80

/* The pid of the first lock on this file; 0: it is of another PID namespace, or there is none. */
static int find_pid(const char *locks, const char *place)
{
	const char *found = strstr(locks, place);
	const char *line = found;
	int pid;

	while (line && line > locks && line[-1] != '\n')
		line--;
	if (!line || sscanf(line, "%*d: FLOCK %*s %*s %d", &pid) != 1)
		return 0;
	return pid;
}

/* How much of a command line tells what it does and holds no option, whose value (--creds, -p) or
 * environment (-e) may be a secret: at most the program and two words. */
static size_t secretless_length(const char *line)
{
	size_t length = strcspn(line, " ");

	for (int words = 0; words < 2 && line[length] == ' ' && line[length + 1] != '-'; words++)
		length += 1 + strcspn(line + length + 1, " ");
	return length;
}

static char *command_of(int pid)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_free char *path = xasprintf("/proc/%d/cmdline", pid);
	auto_error ignored = { 0 };
	auto_free char *line = NULL;

	if (file_read(AT_FDCWD, path, COMMAND_MAX, &text, &ignored) < 0 || text.size < 2)
		return NULL;
	for (size_t i = 0; i + 1 < text.size; i++)
		if (text.data[i] == '\0')
			text.data[i] = ' ';
	text.data[secretless_length(text.data)] = '\0';
	line = xasprintf("%.*s", COMMAND_SHOWN, text.data);
	return printable(line);
}

char *lock_holder(int fd)
{
	auto_release(buffer) struct buffer locks = { 0 };
	auto_free char *command = NULL;
	auto_free char *place = NULL;
	auto_error ignored = { 0 };
	struct stat info;
	int pid;

	if (fstat(fd, &info) < 0 ||
	    file_read(AT_FDCWD, "/proc/locks", LOCKS_MAX, &locks, &ignored) < 0 || !locks.data)
		return NULL;
	place = xasprintf(" %02x:%02x:%llu ", major(info.st_dev), minor(info.st_dev),
			  (unsigned long long)info.st_ino);
	pid = find_pid(locks.data, place);
	if (pid <= 0)
		return NULL;
	command = command_of(pid);
	return command ? xasprintf("process %d (%s)", pid, command) : xasprintf("process %d", pid);
}
