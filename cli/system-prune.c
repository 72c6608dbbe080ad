/* SPDX-License-Identifier: Apache-2.0 */
/* proa system prune: remove everything that nothing uses. */
#include <stdio.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/pruning.h"
#include "cli/session.h"
#include "engine/volume-list.h"

struct prune_args {
	bool all, force, volumes;
	struct strings filters;
};

static const struct option prune_options[] = {
	OPTION_FLAG('a', "all", struct prune_args, all,
		    "Remove all images that no container uses, not only those without a name"),
	OPTION_LIST(0, "filter", "KEY=VALUE", struct prune_args, filters,
		    "Only those that match: label=, label!=, until="),
	OPTION_FLAG('f', "force", struct prune_args, force, "Do not ask"),
	OPTION_FLAG(0, "volumes", struct prune_args, volumes,
		    "Remove anonymous volumes that no container uses, too"),
	OPTION_IGNORED_FLAG(0, "build"),
	OPTION_IGNORED_FLAG(0, "external"),
	OPTION_END,
};

/* New string. */
static char *warning_text(const struct prune_args *args)
{
	struct buffer text = { 0 };

	buffer_puts(&text, "This will remove:\n  - all stopped containers\n");
	if (args->volumes)
		buffer_puts(&text, "  - all anonymous volumes not used by at least one container\n");
	buffer_puts(&text, args->all ? "  - all images without at least one container associated to "
				       "them\n"
				     : "  - all dangling images\n");
	buffer_puts(&text, "  - what interrupted downloads left\n");
	if (args->filters.count > 0)
		buffer_puts(&text, "\n  Items to be pruned will be filtered with:\n");
	for (size_t i = 0; i < args->filters.count; i++)
		buffer_printf(&text, "  - %s\n", args->filters.items[i]);
	return buffer_take(&text);
}

struct pruned_volumes {
	unsigned int count;
	uint64_t bytes;
};

static void print_volume(void *argument, const char *name, uint64_t bytes)
{
	struct pruned_volumes *pruned = argument;

	if (pruned->count++ == 0)
		puts("Deleted Volumes:");
	puts(name);
	pruned->bytes += bytes;
}

static int prune_volumes(struct engine *engine, uint64_t *reclaimed, struct error *err)
{
	struct pruned_volumes pruned = { 0 };
	int result = volumes_prune(engine, print_volume, &pruned, err);

	if (pruned.count > 0)
		putchar('\n');
	*reclaimed += pruned.bytes;
	return result;
}

/* Containers first: what they used goes with them. */
static int prune(struct engine *engine, const struct prune_args *args,
		 const struct filters *filters, struct error *err)
{
	uint64_t reclaimed = 0;
	int containers = prune_containers(engine, filters, &reclaimed, err);
	int images;

	if (containers < 0 || (args->volumes && prune_volumes(engine, &reclaimed, err) < 0))
		return -1;
	images = prune_images(engine, filters, args->all, &reclaimed, err);
	if (images < 0)
		return -1;
	prune_print_reclaimed(reclaimed);
	return containers || images;
}

static int prune_run(const struct invocation *invocation, struct error *err)
{
	const struct prune_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(filters) struct filters filters = { 0 };
	auto_free char *warning = warning_text(args);

	if (!engine || prune_filters_parse(&args->filters, &filters, err) < 0)
		return -1;
	if (args->volumes && filters_have(&filters, "until"))
		return error_set(err, ERROR_USAGE,
				 "the \"until\" filter is not supported with \"--volumes\"");
	if (!args->force && !prune_confirm(warning))
		return 0;
	if (engine_enter(engine, err) < 0)
		return -1;
	return prune(engine, args, &filters, err);
}

const struct command command_system_prune = {
	.name = "prune",
	.group = "system",
	.operands_max = 0,
	.summary = "Remove containers and images that are not used",
	.options = prune_options,
	.args_size = sizeof(struct prune_args),
	.run = prune_run,
};
