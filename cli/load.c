/* SPDX-License-Identifier: Apache-2.0 */
/* proa load: images from an archive or a directory into the store. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "engine/events.h"
#include "image/platform.h"
#include "image/reference.h"
#include "registry/archive.h"
#include "registry/policy.h"

struct load_args {
	const char *input, *platform, *policy;
	bool quiet;
};

static const struct option load_options[] = {
	OPTION_STRING('i', "input", "FILE", struct load_args, input,
		      "Read from this file or directory, not from standard input"),
	OPTION_STRING(0, "platform", "OS/ARCH", struct load_args, platform,
		      "Choose from a multi-platform image"),
	OPTION_FLAG('q', "quiet", struct load_args, quiet, "Print no progress"),
	OPTION_STRING(0, "signature-policy", "FILE", struct load_args, policy, NULL),
	OPTION_END,
};

/* What the two calls below know. */
struct loading {
	const struct load_args *args;
	const struct engine *engine;
};

/* The policy for what comes in (registry/policy.h). */
static int permit(void *argument, const char *transport, struct error *err)
{
	const struct load_args *args = ((const struct loading *)argument)->args;
	const char *path = args->input && strcmp(args->input, "-") != 0 ? args->input : NULL;

	return policy_check_path(args->policy, transport, path, err);
}

static void print_loaded(void *argument, const char *name, const struct digest *id)
{
	const struct engine *engine = ((const struct loading *)argument)->engine;
	auto_release(reference) struct reference reference = { 0 };
	auto_error ignored = { 0 };
	auto_free char *familiar = NULL;

	if (name && reference_parse(name, &reference, &ignored) == 0)
		familiar = reference_familiar(&reference);
	if (familiar)
		printf("Loaded image: %s\n", familiar);
	else
		printf("Loaded image ID: sha256:%s\n", id->hex);
	fflush(stdout);
	events_add_image(engine->root, "load", id->hex, familiar);
}

static int open_input(const char *path, struct error *err)
{
	int fd;

	if (path && strcmp(path, "-") != 0) {
		fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
		return fd < 0 ? error_errno(err, "cannot open '%s'", path) : fd;
	}
	if (!path && isatty(STDIN_FILENO))
		return error_set(err, ERROR_OTHER,
				 "requested load from stdin, but stdin is empty");
	fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? error_errno(err, "cannot read standard input") : fd;
}

static int load_run(const struct invocation *invocation, struct error *err)
{
	const struct load_args *args = invocation->args;
	struct load_request request = { .loaded = print_loaded, .permit = permit };
	struct loading loading = { .args = args };
	auto_of(engine) struct engine *engine = NULL;
	struct platform platform;
	auto_fd int input = -1;

	if (args->platform && platform_parse(args->platform, &platform, err) < 0) {
		err->kind = ERROR_USAGE;
		return -1;
	}
	request.platform = args->platform ? &platform : NULL;
	input = open_input(args->input, err);
	if (input < 0)
		return -1;
	engine = session_open(invocation, err);
	if (!engine || engine_enter(engine, err) < 0)
		return -1;
	request.input = input;
	loading.engine = engine;
	request.argument = &loading;
	request.ownership = engine_ownership(engine);
	if (registry_load(engine->store, &request, err) < 0)
		return error_context(err, "cannot load '%s'", args->input ? args->input : "-");
	return 0;
}

const struct command command_load = {
	.name = "load",
	.group = "image",
	.alias = "load",
	.operands_max = 0,
	.summary = "Load images from an archive or a directory",
	.examples = "  proa load -i images.tar\n"
		    "  proa save app | ssh HOST proa load\n",
	.options = load_options,
	.args_size = sizeof(struct load_args),
	.run = load_run,
};
