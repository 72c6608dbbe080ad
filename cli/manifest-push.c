/* SPDX-License-Identifier: Apache-2.0 */
/* proa manifest push: a manifest list, with its members, to a registry. */
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/manifest-lists.h"
#include "cli/registry-options.h"

struct manifest_push_args {
	struct registry_args registry;
	const char *digest_file, *format, *compression;
	bool all, force_compression, purge, quiet, remove;
};

static const struct option manifest_push_options[] = {
	OPTION_UNSUPPORTED(0, "add-compression", "FORMAT"),
	OPTION_FLAG(0, "all", struct manifest_push_args, all,
		    "Push the members, too (default true)"),
	OPTION_STRING(0, "compression-format", "FORMAT", struct manifest_push_args, compression,
		      "Compress layers of the store with gzip or zstd"),
	OPTION_UNSUPPORTED(0, "compression-level", "LEVEL"),
	OPTION_STRING(0, "digestfile", "FILE", struct manifest_push_args, digest_file,
		      "Write the list's digest to this file"),
	OPTION_FLAG(0, "force-compression", struct manifest_push_args, force_compression,
		    "Compress layers anew that are compressed otherwise"),
	OPTION_STRING('f', "format", "FORMAT", struct manifest_push_args, format,
		      "The form of the list and of its members: oci or v2s2"),
	OPTION_FLAG('p', "purge", struct manifest_push_args, purge,
		    "Remove the list from the store afterwards"),
	OPTION_FLAG('q', "quiet", struct manifest_push_args, quiet, "Print only the digest"),
	OPTION_IGNORED_FLAG(0, "remove-signatures"),
	OPTION_FLAG(0, "rm", struct manifest_push_args, remove,
		    "Remove the list from the store afterwards"),
	OPTION_UNSUPPORTED(0, "sign-by", "KEY"),
	OPTION_UNSUPPORTED(0, "sign-by-sigstore", "FILE"),
	OPTION_UNSUPPORTED(0, "sign-by-sigstore-private-key", "FILE"),
	OPTION_UNSUPPORTED(0, "sign-passphrase-file", "FILE"),
	OPTION_MORE(registry_options),
};

static void manifest_push_defaults(void *args)
{
	registry_args_defaults(args);
	((struct manifest_push_args *)args)->all = true;
}

static int read_format(const char *text, enum push_format *ret_format, struct error *err)
{
	if (!text)
		*ret_format = PUSH_FORMAT_KEEP;
	else if (strcmp(text, "oci") == 0)
		*ret_format = PUSH_FORMAT_OCI;
	else if (strcmp(text, "v2s2") == 0 || strcmp(text, "docker") == 0)
		*ret_format = PUSH_FORMAT_DOCKER;
	else
		return error_set(err, ERROR_USAGE,
				 "unknown format '%s': it must be oci or v2s2", text);
	return 0;
}

static int read_compression(const char *text, enum layer_compression *ret_compression,
			    struct error *err)
{
	*ret_compression = LAYER_PLAIN;
	if (text && strcmp(text, "gzip") == 0)
		*ret_compression = LAYER_GZIP;
	else if (text && strcmp(text, "zstd") == 0)
		*ret_compression = LAYER_ZSTD;
	else if (text)
		return error_set(err, ERROR_USAGE,
				 "unknown compression '%s': it must be gzip or zstd", text);
	return 0;
}

/* Where to: "docker://" may stand before it; without an operand, to the list's own name. */
static int read_destination(const struct store_item *list, const char *operand,
			    struct reference *ret_destination, struct error *err)
{
	const char *name = operand ? operand : list->name;
	const char *rest = name ? skip_prefix(name, "docker://") : NULL;

	if (!name)
		return error_set(err, ERROR_USAGE, "the list has no name: say where to push it");
	if (reference_parse(rest ? rest : name, ret_destination, err) < 0)
		return -1;
	if (digest_is_set(&ret_destination->digest))
		return error_set(err, ERROR_USAGE, "a list is pushed to a tag, not to a digest");
	return 0;
}

static int manifest_push_run(const struct invocation *invocation, struct error *err)
{
	const struct manifest_push_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(store_item) struct store_item list = { 0 };
	auto_release(reference) struct reference destination = { 0 };
	struct list_push push = {
		.list = invocation->operands[0],
		.all = args->all,
		.force_compression = args->force_compression,
		.access = registry_args_access(&args->registry),
		.retry = UPLOAD_RETRY_DEFAULT,
	};

	if (!engine || read_format(args->format, &push.format, err) < 0 ||
	    read_compression(args->compression, &push.compression, err) < 0 ||
	    engine_enter(engine, err) < 0 ||
	    store_item_find(engine->store, STORE_LIST, push.list, &list, err) < 0 ||
	    read_destination(&list, invocation->operands[1], &destination, err) < 0)
		return -1;
	push.destination = destination;	/* borrowed for the call */
	if (manifest_list_push(engine, &push, args->quiet, args->digest_file, err) < 0)
		return -1;
	return args->purge || args->remove ? manifest_list_remove(engine, &list, true, err) : 0;
}

const struct command command_manifest_push = {
	.name = "push",
	.group = "manifest",
	.operands = "LIST [DESTINATION]",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "Push a manifest list with its images",
	.examples = "  proa manifest push app registry.example/team/app:1\n"
		    "  proa manifest push --rm registry.example/team/app:1\n",
	.options = manifest_push_options,
	.args_size = sizeof(struct manifest_push_args),
	.defaults = manifest_push_defaults,
	.run = manifest_push_run,
};
