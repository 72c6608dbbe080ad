/* SPDX-License-Identifier: Apache-2.0 */
/* The options that say how a registry is reached, for commands that talk to one. */
#ifndef CLI_REGISTRY_OPTIONS_H
#define CLI_REGISTRY_OPTIONS_H

#include <stdbool.h>

#include "cli/command.h"
#include "registry/access.h"

/* The beginning of such a command's args, whose table ends with OPTION_MORE(registry_options). */
struct registry_args {
	const char *auth_file, *cert_dir, *creds;
	bool tls_verify, insecure;
};
extern const struct option registry_options[];

void registry_args_defaults(void *args);
/* What the options come to; borrows from them. */
struct registry_access registry_args_access(const struct registry_args *args);

#endif
