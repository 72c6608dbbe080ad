/* SPDX-License-Identifier: Apache-2.0 */
/* proa system df: what the store takes on disk, in rows that add up to what du(1) says of it. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/disk-usage.h"
#include "cli/format.h"
#include "cli/session.h"

#define TABLE "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}"

struct df_args {
	bool verbose;
	const char *format;
};

static const struct option df_options[] = {
	OPTION_STRING(0, "format", "FORMAT", struct df_args, format,
		      "table, json, 'table TEMPLATE', or a Go template"),
	OPTION_FLAG('v', "verbose", struct df_args, verbose,
		    "Show each image, container and volume"),
	OPTION_END,
};

static const struct list_field df_fields[] = {
	{ "Type", "TYPE" }, { "TotalCount", "TOTAL" }, { "Total", "TOTAL" }, { "Active", "ACTIVE" },
	{ "Size", "SIZE" }, { "RawSize", "SIZE" }, { "Reclaimable", "RECLAIMABLE" },
	{ "RawReclaimable", "RECLAIMABLE" }, { NULL, NULL },
};

/* One row of the table. */
struct kind {
	const char *type;
	size_t total, active;
	uint64_t size, reclaimable;
	bool no_share;	/* RECLAIMABLE without per cent */
};

/* Takes `text`. */
static void put(json_t *row, const char *field, char *text)
{
	auto_free char *owned = text;

	json_object_set_new(row, field, json_string(owned));
}

static char *reclaimable_text(const struct kind *kind)
{
	char bytes[UNITS_TEXT_SIZE];

	size_format(kind->reclaimable, bytes);
	if (kind->size == 0 || kind->no_share)
		return xstrdup(bytes);
	return xasprintf("%s (%u%%)", bytes,
			 (unsigned int)((double)kind->reclaimable * 100 / (double)kind->size));
}

static json_t *df_row(const struct kind *kind, bool docker_only)
{
	json_t *row = json_object();
	char size[UNITS_TEXT_SIZE];

	size_format(kind->size, size);
	put(row, "Type", xstrdup(kind->type));
	put(row, "TotalCount", xasprintf("%zu", kind->total));
	put(row, "Active", xasprintf("%zu", kind->active));
	put(row, "Size", xstrdup(size));
	put(row, "Reclaimable", reclaimable_text(kind));
	if (docker_only)
		return row;
	put(row, "Total", xasprintf("%zu", kind->total));
	json_object_set_new(row, "RawSize", json_integer((json_int_t)kind->size));
	json_object_set_new(row, "RawReclaimable", json_integer((json_int_t)kind->reclaimable));
	return row;
}

static bool is_active(const struct container *container)
{
	return container->state.phase == CONTAINER_RUNNING ||
	       container->state.phase == CONTAINER_PAUSED ||
	       container->state.phase == CONTAINER_RESTARTING;
}

static bool is_in_use(const struct image_survey *survey, const struct digest *diff_id)
{
	for (size_t i = 0; i < survey->container_count; i++) {
		const struct container_config *config = &survey->containers[i]->config;

		for (size_t j = 0; j < config->layer_count; j++)
			if (digest_equal(&config->layers[j], diff_id))
				return true;
	}
	return false;
}

static struct kind images_kind(const struct disk_usage *usage)
{
	const struct image_survey *survey = &usage->survey;
	struct kind kind = { .type = "Images", .total = survey->image_count,
			     .size = usage->store.lists };

	for (size_t i = 0; i < survey->image_count; i++)
		kind.active += image_survey_users(survey, survey->images[i]) > 0;
	for (size_t i = 0; i < usage->store.layer_count; i++) {
		const struct layer_usage *layer = &usage->store.layers[i];

		kind.size += layer->bytes;
		if (!is_in_use(survey, &layer->diff_id))
			kind.reclaimable += layer->bytes;
	}
	return kind;
}

static struct kind containers_kind(const struct disk_usage *usage)
{
	const struct image_survey *survey = &usage->survey;
	struct kind kind = { .type = "Containers", .total = survey->container_count,
			     .size = usage->containers_common };

	for (size_t i = 0; i < survey->container_count; i++) {
		kind.size += usage->container_bytes[i];
		if (is_active(survey->containers[i]))
			kind.active++;
		else
			kind.reclaimable += usage->container_bytes[i];
	}
	return kind;
}

static struct kind volumes_kind(const struct disk_usage *usage)
{
	struct kind kind = { .type = "Local Volumes", .total = usage->volumes.count,
			     .size = usage->volumes_common };

	for (size_t i = 0; i < usage->volumes.count; i++) {
		kind.size += usage->volume_bytes[i];
		if (usage->volumes.items[i].links > 0)
			kind.active++;
		else
			kind.reclaimable += usage->volume_bytes[i];
	}
	return kind;
}

static json_t *df_rows(const struct disk_usage *usage, bool docker_only)
{
	const struct kind kinds[] = {
		images_kind(usage), containers_kind(usage), volumes_kind(usage),
		{ .type = "Build Cache", .no_share = true },
		{ .type = "Partial Downloads", .total = usage->partial_count,
		  .size = usage->store.partial, .reclaimable = usage->store.partial },
	};
	json_t *rows = json_array();

	/* docker has four rows. The fifth is there when it has something to tell. */
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (i < 4 || kinds[i].size > 0)
			json_array_append_new(rows, df_row(&kinds[i], docker_only));
	return rows;
}

static int df_run(const struct invocation *invocation, struct error *err)
{
	const struct df_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(disk_usage) struct disk_usage usage = { 0 };
	auto_json json_t *rows = NULL;

	/* Only there can all directories be looked into. */
	if (!engine || engine_enter(engine, err) < 0 || disk_usage_measure(engine, &usage, err) < 0)
		return -1;
	if (args->verbose)
		return disk_usage_print_verbose(&usage, args->format, err);
	rows = df_rows(&usage, args->format && strcmp(args->format, "json") == 0);
	return format_list(args->format, TABLE, df_fields, rows, err);
}

const struct command command_system_df = {
	.name = "df",
	.group = "system",
	.operands_max = 0,
	.summary = "Show what images, containers and volumes take on disk",
	.options = df_options,
	.args_size = sizeof(struct df_args),
	.run = df_run,
};
