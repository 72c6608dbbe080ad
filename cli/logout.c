/* SPDX-License-Identifier: Apache-2.0 */
/* proa logout: forgets what login has kept. */
#include <stdio.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "registry/login.h"

struct logout_args {
	const char *auth_file, *compat_auth_file;
	bool all;
};

static const struct option logout_options[] = {
	OPTION_FLAG('a', "all", struct logout_args, all, "Forget the logins at all registries"),
	OPTION_STRING(0, "authfile", "FILE", struct logout_args, auth_file,
		      "Take the login out of this file only"),
	OPTION_STRING(0, "compat-auth-file", "FILE", struct logout_args, compat_auth_file,
		      "The same as --authfile, by the name that podman has for docker's format"),
	OPTION_END,
};

static const char *auth_file_of(const struct logout_args *args)
{
	const char *set = getenv("REGISTRY_AUTH_FILE");

	if (args->auth_file)
		return args->auth_file;
	if (args->compat_auth_file)
		return args->compat_auth_file;
	return is_empty(set) ? NULL : set;
}

static int logout_run(const struct invocation *invocation, struct error *err)
{
	const struct logout_args *args = invocation->args;
	const struct login_request request = {
		.server = invocation->operands[0],
		.auth_file = auth_file_of(args),
	};
	auto_release(login_result) struct login_result result = { 0 };

	if (args->auth_file && args->compat_auth_file)
		return error_set(err, ERROR_USAGE,
				 "--authfile and --compat-auth-file are mutually exclusive");
	if (args->all && invocation->operand_count > 0)
		return error_set(err, ERROR_USAGE, "--all and a registry are mutually exclusive");
	if (args->all) {
		if (registry_logout_all(&request, err) < 0)
			return -1;
		puts("Removed login credentials for all registries");
		return 0;
	}
	if (registry_logout(&request, &result, err) < 0)
		return -1;
	printf("Removing login credentials for %s\n", result.server);
	return 0;
}

const struct command command_logout = {
	.name = "logout",
	.operands = "[REGISTRY]",
	.operands_max = 1,
	.summary = "Log out from a registry",
	.options = logout_options,
	.args_size = sizeof(struct logout_args),
	.run = logout_run,
};
