/* SPDX-License-Identifier: Apache-2.0 */
/* The options that stand before a command, and what docker's config.json sets. */
#ifndef CLI_GLOBAL_H
#define CLI_GLOBAL_H

#include "cli/command.h"

extern const struct option global_options[];

/* Makes --config the directory that everything reads (DOCKER_CONFIG). */
void global_apply(const struct global_args *global);

/* A text setting of config.json ("psFormat", "detachKeys"), a new string, or NULL. A file that
 * cannot be read has none. */
char *global_setting(const char *key);

#endif
