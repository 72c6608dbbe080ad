/* SPDX-License-Identifier: Apache-2.0 */
/* proa import: an image of one layer, made of a tar. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "engine/events.h"
#include "engine/import.h"
#include "image/reference.h"
#include "registry/archive.h"

struct import_args {
	struct strings changes;
	const char *message, *platform, *os, *architecture, *variant;
	bool quiet;
};

static const struct option import_options[] = {
	OPTION_LIST('c', "change", "INSTRUCTION", struct import_args, changes,
		    "Carry out this instruction of a Dockerfile (repeatable)"),
	OPTION_STRING('m', "message", "TEXT", struct import_args, message,
		      "A comment in the image's history"),
	OPTION_STRING(0, "platform", "OS/ARCH", struct import_args, platform,
		      "What the image is for"),
	OPTION_STRING(0, "os", "OS", struct import_args, os, "The same, part by part"),
	OPTION_STRING(0, "arch", "ARCH", struct import_args, architecture,
		      "The same, part by part"),
	OPTION_STRING(0, "variant", "VARIANT", struct import_args, variant,
		      "The same, part by part"),
	OPTION_FLAG('q', "quiet", struct import_args, quiet, "Print no progress"),
	OPTION_IGNORED(0, "signature-policy", "FILE"),
	OPTION_END,
};

static int set_part(char *part, size_t size, const char *text, struct error *err)
{
	if (!text)
		return 0;
	if (strlen(text) >= size)
		return error_set(err, ERROR_USAGE, "'%s' is too long for a platform", text);
	memcpy(part, text, strlen(text) + 1);
	return 0;
}

static int choose_platform(const struct import_args *args, struct platform *ret_platform,
			   struct error *err)
{
	const char *text = args->platform ? args->platform : getenv("DOCKER_DEFAULT_PLATFORM");

	platform_host(ret_platform);
	if (!is_empty(text) && platform_parse(text, ret_platform, err) < 0) {
		err->kind = ERROR_USAGE;
		return -1;
	}
	if (set_part(ret_platform->os, sizeof(ret_platform->os), args->os, err) < 0 ||
	    set_part(ret_platform->architecture, sizeof(ret_platform->architecture),
		     args->architecture, err) < 0)
		return -1;
	return set_part(ret_platform->variant, sizeof(ret_platform->variant), args->variant, err);
}

static bool is_url(const char *source)
{
	return has_prefix(source, "http://") || has_prefix(source, "https://");
}

/* `engine` has been entered: what is fetched goes into the store. */
static int open_source(struct engine *engine, const char *source, struct error *err)
{
	int fd;

	if (is_url(source))
		return registry_fetch_url(engine->store, source, err);
	fd = strcmp(source, "-") ? open(source, O_RDONLY | O_NOCTTY | O_CLOEXEC) :
				   fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? error_errno(err, "cannot open '%s'", source) : fd;
}

static int add_name(const char *operand, struct strings *names, struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };

	if (!operand)
		return 0;
	if (reference_parse_tagged(operand, &reference, err) < 0)
		return -1;
	strings_take(names, reference_full(&reference));
	return 0;
}

static int import_source(struct engine *engine, const char *source,
			 struct import_options *options, struct error *err)
{
	auto_fd int input = -1;
	struct digest id;

	if (engine_enter(engine, err) < 0)
		return -1;
	input = open_source(engine, source, err);
	if (input < 0)
		return -1;
	options->input = input;
	if (image_import(engine, options, &id, err) < 0)
		return error_context(err, "cannot import '%s'", source);
	events_add_image(engine->root, "import", id.hex, NULL);
	printf("sha256:%s\n", id.hex);
	return 0;
}

/* What the image's history tells: of a URL neither user, password nor query, which may be secret. */
static char *origin_of(const char *source)
{
	const char *scheme = strstr(source, "://");
	const char *host = scheme ? scheme + 3 : source;
	size_t length = strcspn(host, "?#");
	const char *at = scheme ? memrchr(host, '@', strcspn(host, "/?#")) : NULL;

	if (!scheme)
		return xstrdup(source);
	if (at) {
		length -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	return xasprintf("%.*s%.*s", (int)(scheme + 3 - source), source, (int)length, host);
}

static int import_run(const struct invocation *invocation, struct error *err)
{
	const struct import_args *args = invocation->args;
	const char *source = invocation->operands[0];
	auto_free char *origin = origin_of(source);
	auto_free char *message = xasprintf("Imported from %s", origin);
	struct import_options options = {
		.message = args->message ? args->message : message,
		.changes = &args->changes,
	};
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	int result;

	if (!engine || choose_platform(args, &options.platform, err) < 0 ||
	    add_name(invocation->operands[1], &options.names, err) < 0)
		return -1;
	if (!is_utf8(options.message, strlen(options.message)))
		result = error_set(err, ERROR_USAGE, "the message must be UTF-8");
	else
		result = import_source(engine, source, &options, err);
	strings_release(&options.names);
	return result;
}

const struct command command_import = {
	.name = "import",
	.group = "image",
	.alias = "import",
	.operands = "FILE|URL|- [REPOSITORY[:TAG]]",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "Make an image of a tar archive",
	.examples = "  proa import -c 'CMD [\"sh\"]' root.tar.xz my/root\n"
		    "  proa export web | proa import - web:flat\n",
	.options = import_options,
	.args_size = sizeof(struct import_args),
	.run = import_run,
};
