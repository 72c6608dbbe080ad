/* SPDX-License-Identifier: Apache-2.0 */
/* proa container prune: remove all containers that do not run. */
#include <stdio.h>

#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/pruning.h"
#include "cli/report.h"
#include "cli/session.h"
#include "engine/lifecycle.h"
#include "image/store-usage.h"

struct prune_args {
	bool force;
	struct strings filters;
};

static const struct option prune_options[] = {
	OPTION_LIST(0, "filter", "KEY=VALUE", struct prune_args, filters,
		    "Only those that match: label=, label!=, until="),
	OPTION_FLAG('f', "force", struct prune_args, force, "Do not ask"),
	OPTION_END,
};

DEFINE_AUTO(usage_meter, usage_meter_free);

static bool is_chosen(const struct container *container, const struct filters *filters)
{
	if (container->state.phase != CONTAINER_CREATED &&
	    container->state.phase != CONTAINER_EXITED && container->state.phase != CONTAINER_DEAD)
		return false;
	return prune_filters_match(filters, &container->config.labels,
				   container->config.created_ns);
}

int prune_containers(struct engine *engine, const struct filters *filters, uint64_t *reclaimed,
		     struct error *err)
{
	auto_of(usage_meter) struct usage_meter *meter = usage_meter_new();
	struct container **list;
	size_t count;
	unsigned int removed = 0;
	int status = 0;

	if (container_list(engine, &list, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		auto_error failure = { 0 };
		uint64_t bytes = 0;

		if (!is_chosen(list[i], filters))
			continue;
		if (usage_add(meter, engine->containers, list[i]->config.id, &bytes, &failure) < 0)
			error_release(&failure);
		if (container_delete(engine, list[i], false, false, &failure) < 0) {
			report_error(&failure);
			status = 1;
			continue;
		}
		if (removed++ == 0)
			puts("Deleted Containers:");
		puts(list[i]->config.id);
		*reclaimed += bytes;
	}
	container_free_list(list, count);
	if (removed)
		putchar('\n');
	return status;
}

static int prune_run(const struct invocation *invocation, struct error *err)
{
	const struct prune_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(filters) struct filters filters = { 0 };
	uint64_t reclaimed = 0;
	int status;

	if (!engine || prune_filters_parse(&args->filters, &filters, err) < 0)
		return -1;
	if (!args->force && !prune_confirm("This will remove all stopped containers."))
		return 0;
	if (engine_enter(engine, err) < 0)
		return -1;
	status = prune_containers(engine, &filters, &reclaimed, err);
	if (status < 0)
		return -1;
	prune_print_reclaimed(reclaimed);
	return status;
}

const struct command command_container_prune = {
	.name = "prune",
	.group = "container",
	.operands_max = 0,
	.summary = "Remove all stopped containers",
	.options = prune_options,
	.args_size = sizeof(struct prune_args),
	.run = prune_run,
};
