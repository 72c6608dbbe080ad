/* SPDX-License-Identifier: Apache-2.0 */
/* Paths taken apart without ever being put together again: see path.h. */
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"

int path_nofollow(int dir)
{
	return dir == AT_FDCWD ? 0 : O_NOFOLLOW;
}

int path_open_parent(int dir, const char **name, struct error *err)
{
	const char *slash = strrchr(*name, '/');
	auto_free char *parent = NULL;
	int fd;

	if (!slash)
		parent = xstrdup(".");
	else
		parent = xstrndup(*name, slash == *name ? 1 : (size_t)(slash - *name));
	fd = openat(dir, parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return path_error(err, "cannot open the directory '%s'", parent);
	if (slash)
		*name = slash + 1;
	return fd;
}

size_t path_component(const char **path)
{
	*path += strspn(*path, "/");
	return strcspn(*path, "/");
}

int path_error(struct error *err, const char *format, ...)
{
	auto_free char *text = NULL;
	int saved = errno;
	va_list args;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	error_errnum(err, saved, "%s", text);
	if (saved == ENOENT)
		err->kind = ERROR_NOT_FOUND;
	else if (saved == EEXIST)
		err->kind = ERROR_EXISTS;
	return -1;
}
