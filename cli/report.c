/* SPDX-License-Identifier: Apache-2.0 */
/* Errors, warnings and the last words of a command. */
#include "cli/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"

static const char *error_prefix = "Error";

void report_as_program(void)
{
	error_prefix = "proa";
}

static void print_line(const char *prefix, const char *message)
{
	auto_free char *text = printable(message ? message : "unknown error");

	fflush(stdout);
	/* At once: lines of commands that run side by side do not mix. */
	fprintf(stderr, "%s%s%s\n", prefix ? prefix : "", prefix ? ": " : "", text);
}

void report_error(const struct error *err)
{
	print_line(error_prefix, err->message);
}

void report_usage(const char *path, const char *message)
{
	print_line(NULL, message);
	fprintf(stderr, "See '%s --help'.\n", path);
}

void report_warning(const char *message)
{
	print_line("WARNING", message);
}

int report_finish(int status)
{
	int failed;

	errno = 0;
	failed = fflush(stdout) != 0 || ferror(stdout);
	if (!failed)
		return status;
	fprintf(stderr, "%s: cannot write to the standard output%s%s\n", error_prefix,
		errno ? ": " : "", errno ? strerror(errno) : "");
	return status ? status : 1;
}
