/* SPDX-License-Identifier: Apache-2.0 */
/* All volumes, and who uses them. */
#include "engine/volume-list.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/volume-folders.h"
#include "image/store-usage.h"

DEFINE_AUTO(usage_meter, usage_meter_free);

void volume_list_release(struct volume_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		volume_release(&list->items[i]);
	free(list->items);
	*list = (struct volume_list){ 0 };
}

int volume_list_make(struct engine *engine, struct container *const *containers,
		     size_t container_count, struct volume_list *ret_list, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };
	auto_fd int volumes = volume_folders_open(engine, err);
	struct volume_list list = { 0 };

	if (volumes < 0 && err->kind == ERROR_NOT_FOUND)
		error_release(err);
	else if (volumes < 0 || volume_folders_list(volumes, &names, err) < 0)
		return -1;
	list.items = xcalloc(names.count + 1, sizeof(*list.items));
	for (size_t i = 0; i < names.count; i++) {
		struct volume *volume = &list.items[list.count];
		auto_error problem = { 0 };

		if (volume_record_read(volumes, names.items[i], volume, &problem) < 0) {
			if (problem.kind != ERROR_NOT_FOUND)
				warning("%s", problem.message);
			continue;
		}
		for (size_t j = 0; j < container_count; j++)
			volume->links += volume_is_used_by(containers[j], volume->name);
		list.count++;
	}
	*ret_list = list;
	return 0;
}

int volume_list_all(struct engine *engine, struct volume_list *ret_list, struct error *err)
{
	struct container **containers;
	size_t count;
	int result;

	if (container_list(engine, &containers, &count, err) < 0)
		return -1;
	result = volume_list_make(engine, containers, count, ret_list, err);
	container_free_list(containers, count);
	return result;
}

static bool is_chosen(const struct volumes_pruning *pruning, const struct volume *volume)
{
	if (volume->links > 0)
		return false;
	return pruning->chosen ? pruning->chosen(pruning->argument, volume) : volume->anonymous;
}

static int prune_one(struct engine *engine, int volumes, struct usage_meter *meter,
		     const char *name, uint64_t *ret_bytes, struct error *err)
{
	auto_release(strings) struct strings attributes = { 0 };

	if (usage_add(meter, volumes, name, ret_bytes, err) < 0 ||
	    volume_folder_remove(volumes, name, err) < 0)
		return error_context(err, "volume '%s'", name);
	strings_add(&attributes, "driver=local");
	events_add(engine->root, "volume", "destroy", name, &attributes);
	return 0;
}

static int prune_list(struct engine *engine, const struct volume_list *list,
		      const struct volumes_pruning *pruning, struct error *err)
{
	auto_of(usage_meter) struct usage_meter *meter = usage_meter_new();
	auto_fd int lock = -1;
	auto_fd int volumes = list->count ? volume_folders_lock(engine, &lock, err) : -1;

	if (volumes < 0)
		return list->count ? -1 : 0;
	for (size_t i = 0; i < list->count; i++) {
		uint64_t bytes = 0;

		if (!is_chosen(pruning, &list->items[i]))
			continue;
		if (prune_one(engine, volumes, meter, list->items[i].name, &bytes, err) < 0)
			return -1;
		pruning->removed(pruning->argument, list->items[i].name, bytes);
	}
	return 0;
}

int volumes_prune_chosen(struct engine *engine, const struct volumes_pruning *pruning,
			 struct error *err)
{
	auto_fd int lock = container_lock_all(engine, err);
	auto_release(volume_list) struct volume_list list = { 0 };

	if (lock < 0 || volume_list_all(engine, &list, err) < 0)
		return -1;
	return prune_list(engine, &list, pruning, err);
}

int volumes_prune(struct engine *engine,
		  void (*removed)(void *argument, const char *name, uint64_t bytes), void *argument,
		  struct error *err)
{
	const struct volumes_pruning pruning = { .removed = removed, .argument = argument };

	return volumes_prune_chosen(engine, &pruning, err);
}
