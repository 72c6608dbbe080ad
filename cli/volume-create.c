/* SPDX-License-Identifier: Apache-2.0 */
/* proa volume create and exists. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/session.h"
#include "engine/volumes.h"

#define EXIT_MISSING 1
#define EXIT_FAILED 125

struct volume_create_args {
	const char *driver, *name;
	struct strings labels, options;
	bool ignore;
};

static const struct option volume_create_options[] = {
	OPTION_STRING('d', "driver", "DRIVER", struct volume_create_args, driver,
		      "local; there is no other"),
	OPTION_FLAG(0, "ignore", struct volume_create_args, ignore,
		    "Accepted: a volume that exists is no error anyway"),
	OPTION_LIST('l', "label", "KEY=VALUE", struct volume_create_args, labels,
		    "Give it a label"),
	OPTION_STRING(0, "name", "NAME", struct volume_create_args, name, NULL),
	OPTION_LIST('o', "opt", "KEY=VALUE", struct volume_create_args, options,
		    "type=none, o=bind and device=DIR, or type=tmpfs, device=tmpfs and o=size=BYTES"),
	OPTION_UNSUPPORTED(0, "availability", "WORD"),
	OPTION_UNSUPPORTED(0, "gid", "ID"),
	OPTION_UNSUPPORTED(0, "group", "NAME"),
	OPTION_UNSUPPORTED(0, "limit-bytes", "BYTES"),
	OPTION_UNSUPPORTED(0, "required-bytes", "BYTES"),
	OPTION_UNSUPPORTED(0, "scope", "WORD"),
	OPTION_UNSUPPORTED(0, "secret", "KEY=VALUE"),
	OPTION_UNSUPPORTED(0, "sharing", "WORD"),
	OPTION_UNSUPPORTED(0, "topology-preferred", "KEY=VALUE"),
	OPTION_UNSUPPORTED(0, "topology-required", "KEY=VALUE"),
	OPTION_UNSUPPORTED(0, "type", "WORD"),
	OPTION_UNSUPPORTED(0, "uid", "ID"),
	OPTION_END,
};

/* KEY=VALUE; a label without '=' has an empty value, an option must have one. */
static int collect_pairs(const struct strings *texts, bool is_option, struct strings *ret_pairs,
			 struct error *err)
{
	for (size_t i = 0; i < texts->count; i++) {
		const char *text = texts->items[i];
		size_t length = strcspn(text, "=");
		auto_free char *key = xstrndup(text, length);

		if (length == 0 || (is_option && text[length] == '\0'))
			return error_set(err, ERROR_USAGE, "invalid %s '%s': not KEY=VALUE",
					 is_option ? "option" : "label", text);
		if (!is_utf8(text, strlen(text)))
			return error_set(err, ERROR_USAGE, "labels and options are UTF-8");
		strings_set_value(ret_pairs, key, text[length] ? text + length + 1 : "");
	}
	return 0;
}

static int choose_name(const struct invocation *invocation, const char **ret_name,
		       struct error *err)
{
	const struct volume_create_args *args = invocation->args;

	*ret_name = args->name ? args->name : invocation->operands[0];
	if (args->name && invocation->operands[0] && strcmp(args->name, invocation->operands[0]))
		return error_set(err, ERROR_USAGE,
				 "conflicting options: cannot specify a volume-name through both "
				 "--name and as a positional arg");
	if (args->driver && strcmp(args->driver, "local") != 0)
		return error_set(err, ERROR_UNSUPPORTED, "volume driver '%s' is not supported",
				 args->driver);
	return 0;
}

static int volume_create_run(const struct invocation *invocation, struct error *err)
{
	const struct volume_create_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(strings) struct strings labels = { 0 };
	auto_release(strings) struct strings options = { 0 };
	auto_free char *made_name = NULL;
	const char *name;
	bool made;

	if (!engine || choose_name(invocation, &name, err) < 0 ||
	    collect_pairs(&args->labels, false, &labels, err) < 0 ||
	    collect_pairs(&args->options, true, &options, err) < 0 ||
	    volume_create(engine, is_empty(name) ? NULL : name, &labels, &options, &made,
			  &made_name, err) < 0)
		return -1;
	puts(made_name);
	return 0;
}

const struct command command_volume_create = {
	.name = "create",
	.group = "volume",
	.operands = "[VOLUME]",
	.operands_max = 1,
	.summary = "Make a volume",
	.examples = "  proa volume create --label of=web data\n"
		    "  proa volume create -o type=none -o o=bind -o device=/srv/data data\n",
	.options = volume_create_options,
	.args_size = sizeof(struct volume_create_args),
	.run = volume_create_run,
};

static int volume_exists_run(const struct invocation *invocation, struct error *err)
{
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(volume) struct volume volume = { 0 };

	if (engine && volume_read(engine, invocation->operands[0], &volume, err) == 0)
		return 0;
	if (engine && err->kind == ERROR_NOT_FOUND)
		return EXIT_MISSING;
	report_error(err);
	return EXIT_FAILED;
}

const struct command command_volume_exists = {
	.name = "exists",
	.group = "volume",
	.operands = "VOLUME",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "Tell by the exit status whether a volume exists",
	.run = volume_exists_run,
};
