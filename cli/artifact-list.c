/* SPDX-License-Identifier: Apache-2.0 */
/* proa artifact ls and inspect: artifacts of the store, and what refers to an image. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/container-text.h"
#include "cli/format.h"
#include "cli/registry-options.h"
#include "cli/session.h"
#include "image/artifact.h"
#include "image/store-items.h"
#include "registry/artifact.h"

#define NONE "<none>"
#define SHORT_DIGITS 12
#define TABLE "table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.Created}}\t{{.Size}}"
#define REFERRER_TABLE "table {{.ArtifactType}}\t{{.Digest}}\t{{.Size}}"

struct artifact_list_args {
	struct registry_args registry;
	const char *format, *referrers;
	bool no_trunc, no_heading;
};

struct artifact_inspect_args {
	const char *format;
};

static const struct option artifact_list_options[] = {
	OPTION_STRING(0, "format", "FORMAT", struct artifact_list_args, format,
		      "table, json, or a Go template such as '{{.Repository}}'"),
	OPTION_FLAG(0, "no-trunc", struct artifact_list_args, no_trunc, "Show whole digests"),
	OPTION_FLAG('n', "noheading", struct artifact_list_args, no_heading, "No headings"),
	OPTION_STRING(0, "referrers", "IMAGE", struct artifact_list_args, referrers,
		      "List what refers to this image, at its registry"),
	OPTION_MORE(registry_options),
};

static const struct option artifact_inspect_options[] = {
	OPTION_STRING('f', "format", "FORMAT", struct artifact_inspect_args, format,
		      "json, or a Go template such as '{{.Digest}}'"),
	OPTION_END,
};

static const struct list_field list_fields[] = {
	{ "Repository", "REPOSITORY" }, { "Tag", "TAG" }, { "Digest", "DIGEST" },
	{ "Created", "CREATED" }, { "CreatedAt", "CREATED AT" }, { "Size", "SIZE" },
	{ "VirtualSize", "SIZE" }, { "ArtifactType", "ARTIFACT TYPE" },
	{ "MediaType", "MEDIA TYPE" }, { NULL, NULL },
};

static int read_artifact(struct engine *engine, const char *name, struct store_item *ret_item,
			 struct artifact *ret_artifact, struct buffer *text, struct error *err)
{
	if (store_item_read(engine->store, STORE_ARTIFACT, name, ret_item, text, err) < 0)
		return -1;
	return artifact_decode(text->data ? text->data : "", text->size, NULL, ret_artifact, err);
}

static uint64_t total_size(const struct artifact *artifact)
{
	uint64_t total = 0;

	for (size_t i = 0; i < artifact->file_count; i++)
		if (__builtin_add_overflow(total, artifact->files[i].size, &total))
			return UINT64_MAX;
	return total;
}

static void put(json_t *row, const char *key, char *text)
{
	json_object_set_new(row, key, json_string(text));
	free(text);
}

static void put_size(json_t *row, uint64_t size)
{
	char text[UNITS_TEXT_SIZE];

	size_format(size, text);
	put(row, "Size", xstrdup(text));
}

static char *digest_text(const struct digest *digest, bool whole)
{
	return whole ? xasprintf("sha256:%s", digest->hex) :
		       xasprintf("%.*s", SHORT_DIGITS, digest->hex);
}

static json_t *row_of(const struct store_item *item, const struct artifact *artifact, bool whole)
{
	auto_release(reference) struct reference reference = { 0 };
	const char *name = item->name ? item->name : item->repository;
	char time[CLOCK_TEXT_SIZE];
	json_t *row = json_object();
	auto_error ignored = { 0 };
	bool named = name && reference_parse(name, &reference, &ignored) == 0;

	clock_format(item->tagged_at, time);
	put(row, "Repository", named ? reference_name_familiar(&reference) : xstrdup(NONE));
	put(row, "Tag", xstrdup(named && item->name ? reference.tag : NONE));
	put(row, "Digest", digest_text(&item->document.digest, whole));
	put(row, "Created", age_text(item->tagged_at, clock_now()));
	put(row, "CreatedAt", xstrdup(time));
	put_size(row, total_size(artifact));
	put(row, "VirtualSize", xasprintf("%" PRIu64, total_size(artifact)));
	put(row, "ArtifactType", xstrdup(item->artifact_type));
	put(row, "MediaType", xstrdup(item->document.media_type));
	return row;
}

/* One that is damaged does not keep the others from being listed. */
static int list_store(struct engine *engine, const struct artifact_list_args *args, json_t *rows,
		      struct error *err)
{
	auto_release(store_items) struct store_items items = { 0 };

	if (store_items_list(engine->store, STORE_ARTIFACT, &items, err) < 0)
		return -1;
	for (size_t i = 0; i < items.count; i++) {
		const struct store_item *item = &items.items[i];
		auto_release(artifact) struct artifact artifact = { 0 };
		auto_release(buffer) struct buffer text = { 0 };
		auto_error problem = { 0 };

		if (store_read_blob(engine->store, &item->document.digest, MANIFEST_SIZE_MAX,
				    &text, &problem) == 0 &&
		    artifact_decode(text.data ? text.data : "", text.size, NULL, &artifact,
				    &problem) == 0)
			json_array_append_new(rows, row_of(item, &artifact, args->no_trunc));
		else if (problem.kind != ERROR_NOT_FOUND)	/* or it was removed just now */
			warning("artifact %s is damaged: %s",
				item->name ? item->name : item->document.digest.hex,
				problem.message);
	}
	return 0;
}

static void add_referrer(json_t *rows, const json_t *member, const struct descriptor *descriptor,
			 bool whole)
{
	const char *type = json_string_value(json_object_get(member, "artifactType"));
	json_t *annotations = json_object_get(member, "annotations");
	json_t *row = json_object();

	put(row, "ArtifactType", xstrdup(type ? type : NONE));
	put(row, "MediaType", xstrdup(descriptor->media_type));
	put(row, "Digest", digest_text(&descriptor->digest, whole));
	put_size(row, descriptor->size);
	json_object_set_new(row, "Annotations",
			    annotations ? json_incref(annotations) : json_object());
	json_array_append_new(rows, row);
}

static int list_referrers(const struct artifact_list_args *args, json_t *rows, struct error *err)
{
	const struct registry_access access = registry_args_access(&args->registry);
	auto_release(reference) struct reference reference = { 0 };
	auto_release(buffer) struct buffer text = { 0 };
	auto_release(manifest) struct manifest index = { 0 };
	auto_json json_t *document = NULL;

	if (reference_parse(args->referrers, &reference, err) < 0 ||
	    registry_referrers(&access, &reference, &text, err) < 0 ||
	    manifest_decode(text.data ? text.data : "", text.size, NULL, &index, err) < 0)
		return -1;
	document = json_parse(text.data, text.size, "index", err);
	if (!document)
		return -1;
	for (size_t i = 0; i < index.manifest_count; i++)
		add_referrer(rows, json_array_get(json_object_get(document, "manifests"), i),
			     &index.manifests[i], args->no_trunc);
	return 0;
}

static int artifact_list_run(const struct invocation *invocation, struct error *err)
{
	const struct artifact_list_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	const char *table = args->referrers ? REFERRER_TABLE : TABLE;
	const char *format = args->format;
	auto_json json_t *rows = json_array();

	if (!engine || (args->referrers ? list_referrers(args, rows, err) < 0 :
					  list_store(engine, args, rows, err) < 0))
		return -1;
	/* Without its first word, a table is a template for each. */
	if (args->no_heading && !format)
		format = table + strlen("table ");
	return format_list(format, table + strlen("table "), list_fields, rows, err);
}

const struct command command_artifact_ls = {
	.name = "ls",
	.group = "artifact",
	.more_names = "list",
	.operands_max = 0,
	.summary = "List artifacts",
	.examples = "  proa artifact ls --referrers registry.example/app:1\n",
	.options = artifact_list_options,
	.args_size = sizeof(struct artifact_list_args),
	.defaults = registry_args_defaults,
	.run = artifact_list_run,
};

static int print_indented(const json_t *json)
{
	auto_free char *text = json_dumps(json, JSON_INDENT(4));

	puts(text ? text : "");
	return 0;
}

static int artifact_inspect_run(const struct invocation *invocation, struct error *err)
{
	const struct artifact_inspect_args *args = invocation->args;
	auto_of(engine) struct engine *engine = session_open(invocation, err);
	auto_release(store_item) struct store_item item = { 0 };
	auto_release(artifact) struct artifact artifact = { 0 };
	auto_release(buffer) struct buffer text = { 0 };
	auto_json json_t *json = json_object();
	auto_json json_t *list = json_array();
	json_t *manifest;

	if (!engine ||
	    read_artifact(engine, invocation->operands[0], &item, &artifact, &text, err) < 0)
		return -1;
	manifest = json_parse(text.data, text.size, "manifest", err);
	if (!manifest)
		return -1;
	json_object_set_new(json, "Manifest", manifest);
	json_object_set_new(json, "Name", json_string(item.name ? item.name : ""));
	put(json, "Digest", digest_text(&item.document.digest, true));
	json_object_set_new(json, "TotalSizeBytes",
			    json_integer((json_int_t)total_size(&artifact)));
	if (is_empty(args->format) || strcmp(args->format, "json") == 0)
		return print_indented(json);
	json_array_append(list, json);
	return format_objects(args->format, list, err);
}

const struct command command_artifact_inspect = {
	.name = "inspect",
	.group = "artifact",
	.operands = "ARTIFACT",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "Show an artifact's manifest",
	.options = artifact_inspect_options,
	.args_size = sizeof(struct artifact_inspect_args),
	.run = artifact_inspect_run,
};
