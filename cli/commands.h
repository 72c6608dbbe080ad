/* SPDX-License-Identifier: Apache-2.0 */
/* The commands, each defined in the file of its name. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

extern const struct command command_attach;
extern const struct command command_completion;
extern const struct command command_container_inspect;
extern const struct command command_container_prune;
extern const struct command command_create;
extern const struct command command_exec;
extern const struct command command_image_inspect;
extern const struct command command_images;
extern const struct command command_info;
extern const struct command command_inspect;
extern const struct command command_kill;
extern const struct command command_logs;
extern const struct command command_port;
extern const struct command command_ps;
extern const struct command command_pull;
extern const struct command command_restart;
extern const struct command command_rm;
extern const struct command command_rmi;
extern const struct command command_run;
extern const struct command command_start;
extern const struct command command_stop;
extern const struct command command_tag;
extern const struct command command_version;
extern const struct command command_wait;

#endif
