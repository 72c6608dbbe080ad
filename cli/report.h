/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes to the standard error stream, and the end of the standard output. A text from outside
 * cannot bring escape sequences or further lines along.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <stdbool.h>

struct error;

/* "Error: ...", or "proa: ..." once report_as_program() was called (run and create). */
void report_error(const struct error *err);
void report_as_program(void);
/* The bare message and where help is to be had, for what the parser turns down. */
void report_usage(const char *path, const char *message);
void report_warning(const char *message);	/* a warning_handler */

/* Writes out what stdout still holds: the exit status, or 1 (reported) if any of it was lost. */
int report_finish(int status);

#endif
