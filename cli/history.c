/* SPDX-License-Identifier: Apache-2.0 */
/* proa history: the steps that made an image, the last one first. */
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
#include "cli/image-survey.h"
#include "cli/session.h"
#include "image/platform.h"

#define TABLE "{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}"
#define TABLE_EXACT "{{.ID}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}"
#define MISSING "<missing>"	/* steps that are no image of their own here */
#define CREATED_BY_WIDTH 45

struct history_args {
	bool human, no_trunc, quiet;
	const char *format, *platform;
};

static const struct option history_options[] = {
	OPTION_STRING(0, "format", "FORMAT", struct history_args, format,
		      "table, json, 'table TEMPLATE', or a Go template"),
	OPTION_FLAG('H', "human", struct history_args, human,
		    "Sizes and times for people (default true); else bytes and RFC 3339"),
	OPTION_FLAG(0, "no-trunc", struct history_args, no_trunc, "Cut nothing short"),
	{ 0, "notruncate", OPTION_TYPE_FLAG, NULL, offsetof(struct history_args, no_trunc), NULL,
	  NULL },
	OPTION_STRING(0, "platform", "OS/ARCH", struct history_args, platform,
		      "Only if the image is for this platform"),
	OPTION_FLAG('q', "quiet", struct history_args, quiet, "Show only IDs"),
	OPTION_END,
};

static const struct list_field history_fields[] = {
	{ "ID", "IMAGE" }, { "CreatedSince", "CREATED" }, { "CreatedAt", "CREATED AT" },
	{ "Created", "CREATED" }, { "CreatedBy", "CREATED BY" }, { "Size", "SIZE" },
	{ "Comment", "COMMENT" }, { "Tags", "TAGS" }, { NULL, NULL },
};

static void history_defaults(void *args)
{
	((struct history_args *)args)->human = true;
}

/* Takes `text`. */
static void put(json_t *row, const char *field, char *text)
{
	auto_free char *owned = text;

	json_object_set_new(row, field, json_string(owned));
}

/* On one line of a table. */
static char *command_text(const char *created_by, bool no_trunc)
{
	auto_free char *text = xstrdup(created_by ? created_by : "");

	for (char *c = text; *c; c++)
		if (*c == '\t' || *c == '\n' || *c == '\r')
			*c = ' ';
	return no_trunc ? take_ptr(&text) : ellipsis(text, CREATED_BY_WIDTH);
}

static void put_times(json_t *row, const char *created, bool human)
{
	auto_error ignored = { 0 };
	char exact[CLOCK_TEXT_SIZE];
	int64_t time;

	if (!created || clock_parse(created, &time, &ignored) < 0) {
		put(row, "Created", xstrdup("N/A"));
		put(row, "CreatedSince", xstrdup("N/A"));
		put(row, "CreatedAt", xstrdup("N/A"));
		return;
	}
	clock_format(time - time % NS_PER_SECOND, exact);
	put(row, "CreatedAt", xstrdup(exact));
	put(row, "CreatedSince", human ? age_text(time, clock_now()) : xstrdup(exact));
	put(row, "Created", human ? age_text(time, clock_now()) : xstrdup(exact));
}

struct step {
	const struct image *image;
	const struct image_history *history;	/* NULL: a layer of which nothing is told */
	uint64_t size;
	bool top;
};

static char *id_text(const struct step *step, bool no_trunc)
{
	if (!step->top)
		return xstrdup(MISSING);
	return no_trunc ? xasprintf("sha256:%s", step->image->id.hex)
			: xasprintf("%.12s", step->image->id.hex);
}

static json_t *history_row(const struct step *step, const struct history_args *args)
{
	static const struct image_history nothing = { 0 };
	const struct image_history *history = step->history ? step->history : &nothing;
	json_t *row = json_object();
	char size[UNITS_TEXT_SIZE];

	size_format(step->size, size);
	put(row, "ID", id_text(step, args->no_trunc));
	put_times(row, history->created, args->human);
	put(row, "CreatedBy", command_text(history->created_by, args->no_trunc));
	put(row, "Size", args->human ? xstrdup(size)
				     : xasprintf("%llu", (unsigned long long)step->size));
	put(row, "Comment", command_text(history->comment, true));
	put(row, "Tags", step->top ? strings_join(&step->image->names, ", ") : xstrdup(""));
	return row;
}

/* The history tells which steps made no layer; an image without one has its layers only. */
static json_t *history_rows(struct engine *engine, const struct image *image,
			    const struct history_args *args)
{
	const struct image_config *config = &image->config;
	size_t count = config->history_count ? config->history_count : config->diff_id_count;
	json_t *rows = json_array();
	size_t layer = 0;

	for (size_t i = 0; i < count; i++) {
		struct step step = { .image = image, .top = i + 1 == count };
		bool empty = false;

		if (config->history_count) {
			step.history = &config->history[i];
			empty = step.history->empty_layer;
		}
		if (!empty && layer < config->diff_id_count)
			step.size = layer_content_size(engine, &config->diff_ids[layer++]);
		json_array_insert_new(rows, 0, history_row(&step, args));
	}
	return rows;
}

static int check_platform(const struct image *image, const char *name, const char *text,
			  struct error *err)
{
	struct platform wanted;

	if (!text)
		return 0;
	if (platform_parse(text, &wanted, err) < 0)
		return -1;
	if (platform_match(&wanted, &image->config.platform) > 0)
		return 0;
	return error_set(err, ERROR_NOT_FOUND, "No such image: %s for platform %s", name, text);
}

static int history_run(const struct invocation *invocation, struct error *err)
{
	const struct history_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_of(image) struct image *image = NULL;
	auto_json json_t *rows = NULL;
	const char *format = args->format;

	if (!engine)
		return -1;
	image = store_find(engine->store, invocation->operands[0], err);
	if (!image || check_platform(image, invocation->operands[0], args->platform, err) < 0)
		return -1;
	rows = history_rows(engine, image, args);
	if (!format && args->quiet)
		format = "{{.ID}}";
	return format_list(format, args->human ? TABLE : TABLE_EXACT, history_fields, rows, err);
}

const struct command command_history = {
	.name = "history",
	.group = "image",
	.alias = "history",
	.operands = "IMAGE",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "Show the steps that made an image",
	.options = history_options,
	.args_size = sizeof(struct history_args),
	.defaults = history_defaults,
	.run = history_run,
};
