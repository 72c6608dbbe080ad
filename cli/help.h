/* SPDX-License-Identifier: Apache-2.0 */
/* --help, made from the command tables, for a terminal of 80 columns. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

struct command;
struct option;

/* `path` is the command as typed: "proa container ls". */
void help_command(const char *path, const struct command *command);
void help_group(const char *group);
void help_program(const struct option *global_options);

#endif
