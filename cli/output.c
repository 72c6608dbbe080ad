/* SPDX-License-Identifier: Apache-2.0 */
/* See cli/output.h. */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/random.h"

#define RANDOM_DIGITS 8

static int use_stdout(const char *what, struct output *output, struct error *err)
{
	if (isatty(STDOUT_FILENO))
		return error_set(err, ERROR_OTHER,
				 "cowardly refusing to %s to a terminal. Use the -o flag or redirect",
				 what);
	output->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	return output->fd < 0 ? error_errno(err, "cannot write to standard output") : 0;
}

static int open_parent(const char *path, struct output *output, struct error *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *parent = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");

	output->name = xstrdup(slash ? slash + 1 : path);
	if (!*output->name)
		return error_set(err, ERROR_USAGE, "'%s' is a directory", path);
	output->dir = dir_open(AT_FDCWD, parent, err);
	return output->dir < 0 ? -1 : 0;
}

static int make_file(const char *path, struct output *output, struct error *err)
{
	char random[RANDOM_DIGITS + 1];

	if (open_parent(path, output, err) < 0)
		return -1;
	random_hex(random, RANDOM_DIGITS);
	output->temporary = xasprintf(".%.200s.%s", output->name, random);
	output->fd = openat(output->dir, output->temporary,
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (output->fd >= 0)
		return 0;
	replace_string(&output->temporary, NULL);
	return error_errno(err, "cannot make '%s'", path);
}

int output_open(const char *path, const char *what, struct output *ret_output, struct error *err)
{
	struct output output = OUTPUT_NONE;
	auto_free char *real = NULL;
	struct stat info;
	int result;

	if (!path || strcmp(path, "-") == 0) {
		result = use_stdout(what, &output, err);
	} else if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
		result = error_set(err, ERROR_OTHER, "cannot write to '%s': it is a directory", path);
	} else if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
		output.fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
		result = output.fd < 0 ? error_errno(err, "cannot open '%s'", path) : 0;
	} else {
		/* The file that a link leads to is replaced, not the link. */
		real = realpath(path, NULL);
		result = make_file(real ? real : path, &output, err);
	}
	if (result < 0)
		output_release(&output);
	else
		*ret_output = output;
	return result;
}

int output_finish(struct output *output, struct error *err)
{
	if (!output->temporary)
		return 0;
	if (fsync(output->fd) < 0 ||
	    renameat(output->dir, output->temporary, output->dir, output->name) < 0)
		return error_errno(err, "cannot write '%s'", output->name);
	replace_string(&output->temporary, NULL);
	return 0;
}

void output_release(struct output *output)
{
	if (output->temporary)
		unlinkat(output->dir, output->temporary, 0);
	auto_close_fd(&output->fd);
	auto_close_fd(&output->dir);
	free(output->name);
	free(output->temporary);
	*output = OUTPUT_NONE;
}
