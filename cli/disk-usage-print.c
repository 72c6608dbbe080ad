/* SPDX-License-Identifier: Apache-2.0 */
/* system df -v: docker's four sections, and a fifth on what is in none of them. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/units.h"
#include "cli/container-text.h"
#include "cli/disk-usage.h"
#include "cli/format.h"
#include "cli/session.h"

#define NONE "<none>"
#define IMAGES_TABLE \
	"{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t" \
	"{{.UniqueSize}}\t{{.Containers}}"
#define CONTAINERS_TABLE \
	"{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t" \
	"{{.Status}}\t{{.Names}}"
#define VOLUMES_TABLE "{{.Name}}\t{{.Links}}\t{{.Size}}"
#define CACHE_TABLE \
	"{{.ID}}\t{{.CacheType}}\t{{.Size}}\t{{.CreatedSince}}\t{{.LastUsedSince}}\t" \
	"{{.UsageCount}}\t{{.Shared}}"
#define OTHER_TABLE "{{.What}}\t{{.Size}}"

static const struct list_field image_fields[] = {
	{ "Repository", "REPOSITORY" }, { "Tag", "TAG" }, { "ID", "IMAGE ID" },
	{ "CreatedSince", "CREATED" }, { "Size", "SIZE" }, { "SharedSize", "SHARED SIZE" },
	{ "UniqueSize", "UNIQUE SIZE" }, { "Containers", "CONTAINERS" }, { NULL, NULL },
};

static const struct list_field container_fields[] = {
	{ "ID", "CONTAINER ID" }, { "Image", "IMAGE" }, { "Command", "COMMAND" },
	{ "LocalVolumes", "LOCAL VOLUMES" }, { "Size", "SIZE" }, { "RunningFor", "CREATED" },
	{ "Status", "STATUS" }, { "Names", "NAMES" }, { NULL, NULL },
};

static const struct list_field volume_fields[] = {
	{ "Name", "VOLUME NAME" }, { "Links", "LINKS" }, { "Size", "SIZE" }, { NULL, NULL },
};

static const struct list_field cache_fields[] = {
	{ "ID", "CACHE ID" }, { "CacheType", "CACHE TYPE" }, { "Size", "SIZE" },
	{ "CreatedSince", "CREATED" }, { "LastUsedSince", "LAST USED" }, { "UsageCount", "USAGE" },
	{ "Shared", "SHARED" }, { NULL, NULL },
};

static const struct list_field other_fields[] = {
	{ "What", "WHAT" }, { "Size", "SIZE" }, { NULL, NULL },
};

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

static json_t *image_row(const struct disk_usage *usage, const struct image *image,
			 const char *name)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_error damaged = { 0 };
	int64_t created = image_created(image);
	json_t *row = json_object();
	uint64_t shared;
	uint64_t size = image_survey_size(&usage->survey, image, &shared);

	if (name && reference_parse(name, &reference, &damaged) < 0)
		name = NULL;
	put(row, "Repository", name ? reference_name_familiar(&reference) : xstrdup(NONE));
	put(row, "Tag", xstrdup(name && reference.tag ? reference.tag : NONE));
	put(row, "ID", xasprintf("%.12s", image->id.hex));
	put(row, "CreatedSince",
	    created == CLOCK_ZERO ? xstrdup("N/A") : age_text(created, clock_now()));
	put_size(row, "Size", size);
	put_size(row, "SharedSize", shared);
	put_size(row, "UniqueSize", size - shared);
	put(row, "Containers", xasprintf("%u", image_survey_users(&usage->survey, image)));
	return row;
}

/* One row an image: what a second name shows again would not add up. */
static json_t *image_rows(const struct disk_usage *usage)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < usage->survey.image_count; i++) {
		const struct image *image = usage->survey.images[i];
		const struct strings *names = image->names.count ? &image->names
								 : &image->digests;

		json_array_append_new(rows, image_row(usage, image,
						      names->count ? names->items[0] : NULL));
	}
	return rows;
}

static json_t *container_rows(const struct disk_usage *usage)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < usage->survey.container_count; i++) {
		const struct container *container = usage->survey.containers[i];
		const struct container_config *config = &container->config;
		json_t *row = json_object();
		unsigned int volumes = 0;

		for (size_t j = 0; j < config->mount_count; j++)
			volumes += config->mounts[j].type == MOUNT_REQUEST_VOLUME;
		put(row, "ID", xasprintf("%.12s", config->id));
		put(row, "Image", xstrdup(config->image));
		put(row, "Command", container_command_text(container, true));
		put(row, "LocalVolumes", xasprintf("%u", volumes));
		put_size(row, "Size", usage->container_bytes[i]);
		put(row, "RunningFor", age_text(config->created_ns, clock_now()));
		put(row, "Status", container_status_text(container, clock_now()));
		put(row, "Names", xstrdup(config->name));
		json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *volume_rows(const struct disk_usage *usage)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < usage->volumes.count; i++) {
		json_t *row = json_object();

		put(row, "Name", xstrdup(usage->volumes.items[i].name));
		put(row, "Links", xasprintf("%u", usage->volumes.items[i].links));
		put_size(row, "Size", usage->volume_bytes[i]);
		json_array_append_new(rows, row);
	}
	return rows;
}

/* What makes the sections add up to the whole. */
static json_t *other_rows(const struct disk_usage *usage)
{
	const struct {
		const char *what;
		uint64_t bytes;
	} others[] = {
		{ "Layers that images share", disk_usage_shared_layers(usage) },
		{ "Layers of no image", disk_usage_orphaned_layers(usage) },
		{ "Manifests and lists", usage->store.lists },
		{ "Partial downloads", usage->store.partial },
		{ "Common to containers", usage->containers_common },
		{ "Common to volumes", usage->volumes_common },
	};
	json_t *rows = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		json_t *row = json_object();

		put(row, "What", xstrdup(others[i].what));
		put_size(row, "Size", others[i].bytes);
		json_array_append_new(rows, row);
	}
	return rows;
}

static int print_section(const char *heading, const char *table, const struct list_field *columns,
			 json_t *rows, struct error *err)
{
	auto_json json_t *owned = rows;

	printf("%s\n\n", heading);
	return format_list(NULL, table, columns, owned, err);
}

int disk_usage_print_verbose(const struct disk_usage *usage, const char *format,
			     struct error *err)
{
	if (!is_empty(format) && strcmp(format, "table") != 0) {
		auto_json json_t *whole = json_pack(
			"[{s:o, s:o, s:o, s:o, s:o}]", "Images", image_rows(usage), "Containers",
			container_rows(usage), "Volumes", volume_rows(usage), "BuildCache",
			json_array(), "Other", other_rows(usage));

		return format_list(format, "", other_fields, whole, err);
	}
	if (print_section("Images space usage:", IMAGES_TABLE, image_fields, image_rows(usage), err) < 0 ||
	    print_section("\nContainers space usage:", CONTAINERS_TABLE, container_fields,
			  container_rows(usage), err) < 0 ||
	    print_section("\nLocal Volumes space usage:", VOLUMES_TABLE, volume_fields,
			  volume_rows(usage), err) < 0 ||
	    print_section("\nBuild cache usage: 0B", CACHE_TABLE, cache_fields, json_array(),
			  err) < 0)
		return -1;
	return print_section("\nOther space usage:", OTHER_TABLE, other_fields, other_rows(usage),
			     err);
}
