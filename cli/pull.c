/* SPDX-License-Identifier: Apache-2.0 */
/* proa pull: an image from its registry into the store. */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/image-source.h"
#include "cli/session.h"
#include "image/reference.h"

struct pull_args {
	const char *auth_file, *cert_dir, *creds, *platform;
	bool quiet, tls_verify;
};

static const struct option pull_options[] = {
	OPTION_STRING(0, "authfile", "FILE", struct pull_args, auth_file,
		      "Read registry credentials from this file"),
	OPTION_STRING(0, "cert-dir", "DIRECTORY", struct pull_args, cert_dir,
		      "Registry certificates"),
	OPTION_STRING(0, "creds", "USER:PASSWORD", struct pull_args, creds, "Registry credentials"),
	OPTION_STRING(0, "platform", "OS/ARCH", struct pull_args, platform,
		      "Choose from a multi-platform image"),
	OPTION_FLAG('q', "quiet", struct pull_args, quiet, "Print only the image's name"),
	OPTION_FLAG(0, "tls-verify", struct pull_args, tls_verify,
		    "Check the registry's certificate (default true)"),
	OPTION_UNSUPPORTED_FLAG('a', "all-tags"),
	OPTION_IGNORED_FLAG(0, "disable-content-trust"),
	OPTION_END,
};

static void pull_defaults(void *args)
{
	((struct pull_args *)args)->tls_verify = true;
}

/* Whether `name` has a tag or a digest. A port's colon stands before a slash. */
static bool names_version(const char *name)
{
	const char *slash = strrchr(name, '/');

	return strpbrk(slash ? slash : name, ":@") != NULL;
}

static int pull_run(const struct invocation *invocation, struct error *err)
{
	const struct pull_args *args = invocation->args;
	const struct image_source source = {
		.platform = args->platform,
		.creds = args->creds,
		.auth_file = args->auth_file,
		.cert_dir = args->cert_dir,
		.insecure = !args->tls_verify,
		.quiet = args->quiet,
		.out = stdout,
	};
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(reference) struct reference reference = { 0 };
	auto_free char *full = NULL;
	struct digest id;

	if (!engine || image_source_check(&source, err) < 0 ||
	    reference_parse(invocation->operands[0], &reference, err) < 0)
		return -1;
	full = reference_full(&reference);
	if (!args->quiet && !names_version(invocation->operands[0]))
		printf("Using default tag: %s\n", reference.tag);
	if (engine_enter(engine, err) < 0 ||
	    image_source_pull(&source, engine, &reference, &id, err) < 0)
		return -1;
	puts(full);
	return 0;
}

const struct command command_pull = {
	.name = "pull",
	.group = "image",
	.alias = "pull",
	.operands = "NAME[:TAG|@DIGEST]",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "Download an image from a registry",
	.examples = "  proa pull debian:12\n"
		    "  proa pull --tls-verify=false registry.example:5000/app\n",
	.options = pull_options,
	.args_size = sizeof(struct pull_args),
	.defaults = pull_defaults,
	.run = pull_run,
};
