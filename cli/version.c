/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa version. There is no server: the one program answers in both places, so that
 * scripts which ask for docker's server version get an answer.
 */
#include <stdio.h>
#include <sys/utsname.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/report.h"
#include "image/platform.h"

#define EXIT_TEMPLATE 64
/* Scripts compare these with what they need. There is no such interface: what the commands and
 * options of ours amount to is docker 24's. */
#define API_VERSION "1.43"
#define API_VERSION_MIN "1.12"

struct version_args {
	const char *format;
};

static const struct option version_options[] = {
	OPTION_STRING('f', "format", "FORMAT", struct version_args, format,
		      "json, or a Go template such as '{{.Server.Version}}'"),
	OPTION_END,
};

static json_t *describe(void)
{
	struct utsname kernel;
	struct platform platform;

	uname(&kernel);
	platform_host(&platform);
	return json_pack("[{s:{s:{s:s}, s:s, s:s, s:s, s:s, s:s, s:s},"
			 "s:{s:{s:s}, s:[{s:s, s:s}], s:s, s:s, s:s, s:s, s:s, s:s, s:b}}]",
			 "Client", "Platform", "Name", "proa", "Version", PACKAGE_VERSION,
			 "ApiVersion", API_VERSION, "DefaultAPIVersion", API_VERSION,
			 "Os", platform.os, "Arch", platform.architecture, "Context", "default",
			 "Server", "Platform", "Name", "proa", "Components", "Name", "Engine",
			 "Version", PACKAGE_VERSION, "Version", PACKAGE_VERSION,
			 "ApiVersion", API_VERSION, "MinAPIVersion", API_VERSION_MIN,
			 "Os", platform.os, "Arch", platform.architecture,
			 "KernelVersion", kernel.release, "Experimental", 0);
}

static void print_text(void)
{
	struct utsname kernel;
	struct platform platform;

	uname(&kernel);
	platform_host(&platform);
	printf("Client: proa\n"
	       " Version:           %s\n"
	       " API version:       " API_VERSION "\n"
	       " OS/Arch:           %s/%s\n"
	       " Context:           default\n"
	       "\n"
	       "Server: proa (in the same process)\n"
	       " Engine:\n"
	       "  Version:          %s\n"
	       "  API version:      " API_VERSION " (minimum version " API_VERSION_MIN ")\n"
	       "  OS/Arch:          %s/%s\n"
	       "  Kernel Version:   %s\n",
	       PACKAGE_VERSION, platform.os, platform.architecture, PACKAGE_VERSION, platform.os,
	       platform.architecture, kernel.release);
}

static int version_run(const struct invocation *invocation, struct error *err)
{
	static const struct list_field no_fields[] = { { NULL, NULL } };
	const struct version_args *args = invocation->args;
	auto_json json_t *rows = NULL;

	if (is_empty(args->format)) {
		print_text();
		return 0;
	}
	rows = describe();
	if (format_list(args->format, "", no_fields, rows, err) < 0) {
		report_error(err);
		return EXIT_TEMPLATE;
	}
	return 0;
}

const struct command command_version = {
	.name = "version",
	.operands_max = 0,
	.summary = "Show the version",
	.options = version_options,
	.args_size = sizeof(struct version_args),
	.run = version_run,
};
