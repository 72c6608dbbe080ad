/* SPDX-License-Identifier: Apache-2.0 */
/* A scratch directory for a test, made fresh under $TMPDIR and removed with all in it. */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

static char scratch_path[256];

/* The directory's descriptor, in *state. */
static int scratch_make(void **state)
{
	const char *parent = getenv("TMPDIR");
	int dir;

	snprintf(scratch_path, sizeof(scratch_path), "%s/proa-unit-XXXXXX",
		 parent ? parent : "/tmp");
	if (!mkdtemp(scratch_path))
		return -1;
	dir = open(scratch_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = (void *)(long)dir;
	return dir < 0 ? -1 : 0;
}

static int scratch_dir(void **state)
{
	return (int)(long)*state;
}

static int scratch_remove(void **state)
{
	struct error err = { 0 };
	int result = dir_remove_tree(AT_FDCWD, scratch_path, &err);

	if (result < 0)
		fprintf(stderr, "%s\n", err.message);
	error_release(&err);
	close(scratch_dir(state));
	return result;
}

#endif
