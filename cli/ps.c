/* SPDX-License-Identifier: Apache-2.0 */
/* proa ps: a table of containers. */
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/global.h"
#include "cli/ps-filter.h"
#include "cli/ps-row.h"
#include "cli/ps-sort.h"
#include "engine/lifecycle.h"

#define TABLE \
	"{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}"
#define NAMESPACE_TABLE                                                                        \
	"{{.ID}}\t{{.Names}}\t{{.Pid}}\t{{.CGROUPNS}}\t{{.IPC}}\t{{.MNT}}\t{{.NET}}\t{{.PIDNS}}\t" \
	"{{.USERNS}}\t{{.UTS}}"
#define RAW "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\n" \
	"created_at: {{.CreatedAt}}\nstate: {{.State}}\nstatus: {{.Status}}\nnames: {{.Names}}\n" \
	"labels: {{.Labels}}\nports: {{.Ports}}\n"
#define CLEAR_SCREEN "\033[2J\033[H"

struct ps_args {
	bool all, latest, namespaces, no_heading, no_trunc, quiet, size;
	long long last, watch;
	struct strings filters;
	const char *format, *sort;
};

static const struct option ps_options[] = {
	OPTION_FLAG('a', "all", struct ps_args, all, "Show those that do not run, too"),
	OPTION_IGNORED_FLAG(0, "external"),
	OPTION_LIST('f', "filter", "KEY=VALUE", struct ps_args, filters,
		    "Show only those that match: status=, name=, label=, ancestor=, ..."),
	OPTION_STRING(0, "format", "FORMAT", struct ps_args, format,
		      "table, json, 'table TEMPLATE', or a Go template"),
	OPTION_INTEGER('n', "last", "N", struct ps_args, last, "Show the N newest, in all states"),
	OPTION_FLAG('l', "latest", struct ps_args, latest, "Show the newest, in any state"),
	OPTION_FLAG(0, "namespace", struct ps_args, namespaces, NULL),
	OPTION_FLAG(0, "no-trunc", struct ps_args, no_trunc, "Cut nothing short"),
	OPTION_FLAG(0, "noheading", struct ps_args, no_heading, "Leave out the headings"),
	OPTION_FLAG(0, "ns", struct ps_args, namespaces, "Show their namespaces"),
	OPTION_IGNORED_FLAG('p', "pod"),
	OPTION_FLAG('q', "quiet", struct ps_args, quiet, "Show only IDs"),
	OPTION_FLAG('s', "size", struct ps_args, size, "Show what each container has written"),
	OPTION_STRING(0, "sort", "KEY", struct ps_args, sort,
		      "By command, created (default), id, image, names, runningfor, size or "
		      "status"),
	OPTION_IGNORED_FLAG(0, "storage"),
	OPTION_IGNORED_FLAG(0, "sync"),
	OPTION_INTEGER('w', "watch", "SECONDS", struct ps_args, watch,
		       "Show it again and again, so many seconds apart"),
	OPTION_END,
};

static void ps_defaults(void *args)
{
	((struct ps_args *)args)->last = -1;
}

/* How many of the newest are to be shown in all states; -1: no such limit. */
static long long newest_wanted(const struct ps_args *args)
{
	if (args->latest)
		return 1;
	return args->last > 0 ? args->last : -1;
}

/* What is asked for, by the options and docker's settings. */
struct listing {
	const struct ps_args *args;
	struct filters filters;
	enum ps_order order;
	const char *format;	/* as for format_list() */
	const char *table;	/* what `format` "table" or NULL is */
	const char *template;	/* what decides which members are shown; NULL: all */
	bool sizes;
};

static void choose(const struct ps_args *args, const char *setting, struct listing *listing)
{
	listing->table = args->namespaces ? NAMESPACE_TABLE
			 : args->size	  ? TABLE "\t{{.Size}}"
					  : TABLE;
	listing->format = args->quiet ? "{{.ID}}" : args->format ? args->format : setting;
	if (listing->format && strcmp(listing->format, "raw") == 0)
		listing->format = args->size ? RAW "size: {{.Size}}\n" : RAW;
	if (is_empty(listing->format) || strcmp(listing->format, "table") == 0)
		listing->template = listing->table;
	else if (strcmp(listing->format, "json") != 0)
		listing->template = listing->format;
	listing->sizes = args->size || (listing->template && strstr(listing->template, ".Size"));
}

/* Moves those that are to be shown to the front; their number. */
static size_t select_shown(struct container **list, size_t count, const struct listing *listing)
{
	const struct ps_args *args = listing->args;
	long long room = newest_wanted(args);
	bool all = args->all || room >= 0 || filters_have(&listing->filters, "status") ||
		   filters_have(&listing->filters, "exited");
	size_t shown = 0;

	for (size_t i = 0; i < count && room != 0; i++) {
		struct container *container = list[i];

		if ((!all && !container_is_running(container)) ||
		    !ps_filter_match(&listing->filters, container))
			continue;
		list[i] = list[shown];
		list[shown++] = container;
		room -= room > 0;
	}
	return shown;
}

static int print_listing(struct engine *engine, const struct listing *listing, struct error *err)
{
	auto_json json_t *rows = json_array();
	struct ps_source source = {
		.engine = engine,
		.full = listing->args->no_trunc,
		.sizes = listing->sizes,
		.now = clock_now(),
	};
	struct container **list;
	size_t count;
	size_t shown;

	if (container_list(engine, &list, &count, err) < 0)
		return -1;
	shown = select_shown(list, count, listing);
	ps_sort(list, shown, listing->order, engine);
	for (size_t i = 0; i < shown; i++) {
		source.container = list[i];
		json_array_append_new(rows, ps_row(&source, listing->template));
	}
	container_free_list(list, count);
	return format_list_without(listing->args->no_heading, listing->format, listing->table,
				   ps_fields, rows, err);
}

static int print_again_and_again(struct engine *engine, const struct listing *listing,
				 struct error *err)
{
	while (!ferror(stdout)) {
		if (isatty(STDOUT_FILENO))
			fputs(CLEAR_SCREEN, stdout);
		if (print_listing(engine, listing, err) < 0)
			return -1;
		fflush(stdout);
		poll(NULL, 0, (int)listing->args->watch * 1000);
	}
	return 0;
}

static int ps_run(const struct invocation *invocation, struct error *err)
{
	const struct ps_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_free char *setting = args->format ? NULL : global_setting("psFormat");
	struct listing listing = { .args = args };
	int result = -1;

	if (args->watch < 0 || args->watch > INT_MAX / 1000)
		return error_set(err, ERROR_USAGE, "invalid time '%lld' for --watch", args->watch);
	choose(args, setting, &listing);
	if (engine && ps_order_parse(args->sort, &listing.order, err) == 0 &&
	    ps_filter_parse(&args->filters, engine, &listing.filters, err) == 0)
		result = args->watch ? print_again_and_again(engine, &listing, err)
				     : print_listing(engine, &listing, err);
	filters_release(&listing.filters);
	return result;
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
