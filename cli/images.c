/* SPDX-License-Identifier: Apache-2.0 */
/* proa images: a table of images, a row for each of their names. */
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
#include "cli/image-filter.h"
#include "cli/image-survey.h"
#include "cli/images-tree.h"
#include "cli/manifest-lists.h"
#include "cli/session.h"

#define NONE "<none>"
#define TABLE "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"
#define TABLE_WITH_DIGESTS \
	"{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"
#define HISTORY_COLUMN "\t{{.History}}"
#define RAW "repository: {{.Repository}}\ntag: {{.Tag}}\nimage_id: {{.ID}}\n" \
	"created_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n"

struct images_args {
	bool all, digests, history, no_heading, no_trunc, quiet, tree;
	struct strings filters;
	const char *format, *sort;
};

static const struct option images_options[] = {
	OPTION_FLAG('a', "all", struct images_args, all,
		    "Show also nameless images that others were built on"),
	OPTION_FLAG(0, "digests", struct images_args, digests, "Show digests"),
	OPTION_LIST('f', "filter", "KEY=VALUE", struct images_args, filters,
		    "Show only those that match: reference=, dangling=, label=, before=, since=, "
		    "until=, ..."),
	OPTION_STRING(0, "format", "FORMAT", struct images_args, format,
		      "table, json, 'table TEMPLATE', or a Go template"),
	OPTION_FLAG(0, "history", struct images_args, history, "Show all names of each image"),
	OPTION_FLAG(0, "no-trunc", struct images_args, no_trunc, "Cut nothing short"),
	OPTION_FLAG('n', "noheading", struct images_args, no_heading, "Show no headings"),
	OPTION_FLAG('q', "quiet", struct images_args, quiet, "Show only IDs"),
	OPTION_STRING(0, "sort", "KEY", struct images_args, sort,
		      "Order by created, id, repository, size, or tag"),
	OPTION_FLAG(0, "tree", struct images_args, tree, "Show names and platforms as a tree"),
	OPTION_END,
};

static const struct list_field images_fields[] = {
	{ "Repository", "REPOSITORY" }, { "Tag", "TAG" }, { "Digest", "DIGEST" },
	{ "ID", "IMAGE ID" }, { "CreatedSince", "CREATED" }, { "CreatedAt", "CREATED AT" },
	{ "Size", "SIZE" }, { "Containers", "CONTAINERS" }, { "SharedSize", "SHARED SIZE" },
	{ "UniqueSize", "UNIQUE SIZE" }, { "Created", "CREATED" }, { "CreatedTime", "CREATED TIME" },
	{ "Dangling", "DANGLING" }, { "History", "HISTORY" }, { "Id", "ID" },
	{ "IsDangling", "DANGLING" }, { "IsReadOnly", "R/O" }, { "Labels", "LABELS" },
	{ "Names", "NAMES" }, { "ParentId", "PARENT ID" }, { "ReadOnly", "R/O" },
	{ "RepoDigests", "REPO DIGESTS" }, { "RepoTags", "REPO TAGS" },
	{ "VirtualSize", "VIRTUAL SIZE" }, { NULL, NULL },
};

/* The fields that docker has, which is what `--format json` shows. */
static const char *const docker_fields[] = {
	"Containers", "CreatedAt", "CreatedSince", "Digest", "ID", "Repository", "SharedSize", "Size",
	"Tag", "UniqueSize",
};

static void images_defaults(void *args)
{
	((struct images_args *)args)->sort = "created";
}

/* Takes `text`. */
static void put(json_t *row, const char *field, char *text)
{
	auto_free char *owned = text;

	json_object_set_new(row, field, json_string(owned));
}

static void put_size(json_t *row, const char *field, uint64_t bytes)
{
	char text[UNITS_TEXT_SIZE];

	size_format(bytes, text);
	put(row, field, xstrdup(text));
}

static void put_times(json_t *row, const struct image *image)
{
	int64_t created = image_created(image);
	bool known = created != CLOCK_ZERO;

	put(row, "CreatedAt", known ? time_text(created) : xstrdup("N/A"));
	put(row, "CreatedTime", known ? time_text(created) : xstrdup("N/A"));
	put(row, "CreatedSince", known ? age_text(created, clock_now()) : xstrdup("N/A"));
	put(row, "Created", known ? age_text(created, clock_now()) : xstrdup("N/A"));
}

static void put_name(json_t *row, const struct image_row *at)
{
	const struct reference *reference = at->reference;
	char *digest = image_digest_of(at->image, reference);

	if (is_empty(digest)) {
		free(digest);
		digest = xstrdup(NONE);
	}
	put(row, "Digest", digest);
	put(row, "Repository", reference ? reference_name_familiar(reference) : xstrdup(NONE));
	put(row, "Tag", xstrdup(reference && reference->tag ? reference->tag : NONE));
}

/* What podman's templates know. */
static void put_more(json_t *row, const struct image *image)
{
	auto_free char *names = strings_join(&image->names, ", ");
	bool dangling = image->names.count == 0;

	json_object_set_new(row, "Dangling", json_boolean(dangling));
	json_object_set_new(row, "IsDangling", json_boolean(dangling));
	json_object_set_new(row, "ReadOnly", json_boolean(image->read_only));
	json_object_set_new(row, "IsReadOnly", json_boolean(image->read_only));
	json_object_set_new(row, "Labels", json_from_map(&image->config.labels));
	json_object_set_new(row, "Names", json_from_strings(&image->names));
	json_object_set_new(row, "RepoTags", json_from_strings(&image->names));
	json_object_set_new(row, "RepoDigests", json_from_strings(&image->digests));
	put(row, "History", xstrdup(dangling ? NONE : names));
	put(row, "Id", xstrdup(image->id.hex));
	put(row, "ParentId", xstrdup(""));
	put_size(row, "VirtualSize", image->size);
}

/* `weighed`: what images share is known. */
static json_t *images_row(const struct image_row *at, bool no_trunc, bool weighed)
{
	const struct image *image = at->image;
	json_t *row = json_object();
	uint64_t shared = 0;

	put(row, "ID", no_trunc ? xasprintf("sha256:%s", image->id.hex) :
				  xasprintf("%.12s", image->id.hex));
	put_size(row, "Size", image->size);
	put_name(row, at);
	put_times(row, image);
	put_more(row, image);
	if (weighed) {
		uint64_t size = image_survey_size(at->survey, image, &shared);

		put(row, "Containers", xasprintf("%u", image_survey_users(at->survey, image)));
		put_size(row, "SharedSize", shared);
		put_size(row, "UniqueSize", size - shared);
	} else {
		put(row, "Containers", xstrdup("N/A"));
		put(row, "SharedSize", xstrdup("N/A"));
		put(row, "UniqueSize", xstrdup("N/A"));
	}
	return row;
}

struct listing {
	struct image_survey survey;
	struct filters filters;
	bool all, no_trunc, weighed;
	json_t *rows;
};

/* A row for each name; for an image that has only digests, one for each of these. */
static void add_rows(struct listing *listing, const struct image *image)
{
	const struct strings *names = image->names.count ? &image->names : &image->digests;
	struct image_row row = { .survey = &listing->survey, .image = image };

	if (!listing->all && image_is_intermediate(&listing->survey, image))
		return;
	for (size_t i = 0; i < names->count; i++) {
		auto_release(reference) struct reference reference = { 0 };
		auto_error damaged = { 0 };

		if (reference_parse(names->items[i], &reference, &damaged) < 0)
			continue;
		if (names == &image->digests)
			replace_string(&reference.tag, NULL);
		row.reference = &reference;
		if (image_filter_match(&listing->filters, &row))
			json_array_append_new(listing->rows, images_row(&row, listing->no_trunc,
									listing->weighed));
		row.reference = NULL;
	}
	if (names->count == 0 && image_filter_match(&listing->filters, &row))
		json_array_append_new(listing->rows,
				      images_row(&row, listing->no_trunc, listing->weighed));
}

/* Manifest lists, as images of their own. */
static int add_lists(struct listing *listing, struct store *store, struct error *err)
{
	auto_release(store_items) struct store_items lists = { 0 };

	if (store_items_list(store, STORE_LIST, &lists, err) < 0)
		return -1;
	for (size_t i = 0; i < lists.count; i++) {
		auto_of(image) struct image *image = manifest_list_as_image(&lists.items[i]);

		add_rows(listing, image);
	}
	return 0;
}

static int compare_images(const struct image *a, const struct image *b, const char *key)
{
	if (strcmp(key, "size") == 0)
		return a->size < b->size ? 1 : -(a->size > b->size);
	return strcmp(a->id.hex, b->id.hex);
}

/* By what an image has, not a name. Few images: insertion keeps equals in their order. */
static void sort_images(struct image_survey *survey, const char *key)
{
	for (size_t i = 1; i < survey->image_count; i++) {
		struct image *image = survey->images[i];
		size_t at = i;

		for (; at > 0 && compare_images(survey->images[at - 1], image, key) > 0; at--)
			survey->images[at] = survey->images[at - 1];
		survey->images[at] = image;
	}
}

static const char *row_text(const json_t *row, const char *field)
{
	const char *text = json_string_value(json_object_get(row, field));

	return text ? text : "";
}

static void sort_rows(json_t *rows, const char *field)
{
	for (size_t i = 1; i < json_array_size(rows); i++) {
		json_t *row = json_incref(json_array_get(rows, i));
		size_t at = i;

		while (at > 0 && strcmp(row_text(json_array_get(rows, at - 1), field),
					row_text(row, field)) > 0)
			at--;
		json_array_remove(rows, i);
		json_array_insert_new(rows, at, row);
	}
}

static int check_sort(const char *key, struct error *err)
{
	static const char *const keys[] = { "created", "id", "repository", "size", "tag" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(key, keys[i]) == 0)
			return 0;
	return error_set(err, ERROR_USAGE, "invalid sort key \"%s\": must be created, id, "
			 "repository, size, or tag", key);
}

static int list_images(struct listing *listing, struct store *store, const char *sort,
		       struct error *err)
{
	listing->rows = json_array();
	if (strcmp(sort, "id") == 0 || strcmp(sort, "size") == 0)
		sort_images(&listing->survey, sort);
	for (size_t i = 0; i < listing->survey.image_count; i++)
		add_rows(listing, listing->survey.images[i]);
	if (add_lists(listing, store, err) < 0)
		return -1;
	if (strcmp(sort, "repository") == 0)
		sort_rows(listing->rows, "Repository");
	if (strcmp(sort, "tag") == 0)
		sort_rows(listing->rows, "Tag");
	return 0;
}

static void listing_release(struct listing *listing)
{
	image_survey_release(&listing->survey);
	filters_release(&listing->filters);
	json_decref(listing->rows);
}

/* Leaves docker's fields alone in each row. */
static void keep_docker_fields(json_t *rows)
{
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row) {
		json_t *kept = json_object();

		for (size_t j = 0; j < ARRAY_SIZE(docker_fields); j++)
			json_object_set(kept, docker_fields[j],
					json_object_get(row, docker_fields[j]));
		json_array_set_new(rows, i, kept);
	}
}

/* What the options and config.json say; new string, or NULL for the table. */
static char *choose_format(const struct images_args *args)
{
	if (args->format && strcmp(args->format, "raw") == 0)
		return xstrdup(RAW);
	if (!is_empty(args->format))
		return xstrdup(args->format);
	return args->quiet ? xstrdup("{{.ID}}") : global_setting("imagesFormat");
}

static int print_rows(const struct images_args *args, const char *format, json_t *rows,
		      struct error *err)
{
	auto_free char *table = xasprintf("%s%s", args->digests ? TABLE_WITH_DIGESTS : TABLE,
					  args->history ? HISTORY_COLUMN : "");

	if (format && strcmp(format, "json") == 0)
		keep_docker_fields(rows);
	return format_list_without(args->no_heading, format, table, images_fields, rows, err);
}

/* What takes a look at every layer is done only when a template asks. */
static bool needs_weighing(const char *format)
{
	return format && (strstr(format, ".Shared") || strstr(format, ".Unique") ||
			  strstr(format, ".Containers"));
}

static int check_tree(const struct images_args *args, struct error *err)
{
	if (!args->tree || (!args->format && !args->quiet && !args->digests && !args->no_heading))
		return 0;
	return error_set(err, ERROR_USAGE, "--tree cannot be used with --format, --quiet, "
			 "--digests, or --noheading");
}

static int images_run(const struct invocation *invocation, struct error *err)
{
	const struct images_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(listing) struct listing listing = { .all = args->all,
							 .no_trunc = args->no_trunc };
	auto_free char *format = NULL;

	if (!engine || check_sort(args->sort, err) < 0 || check_tree(args, err) < 0 ||
	    image_filter_parse(&args->filters, engine, &listing.filters, err) < 0)
		return -1;
	if (invocation->operand_count) {
		strings_add(&listing.filters.keys, "reference");
		strings_add(&listing.filters.values, invocation->operands[0]);
	}
	format = args->tree ? NULL : choose_format(args);
	listing.weighed = needs_weighing(format);
	if (image_survey_make(engine, args->tree || listing.weighed ||
				      filters_have(&listing.filters, "containers"),
			      &listing.survey, err) < 0)
		return -1;
	if (listing.weighed)
		image_survey_weigh(&listing.survey, layer_content_size, engine);
	if (args->tree) {
		images_print_tree(&listing.survey, &listing.filters, args->all, args->no_trunc);
		return 0;
	}
	if (list_images(&listing, engine->store, args->sort, err) < 0)
		return -1;
	return print_rows(args, format, listing.rows, err);
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
	.defaults = images_defaults,
	.run = images_run,
};
