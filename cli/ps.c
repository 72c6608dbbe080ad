/* SPDX-License-Identifier: Apache-2.0 */
/* proa ps: a table of containers. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/container-text.h"
#include "cli/format.h"
#include "cli/global.h"
#include "cli/ps-filter.h"
#include "cli/session.h"
#include "engine/inspect.h"

#define TABLE \
	"{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}"
#define RAW "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\n" \
	"created_at: {{.CreatedAt}}\nstate: {{.State}}\nstatus: {{.Status}}\nnames: {{.Names}}\n" \
	"labels: {{.Labels}}\nports: {{.Ports}}\n"

struct ps_args {
	bool all, latest, no_trunc, quiet, size;
	long long last;
	struct strings filters;
	const char *format;
};

static const struct option ps_options[] = {
	OPTION_FLAG('a', "all", struct ps_args, all, "Show those that do not run, too"),
	OPTION_LIST('f', "filter", "KEY=VALUE", struct ps_args, filters,
		    "Show only those that match: status=, name=, label=, ancestor=, ..."),
	OPTION_STRING(0, "format", "FORMAT", struct ps_args, format,
		      "table, json, 'table TEMPLATE', or a Go template"),
	OPTION_INTEGER('n', "last", "N", struct ps_args, last, "Show the N newest, in all states"),
	OPTION_FLAG('l', "latest", struct ps_args, latest, "Show the newest, in any state"),
	OPTION_FLAG(0, "no-trunc", struct ps_args, no_trunc, "Cut nothing short"),
	OPTION_FLAG('q', "quiet", struct ps_args, quiet, "Show only IDs"),
	OPTION_FLAG('s', "size", struct ps_args, size, "Show what each container has written"),
	OPTION_END,
};

static const struct list_field ps_fields[] = {
	{ "ID", "CONTAINER ID" }, { "Image", "IMAGE" }, { "Command", "COMMAND" },
	{ "RunningFor", "CREATED" }, { "CreatedAt", "CREATED AT" }, { "Status", "STATUS" },
	{ "State", "STATE" }, { "Ports", "PORTS" }, { "Names", "NAMES" }, { "Size", "SIZE" },
	{ "Labels", "LABELS" }, { "Mounts", "MOUNTS" }, { "LocalVolumes", "LOCAL VOLUMES" },
	{ "Networks", "NETWORKS" }, { "Platform", "PLATFORM" }, { "HealthStatus", "HEALTH" },
	{ NULL, NULL },
};

static void ps_defaults(void *args)
{
	((struct ps_args *)args)->last = -1;
}

/* Takes `text`. */
static void put(json_t *row, const char *field, char *text)
{
	auto_free char *owned = text;

	json_object_set_new(row, field, json_string(owned));
}

/* "12kB (virtual 130MB)" */
static char *size_text(struct engine *engine, const struct container *container, bool wanted)
{
	auto_error ignored = { 0 };
	auto_of(image) struct image *image = NULL;
	unsigned long long written = 0;
	char own[UNITS_TEXT_SIZE];
	char all[UNITS_TEXT_SIZE];

	if (!wanted)
		return xstrdup("0B");
	if (container_size(engine, container, &written, &ignored) < 0)
		return xstrdup("N/A");
	size_format(written, own);
	image = store_find(engine->store, container->config.image_id.hex, &ignored);
	if (!image)
		return xstrdup(own);
	size_format(image->size + written, all);
	return xasprintf("%s (virtual %s)", own, all);
}

static char *volume_count(const struct container *container)
{
	unsigned int count = 0;

	for (size_t i = 0; i < container->config.mount_count; i++)
		count += container->config.mounts[i].type == MOUNT_REQUEST_VOLUME;
	return xasprintf("%u", count);
}

static json_t *ps_row(struct engine *engine, const struct container *container,
		      const struct ps_args *args, bool sizes, int64_t now)
{
	const struct container_config *config = &container->config;
	json_t *row = json_object();

	put(row, "Command", container_command_text(container, !args->no_trunc));
	put(row, "CreatedAt", time_text(config->created_ns));
	put(row, "HealthStatus", xstrdup(""));
	put(row, "ID", xasprintf("%.*s", args->no_trunc ? 64 : 12, config->id));
	put(row, "Image", xstrdup(config->image));
	put(row, "Labels", container_labels_text(&config->labels));
	put(row, "LocalVolumes", volume_count(container));
	put(row, "Mounts", container_mounts_text(container, !args->no_trunc));
	put(row, "Names", xstrdup(config->name));
	put(row, "Networks", xstrdup(container_network_word(container)));
	put(row, "Platform", xstrdup(is_empty(config->platform) ? "linux" : config->platform));
	put(row, "Ports", container_ports_text(container));
	put(row, "RunningFor", age_text(config->created_ns, now));
	put(row, "Size", size_text(engine, container, sizes));
	put(row, "State", xstrdup(container_state_word(container)));
	put(row, "Status", container_status_text(container, now));
	return row;
}

/* How many of the newest are to be shown in all states; -1: no such limit. */
static long long newest_wanted(const struct ps_args *args)
{
	if (args->latest)
		return 1;
	return args->last > 0 ? args->last : -1;
}

static json_t *ps_rows(struct engine *engine, const struct ps_args *args,
		       const struct filters *filters, bool sizes, struct error *err)
{
	struct container **list;
	size_t count;
	long long room = newest_wanted(args);
	bool all = args->all || room >= 0 || filters_have(filters, "status") ||
		   filters_have(filters, "exited");
	int64_t now = clock_now();
	json_t *rows;

	if (container_list(engine, &list, &count, err) < 0)
		return NULL;
	rows = json_array();
	for (size_t i = 0; i < count && room != 0; i++) {
		if (!all && list[i]->state.phase != CONTAINER_RUNNING &&
		    list[i]->state.phase != CONTAINER_PAUSED &&
		    list[i]->state.phase != CONTAINER_RESTARTING)
			continue;
		if (!ps_filter_match(filters, list[i]))
			continue;
		json_array_append_new(rows, ps_row(engine, list[i], args, sizes, now));
		room -= room > 0;
	}
	container_free_list(list, count);
	return rows;
}

static int ps_run(const struct invocation *invocation, struct error *err)
{
	const struct ps_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(filters) struct filters filters = { 0 };
	auto_free char *setting = NULL;
	auto_json json_t *rows = NULL;
	const char *format = args->format;
	bool sizes;

	if (!engine || ps_filter_parse(&args->filters, engine, &filters, err) < 0)
		return -1;
	if (args->quiet)
		format = "{{.ID}}";
	else if (!format)
		format = setting = global_setting("psFormat");
	if (format && strcmp(format, "raw") == 0)
		format = args->size ? RAW "size: {{.Size}}\n" : RAW;
	sizes = args->size || (format && strstr(format, ".Size"));
	rows = ps_rows(engine, args, &filters, sizes, err);
	if (!rows)
		return -1;
	return format_list(format, args->size ? TABLE "\t{{.Size}}" : TABLE, ps_fields, rows, err);
}

const struct command command_ps = {
	.name = "ls",
	.group = "container",
	.alias = "ps",
	.more_names = "list ps",
	.operands_max = 0,
	.summary = "List containers",
	.examples = "  proa ps -a --filter status=exited\n"
		    "  proa ps --format '{{.Names}}: {{.Status}}'\n",
	.options = ps_options,
	.args_size = sizeof(struct ps_args),
	.defaults = ps_defaults,
	.run = ps_run,
};
