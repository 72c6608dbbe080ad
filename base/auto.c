/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cleanup functions. They run after `return` has been decided, so they leave
 * errno as the function that returns has set it.
 */
#include "base/auto.h"

#include <errno.h>
#include <unistd.h>

void auto_close_fd(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

void auto_close_dir(DIR **dir)
{
	int saved = errno;

	if (*dir)
		closedir(*dir);
	errno = saved;
}

void auto_close_file(FILE **file)
{
	int saved = errno;

	if (*file)
		fclose(*file);
	errno = saved;
}
