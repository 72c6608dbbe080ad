/* SPDX-License-Identifier: Apache-2.0 */
/* proa stats: what containers use, once or again and again. */
#include "engine/stats.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/global.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "engine/lifecycle.h"

#define TABLE                                                                                  \
	"{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t" \
	"{{.PIDs}}"
#define CLEAR_SCREEN "\033[2J\033[H"

struct stats_args {
	struct selection selection;
	const char *format;
	long long interval;
	bool no_reset, no_stream, no_trunc;
};

static const struct option stats_options[] = {
	OPTION_FLAG('a', "all", struct stats_args, selection.all,
		    "Show those that do not run, too"),
	OPTION_STRING(0, "format", "FORMAT", struct stats_args, format,
		      "table, json, 'table TEMPLATE', or a Go template"),
	OPTION_INTEGER('i', "interval", "SECONDS", struct stats_args, interval,
		       "Time between two looks (default 1)"),
	OPTION_SELECT_LATEST('l', stats_args),
	OPTION_FLAG(0, "no-reset", struct stats_args, no_reset,
		    "Do not clear the screen in between"),
	OPTION_FLAG(0, "no-stream", struct stats_args, no_stream, "Show them once"),
	OPTION_FLAG(0, "no-trunc", struct stats_args, no_trunc, "Cut nothing short"),
	OPTION_END,
};

static const struct list_field stats_fields[] = {
	{ "BlockIO", "BLOCK I/O" }, { "CPUPerc", "CPU %" }, { "Container", "CONTAINER" },
	{ "ID", "CONTAINER ID" }, { "MemPerc", "MEM %" },
	{ "MemUsage", "MEM USAGE / LIMIT" }, { "Name", "NAME" }, { "NetIO", "NET I/O" },
	{ "PIDs", "PIDS" }, { NULL, NULL },
};

/* A container that is looked at, by the word it was named with. */
struct watched {
	char *word;
	struct container *container;	/* as of the last look; NULL: it is gone */
	struct stats_sample before, now;
	bool sampled;
};

struct watch {
	struct watched *items;
	size_t count;
};

static void stats_defaults(void *args)
{
	((struct stats_args *)args)->interval = 1;
}

static void watch_release(struct watch *watch)
{
	for (size_t i = 0; i < watch->count; i++) {
		free(watch->items[i].word);
		container_free(watch->items[i].container);
	}
	free(watch->items);
	*watch = (struct watch){ 0 };
}

static void watch_add(struct watch *watch, const char *word)
{
	watch->items = xrealloc_array(watch->items, watch->count + 1, sizeof(*watch->items));
	watch->items[watch->count++] = (struct watched){ .word = xstrdup(word) };
}

static bool is_watched(const struct watch *watch, const char *id)
{
	for (size_t i = 0; i < watch->count; i++)
		if (watch->items[i].container &&
		    strcmp(watch->items[i].container->config.id, id) == 0)
			return true;
	return false;
}

/* Without operands: those that have come since the last look. */
static int watch_newcomers(struct watch *watch, struct engine *engine,
			   const struct stats_args *args, struct error *err)
{
	struct container **list;
	size_t count;

	if (container_list(engine, &list, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if ((args->selection.all || container_is_running(list[i])) &&
		    !is_watched(watch, list[i]->config.id))
			watch_add(watch, list[i]->config.id);
	container_free_list(list, count);
	return 0;
}

static void forget(struct watch *watch, size_t index)
{
	free(watch->items[index].word);
	container_free(watch->items[index].container);
	watch->count--;
	memmove(&watch->items[index], &watch->items[index + 1],
		(watch->count - index) * sizeof(*watch->items));
}

/* Looks at one. One that is gone stays without a container. */
static int look(struct watched *item, struct engine *engine, struct error *err)
{
	if (item->container && container_refresh(item->container, err) < 0) {
		container_free(item->container);
		item->container = NULL;
		return -1;
	}
	if (!item->container)
		item->container = container_find(engine, item->word, err);
	if (!item->container)
		return -1;
	item->before = item->now;
	if (stats_take(item->container, &item->now, err) < 0)
		return -1;
	if (!item->sampled)
		item->before = item->now;
	item->sampled = true;
	return 0;
}

/* Looks at all, and forgets those that are not to be shown any more. The number of operands that
 * are missing, or -1. */
static int look_at_all(struct watch *watch, struct engine *engine, const struct stats_args *args,
		       bool named, struct error *err)
{
	int missing = 0;

	if (!named && watch_newcomers(watch, engine, args, err) < 0)
		return -1;
	for (size_t i = 0; i < watch->count;) {
		auto_error failure = { 0 };
		int result = look(&watch->items[i], engine, &failure);

		if (result < 0 && failure.kind != ERROR_NOT_FOUND)
			return error_set(err, failure.kind, "%s", failure.message);
		if (result < 0 && named) {
			report_error(&failure);
			missing++;
		}
		if (result < 0 || (!named && !args->selection.all &&
				   !container_is_running(watch->items[i].container)))
			forget(watch, i);
		else
			i++;
	}
	return missing;
}

/* docker's form of memory: powers of 1024, four digits. */
static void format_binary(uint64_t bytes, char text[UNITS_TEXT_SIZE])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < ARRAY_SIZE(units)) {
		value /= 1024;
		unit++;
	}
	snprintf(text, UNITS_TEXT_SIZE, "%.4g%s", value, units[unit]);
}

/* Takes `text`. */
static void put(json_t *row, const char *field, char *text)
{
	auto_free char *owned = text;

	json_object_set_new(row, field, json_string(owned));
}

static char *pair(uint64_t first, uint64_t second,
		  void (*format)(uint64_t bytes, char text[UNITS_TEXT_SIZE]))
{
	char left[UNITS_TEXT_SIZE], right[UNITS_TEXT_SIZE];

	format(first, left);
	format(second, right);
	return xasprintf("%s / %s", left, right);
}

static json_t *stats_row(const struct watched *item, const struct stats_args *args)
{
	const struct container_config *config = &item->container->config;
	const struct stats_sample *now = &item->now;
	double memory = now->memory_limit ? 100.0 * (double)now->memory /
						    (double)now->memory_limit
					  : 0;
	json_t *row = json_object();

	put(row, "BlockIO", pair(now->read, now->written, size_format));
	put(row, "CPUPerc", xasprintf("%.2f%%", stats_cpu_percent(&item->before, now)));
	put(row, "Container", xstrdup(item->word));
	put(row, "ID", xasprintf("%.*s", args->no_trunc ? 64 : 12, config->id));
	put(row, "MemPerc", xasprintf("%.2f%%", memory));
	put(row, "MemUsage", pair(now->memory, now->memory_limit, format_binary));
	put(row, "Name", xstrdup(config->name));
	put(row, "NetIO", pair(now->received, now->sent, size_format));
	put(row, "PIDs", xasprintf("%llu", (unsigned long long)now->tasks));
	return row;
}

static int print(const struct watch *watch, const struct stats_args *args, const char *format,
		 struct error *err)
{
	auto_json json_t *rows = json_array();

	for (size_t i = 0; i < watch->count; i++)
		json_array_append_new(rows, stats_row(&watch->items[i], args));
	if (!args->no_stream && !args->no_reset && isatty(STDOUT_FILENO))
		fputs(CLEAR_SCREEN, stdout);
	if (format_list(format, TABLE, stats_fields, rows, err) < 0)
		return -1;
	fflush(stdout);
	return 0;
}

/* The first look is only to compare the second one with. */
static int follow(struct watch *watch, struct engine *engine, const struct stats_args *args,
		  bool named, struct error *err)
{
	auto_free char *setting = args->format ? NULL : global_setting("statsFormat");
	const char *format = args->format ? args->format : setting;
	int missing = look_at_all(watch, engine, args, named, err);
	int status = missing > 0;

	while (missing >= 0 && (watch->count > 0 || !named)) {
		if (watch->count > 0 || !args->no_stream)
			poll(NULL, 0, (int)args->interval * 1000);
		missing = look_at_all(watch, engine, args, named, err);
		if (missing < 0 || print(watch, args, format, err) < 0)
			return -1;
		if (args->no_stream || ferror(stdout))
			break;
	}
	return missing < 0 ? -1 : status;
}

static int stats_run(const struct invocation *invocation, struct error *err)
{
	const struct stats_args *args = invocation->args;
	bool named = invocation->operand_count > 0 || args->selection.latest;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(strings) struct strings names = { 0 };
	auto_release(watch) struct watch watch = { 0 };
	struct selection selection = args->selection;

	if (args->interval < 1 || args->interval > INT_MAX / 1000)
		return error_set(err, ERROR_USAGE, "invalid interval %lld", args->interval);
	selection.all = false;
	if (!engine || engine_enter(engine, err) < 0 ||
	    selection_find(engine, invocation, &selection, NULL, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		watch_add(&watch, names.items[i]);
	return follow(&watch, engine, args, named, err);
}

const struct command command_stats = {
	.name = "stats",
	.group = "container",
	.alias = "stats",
	.operands = "[CONTAINER...]",
	.operands_max = OPERANDS_ANY,
	.summary = "Show what containers use of CPU, memory, network and disks",
	.examples = "  proa stats --no-stream\n"
		    "  proa stats --format '{{.Name}}: {{.CPUPerc}}' web\n",
	.options = stats_options,
	.args_size = sizeof(struct stats_args),
	.defaults = stats_defaults,
	.run = stats_run,
};
