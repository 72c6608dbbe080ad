/* SPDX-License-Identifier: Apache-2.0 */
/* proa pull: images from their registries into the store. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/image-files.h"
#include "cli/image-source.h"
#include "cli/report.h"
#include "cli/session.h"
#include "image/platform.h"
#include "image/reference.h"
#include "registry/registries-conf.h"
#include "registry/settings.h"

struct pull_args {
	const char *auth_file, *cert_dir, *creds, *signature_policy, *verify;
	const char *platform, *os, *arch, *variant, *policy, *retry_delay;
	long long retry, parallel;
	bool all_tags, quiet, tls_verify;
};

static const struct option pull_options[] = {
	OPTION_FLAG('a', "all-tags", struct pull_args, all_tags, "Pull all tags of the repository"),
	OPTION_STRING(0, "arch", "ARCH", struct pull_args, arch, "Choose this architecture"),
	OPTION_STRING(0, "authfile", "FILE", struct pull_args, auth_file,
		      "Read registry credentials from this file"),
	OPTION_STRING(0, "cert-dir", "DIRECTORY", struct pull_args, cert_dir,
		      "Registry certificates"),
	OPTION_STRING(0, "creds", "USER:PASSWORD", struct pull_args, creds, "Registry credentials"),
	OPTION_INTEGER(0, "max-concurrent-downloads", "NUMBER", struct pull_args, parallel,
		       "So many layers at once (default 6)"),
	OPTION_STRING(0, "os", "OS", struct pull_args, os, "Choose this operating system"),
	OPTION_STRING(0, "platform", "OS/ARCH", struct pull_args, platform,
		      "Choose from a multi-platform image"),
	OPTION_STRING(0, "policy", "POLICY", struct pull_args, policy,
		      "When: always (default), missing, newer, never"),
	OPTION_FLAG('q', "quiet", struct pull_args, quiet, "Print only the image's ID"),
	OPTION_INTEGER(0, "retry", "NUMBER", struct pull_args, retry,
		       "Try again so often after failures that may pass (default 5)"),
	OPTION_STRING(0, "retry-delay", "DURATION", struct pull_args, retry_delay,
		      "Wait so long between tries (default: longer each time)"),
	OPTION_STRING(0, "signature-policy", "FILE", struct pull_args, signature_policy, NULL),
	OPTION_FLAG(0, "tls-verify", struct pull_args, tls_verify,
		    "Check the registry's certificate (default true)"),
	OPTION_STRING(0, "variant", "VARIANT", struct pull_args, variant,
		      "Choose this variant of the architecture"),
	OPTION_STRING(0, "verify", "KEY", struct pull_args, verify,
		      "Only if it is signed with this public key (a file)"),
	OPTION_UNSUPPORTED(0, "decryption-key", "KEY"),
	OPTION_IGNORED_FLAG(0, "disable-content-trust"),
	OPTION_END,
};

#define NOT_GIVEN LLONG_MIN

static void pull_defaults(void *args)
{
	struct pull_args *pull = args;

	pull->tls_verify = true;
	pull->retry = pull->parallel = NOT_GIVEN;
}

struct pull_command {
	const struct pull_args *args;
	struct engine *engine;
	struct image_source source;
	char *platform;		/* put together from --os, --arch and --variant */
};

static bool policy_is(const struct pull_command *pull, const char *policy)
{
	return pull->args->policy && !strcmp(pull->args->policy, policy);
}

/* As podman has them. */
static int check_policy(const char *policy, struct error *err)
{
	static const char *const known[] = { "always", "missing", "newer", "never" };

	for (size_t i = 0; policy && i < ARRAY_SIZE(known); i++) {
		if (!strcmp(policy, known[i]))
			return 0;
	}
	if (!policy)
		return 0;
	return error_set(err, ERROR_USAGE, "invalid pull policy '%s': must be one of \"always\", "
			 "\"missing\", \"newer\" or \"never\"", policy);
}

static int choose_platform(struct pull_command *pull, struct error *err)
{
	const struct pull_args *args = pull->args;
	struct platform host;

	if (!args->os && !args->arch && !args->variant)
		return 0;
	if (args->platform)
		return error_set(err, ERROR_USAGE, "--platform cannot stand beside --os, --arch or "
				 "--variant");
	platform_host(&host);
	pull->platform = xasprintf("%s/%s%s%s", args->os ? args->os : host.os,
				   args->arch ? args->arch : host.architecture,
				   args->variant ? "/" : "", args->variant ? args->variant : "");
	pull->source.platform = pull->platform;
	return 0;
}

static int check_number(const char *option, long long number, long long min, long long max,
			struct error *err)
{
	if (number == NOT_GIVEN || (number >= min && number <= max))
		return 0;
	return error_set(err, ERROR_USAGE, "invalid argument for --%s: it must be from %lld to %lld",
			 option, min, max);
}

static int choose_effort(struct pull_command *pull, struct error *err)
{
	const struct pull_args *args = pull->args;

	if (check_number("retry", args->retry, 0, SETTINGS_RETRIES_MAX, err) < 0 ||
	    check_number("max-concurrent-downloads", args->parallel, 1, SETTINGS_PARALLEL_MAX,
			 err) < 0)
		return -1;
	if (args->retry != NOT_GIVEN) {
		pull->source.retries_given = true;
		pull->source.retries = (unsigned int)args->retry;
	}
	if (args->parallel != NOT_GIVEN)
		pull->source.parallel = (unsigned int)args->parallel;
	if (!args->retry_delay)
		return 0;
	if (duration_parse(args->retry_delay, &pull->source.retry_delay, err) < 0 ||
	    pull->source.retry_delay < 0)
		return error_set(err, ERROR_USAGE, "invalid argument '%s' for --retry-delay: it must "
				 "be a duration like 2s", args->retry_delay);
	return 0;
}

static int check_args(struct pull_command *pull, struct error *err)
{
	if (check_policy(pull->args->policy, err) < 0 || choose_platform(pull, err) < 0 ||
	    choose_effort(pull, err) < 0)
		return -1;
	return image_source_check(&pull->source, err);
}

/* Whether `name` has a tag or a digest. A port's colon stands before a slash. */
static bool names_version(const char *name)
{
	const char *slash = strrchr(name, '/');

	return strpbrk(slash ? slash : name, ":@") != NULL;
}

/* Whether the image is there as it is wanted. */
static bool is_local(const struct pull_command *pull, const char *full, struct digest *ret_id)
{
	auto_of(image) struct image *image = image_source_find(&pull->source, pull->engine, full);

	if (image)
		*ret_id = image->id;
	return image != NULL;
}

static void print_result(const struct pull_command *pull, const char *full,
			 const struct digest *id)
{
	if (pull->args->quiet)
		printf("sha256:%s\n", id->hex);
	else
		puts(full);
}

/* Pulls under one of the names that the user may have meant. */
static int pull_as(struct pull_command *pull, const char *name, struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_free char *full = NULL;
	struct digest id;
	bool local;

	if (reference_parse(name, &reference, err) < 0)
		return -1;
	full = reference_full(&reference);
	local = pull->args->policy && is_local(pull, full, &id);
	if (policy_is(pull, "never") && !local)
		return error_set(err, ERROR_NOT_FOUND, "No such image: %s", name);
	if (local && !policy_is(pull, "always") && !policy_is(pull, "newer")) {
		print_result(pull, full, &id);
		return 0;
	}
	if (image_source_pull(&pull->source, pull->engine, &reference, &id, err) < 0) {
		if (!local || !policy_is(pull, "newer") || err->kind == ERROR_CANCELLED)
			return -1;
		warning("%s; the image that is there stays", err->message);
		error_release(err);
	}
	print_result(pull, full, &id);
	return 0;
}

/* A short name may stand for several: the first that exists counts. */
static int pull_name(struct pull_command *pull, const char *text, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };

	if (registry_names_find(text, &names, err) < 0)
		return -1;
	if (!pull->args->quiet && !names_version(text))
		printf("Using default tag: latest\n");
	for (size_t i = 0;; i++) {
		if (pull_as(pull, names.items[i], err) == 0)
			return 0;
		if (i + 1 == names.count || err->kind == ERROR_CANCELLED)
			return -1;
		error_release(err);
	}
}

static int pull_tags(struct pull_command *pull, const char *text, struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_release(strings) struct strings tags = { 0 };
	auto_free char *name = NULL;
	struct digest id;

	if (names_version(text))
		return error_set(err, ERROR_USAGE, "tag can't be used with --all-tags/-a");
	if (reference_parse(text, &reference, err) < 0 ||
	    image_source_list_tags(&pull->source, &reference, &tags, err) < 0)
		return -1;
	for (size_t i = 0; i < tags.count; i++) {
		replace_string(&reference.tag, tags.items[i]);
		if (image_source_pull(&pull->source, pull->engine, &reference, &id, err) < 0)
			return -1;
		if (pull->args->quiet)
			printf("sha256:%s\n", id.hex);
	}
	name = reference_name_full(&reference);
	if (!pull->args->quiet)
		puts(name);
	return 0;
}

static void print_loaded(void *argument, const char *name, const struct digest *id)
{
	(void)argument;
	if (name)
		puts(name);
	else
		printf("sha256:%s\n", id->hex);
}

static void print_id(void *argument, const char *name, const struct digest *id)
{
	(void)argument;
	(void)name;
	printf("sha256:%s\n", id->hex);
}

static int pull_one(struct pull_command *pull, const char *text, struct error *err)
{
	struct digest id;
	const char *name = skip_prefix(text, "docker://");	/* as podman's users may write it */

	if (!name && image_files_meant(pull->engine, text))
		return image_files_load(pull->engine, text, pull->source.platform,
					pull->args->quiet ? print_id : print_loaded, &id, err);
	if (!name)
		name = text;
	return pull->args->all_tags ? pull_tags(pull, name, err) : pull_name(pull, name, err);
}

/* All are tried; the last failure is the command's own. */
static int pull_all(struct pull_command *pull, const struct invocation *invocation,
		    struct error *err)
{
	auto_error failure = { 0 };

	for (int i = 0; i < invocation->operand_count; i++) {
		auto_error problem = { 0 };

		if (pull_one(pull, invocation->operands[i], &problem) == 0)
			continue;
		if (failure.kind != ERROR_NONE)
			report_error(&failure);
		error_move(&failure, &problem);
		if (failure.kind == ERROR_CANCELLED)
			break;
	}
	if (failure.kind == ERROR_NONE)
		return 0;
	error_move(err, &failure);
	return -1;
}

static int pull_run(const struct invocation *invocation, struct error *err)
{
	const struct pull_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	struct pull_command pull = {
		.args = args,
		.engine = engine,
		.source = {
			.platform = args->platform,
			.creds = args->creds,
			.auth_file = args->auth_file,
			.cert_dir = args->cert_dir,
			.trust_policy = args->signature_policy,
			.verify_key = args->verify,
			.insecure = !args->tls_verify,
			.quiet = args->quiet,
			.out = stdout,
		},
	};
	int result = -1;

	if (engine && check_args(&pull, err) == 0 && engine_enter(engine, err) == 0)
		result = pull_all(&pull, invocation, err);
	free(pull.platform);
	return result;
}

const struct command command_pull = {
	.name = "pull",
	.group = "image",
	.alias = "pull",
	.operands = "NAME[:TAG|@DIGEST]...",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.summary = "Download images from registries",
	.examples = "  proa pull debian:12\n"
		    "  proa pull --platform linux/arm64 alpine busybox\n"
		    "  proa pull --tls-verify=false registry.example:5000/app\n",
	.options = pull_options,
	.args_size = sizeof(struct pull_args),
	.defaults = pull_defaults,
	.run = pull_run,
};
