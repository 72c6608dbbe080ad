/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Knowing a process again: a pid is given to others in time, a pid with its
 * start time is not, until the next boot.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/strings.h"
#include "base/syscalls.h"

#define STAT_SIZE_MAX 4096
#define START_TIME_FIELD 22

const char *process_boot_id(void)
{
	static char boot_id[sizeof(((struct process_identity *)0)->boot_id)];
	struct error ignored = { 0 };
	auto_free char *line = NULL;

	if (boot_id[0])
		return boot_id;
	line = file_read_line(AT_FDCWD, "/proc/sys/kernel/random/boot_id", STAT_SIZE_MAX, &ignored);
	if (line && strlen(line) < sizeof(boot_id))
		memcpy(boot_id, line, strlen(line) + 1);
	error_release(&ignored);
	return boot_id;
}

/* Field 22 of the line. The command's name (field 2, in parentheses) may hold blanks and
 * parentheses itself, so counting begins behind the last one. */
static int find_start_time(const char *stat, uint64_t *ret_time, struct error *err)
{
	const char *at = strrchr(stat, ')');
	auto_free char *text = NULL;

	for (int field = 2; at && field < START_TIME_FIELD; field++) {
		at = strchr(at, ' ');
		if (at)
			at++;
	}
	if (!at)
		return error_set(err, ERROR_INVALID, "too few fields");
	text = strndup(at, strcspn(at, " "));
	return parse_u64(text, ret_time, err);
}

static int read_start_time(pid_t pid, uint64_t *ret_time, struct error *err)
{
	char path[sizeof("/proc//stat") + 12];
	auto_free char *stat = NULL;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	stat = file_read_line(AT_FDCWD, path, STAT_SIZE_MAX, err);
	if (!stat) {
		if (error_is_errno(err, ESRCH)) /* it ended between open and read */
			err->kind = ERROR_NOT_FOUND;
		return -1;
	}
	if (find_start_time(stat, ret_time, err) < 0)
		return error_context(err, "cannot read '%s'", path);
	return 0;
}

int process_identify(pid_t pid, struct process_identity *ret_identity, struct error *err)
{
	struct process_identity identity = { .pid = pid };

	if (read_start_time(pid, &identity.start_time, err) < 0)
		return -1;
	memcpy(identity.boot_id, process_boot_id(), sizeof(identity.boot_id));
	*ret_identity = identity;
	return 0;
}

int process_find(const struct process_identity *identity)
{
	struct error ignored = { 0 };
	auto_fd int pidfd = -1;
	struct pollfd end;
	uint64_t start_time = 0;
	int result;

	if (identity->pid <= 0 || strcmp(identity->boot_id, process_boot_id()) != 0)
		return -1;
	pidfd = sys_pidfd_open(identity->pid, 0);
	if (pidfd < 0)
		return -1;
	result = read_start_time(identity->pid, &start_time, &ignored);
	error_release(&ignored);
	if (result < 0 || start_time != identity->start_time)
		return -1;
	/* Not having ended by now, it held its pid all the while: it was its start time. */
	end = (struct pollfd){ .fd = pidfd, .events = POLLIN };
	return poll(&end, 1, 0) == 0 ? take_fd(&pidfd) : -1;
}
