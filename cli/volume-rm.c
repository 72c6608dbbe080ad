/* SPDX-License-Identifier: Apache-2.0 */
/* proa volume rm and prune. */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/pruning.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/volume-filter.h"
#include "engine/volume-list.h"

struct volume_rm_args {
	bool all, force;
};

static const struct option volume_rm_options[] = {
	OPTION_FLAG('a', "all", struct volume_rm_args, all, "Remove all volumes"),
	OPTION_FLAG('f', "force", struct volume_rm_args, force,
		    "A volume that does not exist is no error"),
	OPTION_END,
};

static bool all_is_given(const void *args)
{
	return ((const struct volume_rm_args *)args)->all;
}

/* The exit status. */
static int remove_named(struct engine *engine, const char *name, bool force)
{
	auto_error failure = { 0 };

	if (volume_remove(engine, name, &failure) == 0 ||
	    (force && failure.kind == ERROR_NOT_FOUND)) {
		puts(name);
		return 0;
	}
	if (failure.kind == ERROR_NOT_FOUND)
		error_context(&failure, "get %s", name);
	report_error(&failure);
	return 1;
}

static int remove_all(struct engine *engine, struct error *err)
{
	auto_release(volume_list) struct volume_list list = { 0 };
	int status = 0;

	if (volume_list_all(engine, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.count; i++)
		status |= remove_named(engine, list.items[i].name, true);
	return status;
}

static int volume_rm_run(const struct invocation *invocation, struct error *err)
{
	const struct volume_rm_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	int status = 0;

	if (args->all && invocation->operand_count > 0)
		return error_set(err, ERROR_USAGE, "--all takes no names of volumes");
	if (!engine || engine_enter(engine, err) < 0)
		return -1;
	if (args->all)
		return remove_all(engine, err);
	for (char *const *name = invocation->operands; *name; name++)
		status |= remove_named(engine, *name, args->force);
	return status;
}

const struct command command_volume_rm = {
	.name = "rm",
	.group = "volume",
	.more_names = "remove",
	.operands = "VOLUME [VOLUME...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.options_suffice = all_is_given,
	.summary = "Remove volumes that no container uses",
	.options = volume_rm_options,
	.args_size = sizeof(struct volume_rm_args),
	.run = volume_rm_run,
};

struct volume_prune_args {
	bool all, force;
	struct strings filters;
};

static const struct option volume_prune_options[] = {
	OPTION_FLAG('a', "all", struct volume_prune_args, all,
		    "Those with a name of your choice, too"),
	OPTION_LIST(0, "filter", "KEY=VALUE", struct volume_prune_args, filters,
		    "Only those that match: label=, label!=, until=, since= ..."),
	OPTION_FLAG('f', "force", struct volume_prune_args, force, "Do not ask"),
	OPTION_UNSUPPORTED_FLAG(0, "dry-run"),
	OPTION_END,
};

static const char *const prune_keys[] = { "after", "all", "anonymous", "label", "label!", "since",
					  "until", NULL };

struct pruning {
	struct volume_filters filters;
	bool all;
	unsigned int count;
	uint64_t bytes;
};

static bool is_chosen(void *argument, const struct volume *volume)
{
	const struct pruning *pruning = argument;

	return (pruning->all || volume->anonymous) &&
	       volume_filters_match(&pruning->filters, volume);
}

static void print_removed(void *argument, const char *name, uint64_t bytes)
{
	struct pruning *pruning = argument;

	if (pruning->count++ == 0)
		puts("Deleted Volumes:");
	puts(name);
	pruning->bytes += bytes;
}

static int prune(struct engine *engine, struct pruning *pruning, struct error *err)
{
	const struct volumes_pruning request = { .chosen = is_chosen, .removed = print_removed,
						 .argument = pruning };

	if (engine_enter(engine, err) < 0 || volumes_prune_chosen(engine, &request, err) < 0)
		return -1;
	if (pruning->count)
		putchar('\n');
	prune_print_reclaimed(pruning->bytes);
	return 0;
}

/* --all, or the filter that means the same. */
static int choose_all(const struct volume_prune_args *args, struct pruning *pruning,
		      struct error *err)
{
	const char *all = filters_value(&pruning->filters.filters, "all");

	pruning->all = args->all || filters_have(&pruning->filters.filters, "anonymous");
	if (all && args->all)
		return error_set(err, ERROR_INVALID,
				 "conflicting options: cannot specify both --all and --filter all=1");
	return all ? filter_parse_bool("all", all, &pruning->all, err) : 0;
}

static int volume_prune_run(const struct invocation *invocation, struct error *err)
{
	const struct volume_prune_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	struct pruning pruning = { 0 };
	int result = -1;

	if (engine &&
	    volume_filters_parse(engine, &args->filters, prune_keys, &pruning.filters, err) == 0 &&
	    choose_all(args, &pruning, err) == 0) {
		const char *warning = pruning.all ?
			"This will remove all local volumes not used by at least one container." :
			"This will remove anonymous local volumes not used by at least one "
			"container.";

		result = args->force || prune_confirm(warning) ? prune(engine, &pruning, err) : 0;
	}
	volume_filters_release(&pruning.filters);
	return result;
}

const struct command command_volume_prune = {
	.name = "prune",
	.group = "volume",
	.operands_max = 0,
	.summary = "Remove anonymous volumes that no container uses",
	.options = volume_prune_options,
	.args_size = sizeof(struct volume_prune_args),
	.run = volume_prune_run,
};
