/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring the store, each inode as a part of one thing. */
#include "cli/disk-usage.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/session.h"

#define DISK_BLOCK 512	/* of st_blocks */

DEFINE_AUTO(usage_meter, usage_meter_free);

void disk_usage_release(struct disk_usage *usage)
{
	image_survey_release(&usage->survey);
	store_usage_release(&usage->store);
	volume_list_release(&usage->volumes);
	free(usage->container_bytes);
	free(usage->volume_bytes);
	*usage = (struct disk_usage){ 0 };
}

static uint64_t *find_container(struct disk_usage *usage, const char *id)
{
	for (size_t i = 0; i < usage->survey.container_count; i++)
		if (strcmp(usage->survey.containers[i]->config.id, id) == 0)
			return &usage->container_bytes[i];
	return &usage->containers_common;
}

static uint64_t *find_volume(struct disk_usage *usage, const char *name)
{
	for (size_t i = 0; i < usage->volumes.count; i++)
		if (strcmp(usage->volumes.items[i].name, name) == 0)
			return &usage->volume_bytes[i];
	return &usage->volumes_common;
}

/* Each entry of `dir` goes where `find` says. */
static int measure_entries(struct disk_usage *usage, struct usage_meter *meter, int dir,
			   uint64_t *(*find)(struct disk_usage *usage, const char *name),
			   struct error *err)
{
	auto_release(strings) struct strings names = { 0 };

	if (dir_list(dir, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		if (usage_add(meter, dir, names.items[i], find(usage, names.items[i]), err) < 0)
			return -1;
	return 0;
}

static int measure_folder(struct disk_usage *usage, struct usage_meter *meter, const char *name,
			  uint64_t *(*find)(struct disk_usage *usage, const char *name),
			  uint64_t *own, struct error *err)
{
	auto_fd int dir = openat(usage->survey.engine->root, name,
				 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat info;

	if (dir < 0)
		return 0;
	if (fstat(dir, &info) == 0)
		*own += (uint64_t)info.st_blocks * DISK_BLOCK;
	return measure_entries(usage, meter, dir, find, err);
}

/* What else is in the root: the run directory, networks. Containers are what it is for. */
static int measure_rest(struct disk_usage *usage, struct usage_meter *meter, struct error *err)
{
	static const char *const known[] = { "images", "layers", "tmp", "containers", "volumes" };
	auto_release(strings) struct strings names = { 0 };
	int root = usage->survey.engine->root;

	if (dir_list(root, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		bool measured = false;

		for (size_t j = 0; j < ARRAY_SIZE(known); j++)
			measured |= strcmp(names.items[i], known[j]) == 0;
		if (!measured &&
		    usage_add(meter, root, names.items[i], &usage->containers_common, err) < 0)
			return -1;
	}
	return 0;
}

static uint64_t layer_disk_size(void *store_usage, const struct digest *diff_id)
{
	return store_usage_of_layer(store_usage, diff_id);
}

static int count_partial(struct disk_usage *usage, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };
	auto_fd int tmp = dir_open(usage->survey.engine->root, "tmp", err);

	if (tmp < 0 || dir_list(tmp, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		usage->partial_count += names.items[i][0] != '.';
	return 0;
}

/* Images of read-only stores take nothing here. */
static void drop_read_only(struct image_survey *survey)
{
	size_t kept = 0;

	for (size_t i = 0; i < survey->image_count; i++) {
		if (survey->images[i]->read_only)
			image_free(survey->images[i]);
		else
			survey->images[kept++] = survey->images[i];
	}
	survey->image_count = kept;
}

static int measure(struct disk_usage *usage, struct usage_meter *meter, struct error *err)
{
	struct image_survey *survey = &usage->survey;

	if (volume_list_make(survey->engine, survey->containers, survey->container_count,
			     &usage->volumes, err) < 0 ||
	    store_measure(survey->engine->store, meter, &usage->store, err) < 0 ||
	    count_partial(usage, err) < 0)
		return -1;
	usage->container_bytes = xcalloc(survey->container_count + 1, sizeof(uint64_t));
	usage->volume_bytes = xcalloc(usage->volumes.count + 1, sizeof(uint64_t));
	if (measure_folder(usage, meter, "containers", find_container, &usage->containers_common,
			   err) < 0 ||
	    measure_folder(usage, meter, "volumes", find_volume, &usage->volumes_common, err) < 0 ||
	    measure_rest(usage, meter, err) < 0)
		return -1;
	drop_read_only(survey);
	image_survey_weigh(survey, layer_disk_size, &usage->store);
	return 0;
}

int disk_usage_measure(struct engine *engine, struct disk_usage *ret_usage, struct error *err)
{
	auto_of(usage_meter) struct usage_meter *meter = usage_meter_new();
	auto_release(disk_usage) struct disk_usage usage = { 0 };

	if (image_survey_make(engine, true, &usage.survey, err) < 0 || measure(&usage, meter, err) < 0)
		return -1;
	*ret_usage = usage;
	usage = (struct disk_usage){ 0 };
	return 0;
}

uint64_t disk_usage_shared_layers(const struct disk_usage *usage)
{
	uint64_t unique = 0;
	uint64_t all = 0;

	for (size_t i = 0; i < usage->survey.image_count; i++) {
		uint64_t shared;

		unique += image_survey_size(&usage->survey, usage->survey.images[i], &shared);
		unique -= shared;
	}
	for (size_t i = 0; i < usage->store.layer_count; i++)
		all += usage->store.layers[i].bytes;
	return all - unique - disk_usage_orphaned_layers(usage);
}

static bool belongs_to_image(const struct image_survey *survey, const struct digest *diff_id)
{
	for (size_t i = 0; i < survey->image_count; i++)
		for (size_t j = 0; j < survey->images[i]->config.diff_id_count; j++)
			if (digest_equal(&survey->images[i]->config.diff_ids[j], diff_id))
				return true;
	return false;
}

uint64_t disk_usage_orphaned_layers(const struct disk_usage *usage)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < usage->store.layer_count; i++)
		if (!belongs_to_image(&usage->survey, &usage->store.layers[i].diff_id))
			bytes += usage->store.layers[i].bytes;
	return bytes;
}
