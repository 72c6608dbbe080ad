/* SPDX-License-Identifier: Apache-2.0 */
/* proa image prune: remove images that have no name, or that no container uses. */
#include <stdio.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/image-removal.h"
#include "cli/image-survey.h"
#include "cli/pruning.h"
#include "cli/report.h"
#include "cli/session.h"
#include "image/store-usage.h"

struct prune_args {
	bool all, force;
	struct strings filters;
};

static const struct option prune_options[] = {
	OPTION_FLAG('a', "all", struct prune_args, all,
		    "Remove all images that no container uses, not only those without a name"),
	OPTION_LIST(0, "filter", "KEY=VALUE", struct prune_args, filters,
		    "Only those that match: label=, label!=, until="),
	OPTION_FLAG('f', "force", struct prune_args, force, "Do not ask"),
	OPTION_IGNORED_FLAG(0, "build-cache"),
	OPTION_IGNORED_FLAG(0, "external"),
	OPTION_END,
};

DEFINE_AUTO(usage_meter, usage_meter_free);

/* Prints the lines of a removal as docker's prune does: "untagged: ...", "deleted: ...". */
static void print_removed(void *argument, const char *line)
{
	unsigned int *count = argument;

	if ((*count)++ == 0)
		puts("Deleted Images:");
	printf("%c%s\n", line[0] == 'U' ? 'u' : line[0] == 'D' ? 'd' : line[0], line + 1);
}

static bool is_chosen(const struct image_survey *survey, const struct image *image,
		      const struct filters *filters, bool all)
{
	if (image->read_only || image_survey_users(survey, image) > 0 ||
	    (!all && (image->names.count > 0 || image_survey_has_children(survey, image))))
		return false;
	return prune_filters_match(filters, &image->config.labels, image_created(image));
}

static int remove_chosen(const struct image_survey *survey, const struct filters *filters,
			 bool all, unsigned int *removed)
{
	const struct image_removal removal = { .removed = print_removed, .argument = removed };
	int status = 0;

	for (size_t i = 0; i < survey->image_count; i++) {
		auto_error failure = { 0 };

		if (!is_chosen(survey, survey->images[i], filters, all) ||
		    image_remove_whole(survey->engine, survey->images[i], &removal, &failure) == 0 ||
		    failure.kind == ERROR_NOT_FOUND) /* somebody else was faster */
			continue;
		report_error(&failure);
		status = 1;
	}
	return status;
}

/* What images and half-done downloads take. */
static int measure(struct engine *engine, uint64_t *ret_bytes, struct error *err)
{
	auto_of(usage_meter) struct usage_meter *meter = usage_meter_new();
	auto_release(store_usage) struct store_usage usage = { 0 };

	if (store_measure(engine->store, meter, &usage, err) < 0)
		return -1;
	*ret_bytes = usage.lists + usage.partial;
	for (size_t i = 0; i < usage.layer_count; i++)
		*ret_bytes += usage.layers[i].bytes;
	return 0;
}

int prune_images(struct engine *engine, const struct filters *filters, bool all,
		 uint64_t *reclaimed, struct error *err)
{
	auto_release(image_survey) struct image_survey survey = { 0 };
	auto_release(strings) struct strings keep = { 0 };
	unsigned int removed = 0;
	uint64_t before, after;
	int status;

	if (measure(engine, &before, err) < 0 || image_survey_make(engine, true, &survey, err) < 0)
		return -1;
	status = remove_chosen(&survey, filters, all, &removed);
	if (container_layers_in_use(engine, &keep, err) < 0)
		return -1;
	if (filters->keys.count == 0 &&
	    store_prune(engine->store, &keep, print_removed, &removed, err) < 0)
		return -1;
	if (removed)
		putchar('\n');
	if (measure(engine, &after, err) < 0)
		return -1;
	*reclaimed += before > after ? before - after : 0;
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
	if (!args->force &&
	    !prune_confirm(args->all ? "This will remove all images without at least one container "
				       "associated to them."
				     : "This will remove all dangling images."))
		return 0;
	if (engine_enter(engine, err) < 0)
		return -1;
	status = prune_images(engine, &filters, args->all, &reclaimed, err);
	if (status < 0)
		return -1;
	prune_print_reclaimed(reclaimed);
	return status;
}

const struct command command_image_prune = {
	.name = "prune",
	.group = "image",
	.operands_max = 0,
	.summary = "Remove images that are not used",
	.options = prune_options,
	.args_size = sizeof(struct prune_args),
	.run = prune_run,
};
