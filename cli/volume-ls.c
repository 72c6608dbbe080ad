/* SPDX-License-Identifier: Apache-2.0 */
/* proa volume ls and inspect. */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/container-text.h"
#include "cli/format.h"
#include "cli/global.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/volume-filter.h"
#include "engine/volume-list.h"

#define EXIT_TEMPLATE 64
#define TABLE "{{.Driver}}\t{{.Name}}"

struct volume_ls_args {
	bool quiet, no_heading;
	const char *format;
	struct strings filters;
};

static const struct option volume_ls_options[] = {
	OPTION_LIST('f', "filter", "KEY=VALUE", struct volume_ls_args, filters,
		    "Show only those that match: dangling=, name=, label=, driver= ..."),
	OPTION_STRING(0, "format", "FORMAT", struct volume_ls_args, format,
		      "table, json, raw, 'table TEMPLATE', or a Go template"),
	OPTION_FLAG('n', "noheading", struct volume_ls_args, no_heading,
		    "Leave out the table's headings"),
	OPTION_FLAG('q', "quiet", struct volume_ls_args, quiet, "Print the names only"),
	OPTION_UNSUPPORTED_FLAG(0, "cluster"),
	OPTION_END,
};

static const char *const filter_keys[] = { "after", "anonymous", "dangling", "driver", "label",
					   "label!", "name", "opt", "scope", "since", "until",
					   NULL };

static const struct list_field volume_fields[] = {
	{ "Availability", "AVAILABILITY" }, { "Driver", "DRIVER" }, { "Group", "GROUP" },
	{ "Labels", "LABELS" }, { "Links", "LINKS" }, { "Mountpoint", "MOUNTPOINT" },
	{ "Name", "VOLUME NAME" }, { "Scope", "SCOPE" }, { "Size", "SIZE" },
	{ "Status", "STATUS" }, { NULL, NULL },
};

static json_t *volume_row(struct engine *engine, const struct volume *volume)
{
	auto_free char *path = volume_path(engine, volume->name);
	auto_free char *labels = container_labels_text(&volume->labels);

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "Availability",
			 "N/A", "Driver", "local", "Group", "N/A", "Labels", labels, "Links", "N/A",
			 "Mountpoint", path, "Name", volume->name, "Scope", "local", "Size", "N/A",
			 "Status", "N/A");
}

static int print_list(struct engine *engine, const struct volume_ls_args *args,
		      const struct volume_list *list, const struct volume_filters *filters,
		      struct error *err)
{
	auto_json json_t *rows = json_array();
	auto_free char *setting = args->format ? NULL : global_setting("volumesFormat");
	const char *format = args->format ? args->format : setting;
	bool names = args->quiet && (!args->format || strcmp(args->format, "table") == 0);

	for (size_t i = 0; i < list->count; i++) {
		if (!volume_filters_match(filters, &list->items[i]))
			continue;
		if (names)
			puts(list->items[i].name);
		else
			json_array_append_new(rows, volume_row(engine, &list->items[i]));
	}
	if (names)
		return 0;
	return format_list_without(args->no_heading, format, TABLE,
				   volume_fields, rows, err);
}

static int volume_ls_run(const struct invocation *invocation, struct error *err)
{
	const struct volume_ls_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(volume_filters) struct volume_filters filters = { 0 };
	auto_release(volume_list) struct volume_list list = { 0 };

	if (!engine ||
	    volume_filters_parse(engine, &args->filters, filter_keys, &filters, err) < 0 ||
	    volume_list_all(engine, &list, err) < 0)
		return -1;
	return print_list(engine, args, &list, &filters, err);
}

const struct command command_volume_ls = {
	.name = "ls",
	.group = "volume",
	.more_names = "list",
	.operands_max = 0,
	.summary = "List volumes",
	.examples = "  proa volume ls --filter dangling=true\n",
	.options = volume_ls_options,
	.args_size = sizeof(struct volume_ls_args),
	.run = volume_ls_run,
};

struct volume_inspect_args {
	const char *format;
	bool all;
};

static const struct option volume_inspect_options[] = {
	OPTION_FLAG('a', "all", struct volume_inspect_args, all, "Show all volumes"),
	OPTION_STRING('f', "format", "FORMAT", struct volume_inspect_args, format,
		      "json, or a Go template such as '{{.Mountpoint}}'"),
	OPTION_END,
};

static bool all_is_given(const void *args)
{
	return ((const struct volume_inspect_args *)args)->all;
}

static json_t *map_or_null(const struct strings *list)
{
	return list->count ? json_from_map(list) : json_null();
}

static json_t *describe(struct engine *engine, const struct volume *volume)
{
	auto_free char *path = volume_path(engine, volume->name);
	char created[CLOCK_TEXT_SIZE];

	clock_format(volume->created_ns, created);
	return json_pack("{s:s, s:s, s:o, s:s, s:s, s:o, s:s}", "CreatedAt", created, "Driver",
			 "local", "Labels", map_or_null(&volume->labels), "Mountpoint", path,
			 "Name", volume->name, "Options", map_or_null(&volume->options), "Scope",
			 "local");
}

static int describe_all(struct engine *engine, json_t *found, struct error *err)
{
	auto_release(volume_list) struct volume_list list = { 0 };

	if (volume_list_all(engine, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.count; i++)
		json_array_append_new(found, describe(engine, &list.items[i]));
	return 0;
}

static void describe_named(struct engine *engine, char *const *names, json_t *found,
			   struct strings *failures)
{
	for (; *names; names++) {
		auto_release(volume) struct volume volume = { 0 };
		auto_error failure = { 0 };

		if (volume_read(engine, *names, &volume, &failure) == 0)
			json_array_append_new(found, describe(engine, &volume));
		else
			strings_addf(failures, "get %s: %s", *names, failure.message);
	}
}

static int volume_inspect_run(const struct invocation *invocation, struct error *err)
{
	const struct volume_inspect_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(strings) struct strings failures = { 0 };
	auto_json json_t *found = json_array();

	if (!engine)
		return -1;
	if (args->all && describe_all(engine, found, err) < 0)
		return -1;
	if (!args->all)
		describe_named(engine, invocation->operands, found, &failures);
	if (format_objects(args->format, found, err) < 0) {
		report_error(err);
		return EXIT_TEMPLATE;
	}
	for (size_t i = 0; i < failures.count; i++)
		report_error(&(struct error){ .kind = ERROR_OTHER, .message = failures.items[i] });
	return failures.count > 0;
}

const struct command command_volume_inspect = {
	.name = "inspect",
	.group = "volume",
	.operands = "VOLUME [VOLUME...]",
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
	.options_suffice = all_is_given,
	.summary = "Show all about volumes, as JSON",
	.options = volume_inspect_options,
	.args_size = sizeof(struct volume_inspect_args),
	.run = volume_inspect_run,
};
