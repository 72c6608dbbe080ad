/* SPDX-License-Identifier: Apache-2.0 */
/* Where the command line lies in memory is told by /proc/self/stat: proc(5), fields 48 and 49. */
#include "engine/runtime/arguments.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"

#define STAT_SIZE 4096
#define FIELD_ARG_START 48
#define FIELD_ARG_END 49

/* Field N of the line; the second one, in parentheses, may hold anything. */
static uintptr_t field(const char *line, unsigned int number)
{
	const char *at = strrchr(line, ')');

	for (unsigned int i = 2; at && i < number; i++)
		at = strchr(at + 1, ' ');
	return at ? (uintptr_t)strtoull(at + 1, NULL, 10) : 0;
}

int arguments_hide(int proc, const char *name, struct error *err)
{
	auto_fd int fd = openat(proc, "self/stat", O_RDONLY | O_CLOEXEC);
	char line[STAT_SIZE];
	uintptr_t start, end;
	ssize_t size;

	size = fd < 0 ? -1 : fd_read_full(fd, line, sizeof(line) - 1);
	if (size < 0)
		return error_errno(err, "cannot read /proc/self/stat");
	line[size] = '\0';
	start = field(line, FIELD_ARG_START);
	end = field(line, FIELD_ARG_END);
	if (start == 0 || end <= start)
		return error_set(err, ERROR_OTHER,
				 "the kernel does not tell where the command line is");
	memset((char *)start, 0, end - start);
	strncpy((char *)start, name, end - start - 1);
	prctl(PR_SET_NAME, name);
	return 0;
}
