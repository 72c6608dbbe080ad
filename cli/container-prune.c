/* SPDX-License-Identifier: Apache-2.0 */
/* proa container prune: remove all containers that do not run. */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/filter.h"
#include "cli/report.h"
#include "cli/session.h"
#include "engine/inspect.h"
#include "engine/lifecycle.h"

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

static const char *const filter_keys[] = { "label", "label!", "until", NULL };

static bool match_no_label(const char *value, const void *labels)
{
	return !filter_match_label(value, labels);
}

static bool match_until(const char *value, const void *object)
{
	auto_error ignored = { 0 };
	int64_t time;

	return clock_parse_point(value, clock_now(), &time, &ignored) == 0 &&
	       ((const struct container *)object)->config.created_ns <= time;
}

static bool is_chosen(const struct container *container, const struct filters *filters)
{
	if (container->state.phase != CONTAINER_CREATED &&
	    container->state.phase != CONTAINER_EXITED && container->state.phase != CONTAINER_DEAD)
		return false;
	return filters_match_all(filters, "label", filter_match_label, &container->config.labels) &&
	       filters_match(filters, "label!", match_no_label, &container->config.labels) &&
	       filters_match_all(filters, "until", match_until, container);
}

/* Asks on the terminal; anything but y is no. */
static bool confirm(void)
{
	char answer[16] = "";

	printf("WARNING! This will remove all stopped containers.\n"
	       "Are you sure you want to continue? [y/N] ");
	fflush(stdout);
	if (!fgets(answer, sizeof(answer), stdin))
		return false;
	return strcasecmp(answer, "y\n") == 0 || strcasecmp(answer, "y") == 0;
}

static int prune(struct engine *engine, const struct filters *filters, struct error *err)
{
	struct container **list;
	size_t count;
	unsigned long long reclaimed = 0;
	unsigned int removed = 0;
	char size[UNITS_TEXT_SIZE];
	int status = 0;

	if (container_list(engine, &list, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		auto_error failure = { 0 };
		unsigned long long bytes = 0;

		if (!is_chosen(list[i], filters))
			continue;
		if (container_size(engine, list[i], &bytes, &failure) < 0)
			error_release(&failure);
		if (container_delete(engine, list[i], false, false, &failure) < 0) {
			report_error(&failure);
			status = 1;
			continue;
		}
		if (removed++ == 0)
			puts("Deleted Containers:");
		puts(list[i]->config.id);
		reclaimed += bytes;
	}
	container_free_list(list, count);
	size_format(reclaimed, size);
	printf("%sTotal reclaimed space: %s\n", removed ? "\n" : "", size);
	return status;
}

static int prune_run(const struct invocation *invocation, struct error *err)
{
	const struct prune_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(filters) struct filters filters = { 0 };
	const char *until;
	int64_t time;

	if (!engine || filters_parse(&args->filters, filter_keys, &filters, err) < 0)
		return -1;
	until = filters_value(&filters, "until");
	if (until && clock_parse_point(until, clock_now(), &time, err) < 0)
		return error_context(err, "invalid filter 'until=%s'", until);
	if (!args->force && !confirm())
		return 0;
	if (engine_enter(engine, err) < 0)
		return -1;
	return prune(engine, &filters, err);
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
