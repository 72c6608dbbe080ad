/* SPDX-License-Identifier: Apache-2.0 */
/* proa images: a table of images, a row for each of their names. */
#include <fnmatch.h>
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
#include "cli/filter.h"
#include "cli/format.h"
#include "cli/global.h"
#include "cli/session.h"

#define NONE "<none>"
#define TABLE "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"
#define TABLE_WITH_DIGESTS \
	"{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"
#define RAW "repository: {{.Repository}}\ntag: {{.Tag}}\nimage_id: {{.ID}}\n" \
	"created_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n"

struct images_args {
	bool all, digests, no_trunc, quiet;
	struct strings filters;
	const char *format;
};

static const struct option images_options[] = {
	OPTION_FLAG('a', "all", struct images_args, all, "Show all images (they always are)"),
	OPTION_FLAG(0, "digests", struct images_args, digests, "Show digests"),
	OPTION_LIST('f', "filter", "KEY=VALUE", struct images_args, filters,
		    "Show only those that match: reference=, dangling=, label=, before=, since=, "
		    "until="),
	OPTION_STRING(0, "format", "FORMAT", struct images_args, format,
		      "table, json, 'table TEMPLATE', or a Go template"),
	OPTION_FLAG(0, "no-trunc", struct images_args, no_trunc, "Cut nothing short"),
	OPTION_FLAG('q', "quiet", struct images_args, quiet, "Show only IDs"),
	OPTION_UNSUPPORTED_FLAG(0, "tree"),
	OPTION_END,
};

static const struct list_field images_fields[] = {
	{ "Repository", "REPOSITORY" }, { "Tag", "TAG" }, { "Digest", "DIGEST" },
	{ "ID", "IMAGE ID" }, { "CreatedSince", "CREATED" }, { "CreatedAt", "CREATED AT" },
	{ "Size", "SIZE" }, { "Containers", "CONTAINERS" }, { "SharedSize", "SHARED SIZE" },
	{ "UniqueSize", "UNIQUE SIZE" }, { NULL, NULL },
};

static const char *const filter_keys[] = { "before", "dangling", "label", "reference", "since",
					   "until", NULL };

/* What filters are held against. */
struct candidate {
	struct engine *engine;
	const struct image *image;
	const struct reference *reference;	/* NULL: an image without a name */
	int64_t created;
};

static int64_t created_at(const struct image *image)
{
	auto_error ignored = { 0 };
	int64_t time;

	if (!image->config.created || clock_parse(image->config.created, &time, &ignored) < 0)
		return CLOCK_ZERO;
	return time;
}

static bool match_pattern(const char *pattern, char *text)
{
	auto_free char *owned = text;

	return fnmatch(pattern, owned, FNM_PATHNAME) == 0;
}

static bool match_reference(const char *pattern, const void *object)
{
	const struct reference *reference = ((const struct candidate *)object)->reference;

	return reference && (match_pattern(pattern, reference_familiar(reference)) ||
			     match_pattern(pattern, reference_name_familiar(reference)) ||
			     match_pattern(pattern, reference_full(reference)) ||
			     match_pattern(pattern, reference_name_full(reference)));
}

/* How much older (negative) the candidate is than the image that `name` means; 0 for itself. */
static int64_t compare_age(const struct candidate *candidate, const char *name)
{
	auto_error missing = { 0 };
	auto_of(image) struct image *other = store_find(candidate->engine->store, name, &missing);
	int64_t time = other ? created_at(other) : CLOCK_ZERO;

	if (!other || digest_equal(&other->id, &candidate->image->id) || time == candidate->created)
		return 0;
	return candidate->created < time ? -1 : 1;
}

static bool match_before(const char *value, const void *object)
{
	return compare_age(object, value) < 0;
}

static bool match_since(const char *value, const void *object)
{
	return compare_age(object, value) > 0;
}

static bool match_until(const char *value, const void *object)
{
	auto_error ignored = { 0 };
	int64_t time;

	return clock_parse_point(value, clock_now(), &time, &ignored) == 0 &&
	       ((const struct candidate *)object)->created <= time;
}

static bool match_dangling(const char *value, const void *object)
{
	auto_error ignored = { 0 };
	bool wanted = false;

	filter_parse_bool("dangling", value, &wanted, &ignored);
	return wanted == !((const struct candidate *)object)->reference;
}

static bool matches(const struct filters *filters, const struct candidate *candidate)
{
	return filters_match(filters, "reference", match_reference, candidate) &&
	       filters_match(filters, "before", match_before, candidate) &&
	       filters_match(filters, "since", match_since, candidate) &&
	       filters_match(filters, "until", match_until, candidate) &&
	       filters_match(filters, "dangling", match_dangling, candidate) &&
	       filters_match_all(filters, "label", filter_match_label,
				 &candidate->image->config.labels);
}

static int check_filters(const struct filters *filters, struct engine *engine, struct error *err)
{
	for (size_t i = 0; i < filters->keys.count; i++) {
		const char *key = filters->keys.items[i];
		const char *value = filters->values.items[i];
		auto_of(image) struct image *image = NULL;
		bool truth;
		int64_t time;

		if (strcmp(key, "dangling") == 0 && filter_parse_bool(key, value, &truth, err) < 0)
			return -1;
		if (strcmp(key, "until") == 0 &&
		    clock_parse_point(value, clock_now(), &time, err) < 0)
			return error_context(err, "invalid filter 'until=%s'", value);
		if (strcmp(key, "before") != 0 && strcmp(key, "since") != 0)
			continue;
		image = store_find(engine->store, value, err);
		if (!image)
			return -1;
	}
	return 0;
}

/* Takes `text`. */
static void put(json_t *row, const char *field, char *text)
{
	auto_free char *owned = text;

	json_object_set_new(row, field, json_string(owned));
}

/* The digest that the image was pulled by under this name. */
static char *digest_of(const struct image *image, const struct reference *reference)
{
	auto_free char *name = reference ? reference_name_full(reference) : NULL;

	for (size_t i = 0; name && i < image->digests.count; i++) {
		const char *rest = skip_prefix(image->digests.items[i], name);

		if (rest && *rest == '@')
			return xstrdup(rest + 1);
	}
	return xstrdup(NONE);
}

static json_t *images_row(const struct candidate *candidate, bool no_trunc)
{
	const struct image *image = candidate->image;
	const struct reference *reference = candidate->reference;
	char size[UNITS_TEXT_SIZE];
	bool known = candidate->created != CLOCK_ZERO;
	json_t *row = json_object();

	size_format(image->size, size);
	put(row, "Containers", xstrdup("N/A"));
	put(row, "CreatedAt", known ? time_text(candidate->created) : xstrdup("N/A"));
	put(row, "CreatedSince",
	    known ? age_text(candidate->created, clock_now()) : xstrdup("N/A"));
	put(row, "Digest", digest_of(image, reference));
	put(row, "ID", no_trunc ? xasprintf("sha256:%s", image->id.hex) :
				  xasprintf("%.12s", image->id.hex));
	put(row, "Repository", reference ? reference_name_familiar(reference) : xstrdup(NONE));
	put(row, "SharedSize", xstrdup("N/A"));
	put(row, "Size", xstrdup(size));
	put(row, "Tag", xstrdup(reference && reference->tag ? reference->tag : NONE));
	put(row, "UniqueSize", xstrdup("N/A"));
	return row;
}

/* A row for each name; for an image that has only digests, one for each of these. */
static void add_rows(json_t *rows, struct candidate *candidate, const struct filters *filters,
		     bool no_trunc)
{
	const struct image *image = candidate->image;
	const struct strings *names = image->names.count ? &image->names : &image->digests;

	for (size_t i = 0; i < names->count; i++) {
		auto_release(reference) struct reference reference = { 0 };
		auto_error damaged = { 0 };

		if (reference_parse(names->items[i], &reference, &damaged) < 0)
			continue;
		if (names == &image->digests)
			replace_string(&reference.tag, NULL);
		candidate->reference = &reference;
		if (matches(filters, candidate))
			json_array_append_new(rows, images_row(candidate, no_trunc));
		candidate->reference = NULL;
	}
	if (names->count == 0 && matches(filters, candidate))
		json_array_append_new(rows, images_row(candidate, no_trunc));
}

static json_t *images_rows(struct engine *engine, const struct filters *filters, bool no_trunc,
			   struct error *err)
{
	struct image **list;
	size_t count;
	json_t *rows;

	if (store_list(engine->store, &list, &count, err) < 0)
		return NULL;
	rows = json_array();
	for (size_t i = 0; i < count; i++) {
		struct candidate candidate = { .engine = engine, .image = list[i],
					       .created = created_at(list[i]) };

		add_rows(rows, &candidate, filters, no_trunc);
	}
	store_free_images(list, count);
	return rows;
}

static int images_run(const struct invocation *invocation, struct error *err)
{
	const struct images_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(filters) struct filters filters = { 0 };
	auto_free char *setting = NULL;
	auto_json json_t *rows = NULL;
	const char *format = args->format;

	if (!engine || filters_parse(&args->filters, filter_keys, &filters, err) < 0 ||
	    check_filters(&filters, engine, err) < 0)
		return -1;
	if (invocation->operand_count) {
		strings_add(&filters.keys, "reference");
		strings_add(&filters.values, invocation->operands[0]);
	}
	if (!format && args->quiet)
		format = "{{.ID}}";
	else if (!format)
		format = setting = global_setting("imagesFormat");
	if (format && strcmp(format, "raw") == 0)
		format = RAW;
	rows = images_rows(engine, &filters, args->no_trunc, err);
	if (!rows)
		return -1;
	return format_list(format, args->digests ? TABLE_WITH_DIGESTS : TABLE, images_fields, rows,
			   err);
}

const struct command command_images = {
	.name = "ls",
	.group = "image",
	.alias = "images",
	.more_names = "list",
	.operands = "[REPOSITORY[:TAG]]",
	.operands_max = 1,
	.summary = "List images",
	.options = images_options,
	.args_size = sizeof(struct images_args),
	.run = images_run,
};
