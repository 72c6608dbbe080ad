/* SPDX-License-Identifier: Apache-2.0 */
/* See image/child-streams.h. */
#include "image/child-streams.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/syscalls.h"

static int compare_ints(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void close_others(const int *kept, size_t count)
{
	int sorted[CHILD_STREAMS_MAX + 1] = { STDERR_FILENO };

	assert(count <= CHILD_STREAMS_MAX);
	memcpy(sorted + 1, kept, count * sizeof(*kept));
	qsort(sorted, count + 1, sizeof(sorted[0]), compare_ints);
	for (size_t i = 0; i <= count; i++) {
		unsigned int first = (unsigned int)sorted[i] + 1;
		unsigned int last = i < count ? (unsigned int)sorted[i + 1] - 1 : ~0u;

		if (first <= last)
			sys_close_range(first, last, 0);
	}
}

int child_streams(const int *kept, size_t count, struct error *err)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0)
		return error_errno(err, "cannot open '/dev/null'");
	close_others(kept, count);	/* `nothing`, too */
	return 0;
}
