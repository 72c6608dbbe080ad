/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the program and executing it. The words are docker's, since scripts
 * look for them; the kind of the error decides the exit code: 127 where there is
 * nothing to run, 126 where it cannot be run.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/syscalls.h"
#include "engine/runtime/environment.h"
#include "engine/runtime/program.h"

static int not_found(const char *name, const char *reason, struct error *err)
{
	return error_set(err, ERROR_COMMAND_NOT_FOUND, "exec: \"%s\": %s", name, reason);
}

static int not_executable(const char *name, const char *reason, struct error *err)
{
	return error_set(err, ERROR_COMMAND_NOT_EXECUTABLE, "exec: \"%s\": %s", name, reason);
}

static const char *lower_reason(int errnum)
{
	switch (errnum) {
	case ENOENT: return "no such file or directory";
	case ENOTDIR: return "not a directory";
	case EACCES: case EPERM: return "permission denied";
	case EISDIR: return "is a directory";
	case ENOEXEC: return "exec format error";
	case E2BIG: return "argument list too long";
	default: return strerror(errnum);
	}
}

static bool is_executable(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
	       faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

/* The first hit on the program's own PATH; an empty part is the working directory. */
static bool search_path(const char *name, const char *path, char *ret_file, size_t size)
{
	for (;;) {
		size_t length = strcspn(path, ":");
		int wrote = snprintf(ret_file, size, "%.*s/%s", length ? (int)length : 1,
				     length ? path : ".", name);

		if (wrote > 0 && (size_t)wrote < size && is_executable(ret_file))
			return true;
		path += length;
		if (!*path++)
			return false;
	}
}

/* Says why `file`, which was named with a slash, cannot be run, if that can be seen. */
static int check_file(const char *file, struct error *err)
{
	struct stat info;

	if (stat(file, &info) < 0) {
		int saved = errno;

		if (saved == EACCES)
			return not_executable(file, lower_reason(saved), err);
		return error_set(err, ERROR_COMMAND_NOT_FOUND, "exec: \"%s\": stat %s: %s", file,
				 file, lower_reason(saved));
	}
	if (S_ISDIR(info.st_mode))
		return not_executable(file, lower_reason(EISDIR), err);
	return 0;
}

static int find_file(const char *name, char *const *environment, char *ret_file, size_t size,
		     struct error *err)
{
	const char *path = ENVIRONMENT_PATH;

	if (!*name)
		return not_found(name, "executable file not found in $PATH", err);
	if (strchr(name, '/')) {
		if (strlen(name) >= size)
			return not_found(name, strerror(ENAMETOOLONG), err);
		memcpy(ret_file, name, strlen(name) + 1);
		return check_file(ret_file, err);
	}
	for (; *environment; environment++) {
		const char *value = skip_prefix(*environment, "PATH=");

		if (value)
			path = value;
	}
	if (!search_path(name, path, ret_file, size))
		return not_found(name, "executable file not found in $PATH", err);
	return 0;
}

int program_execute(const struct program *program, char *const *environment, struct error *err)
{
	char *const *args = program->spec->args.items;
	char file[PATH_MAX];

	if (program->spec->args.count == 0)
		return error_set(err, ERROR_USAGE, "no command specified");
	if (find_file(args[0], environment, file, sizeof(file), err) < 0)
		return -1;
	if (sys_close_range(3 + program->spec->preserve_fds, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return error_errno(err, "cannot close descriptors");
	execve(file, args, environment);
	if (errno == ENOENT)
		return not_found(args[0], "the file exists but its interpreter does not", err);
	return not_executable(args[0], lower_reason(errno), err);
}
