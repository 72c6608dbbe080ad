/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renaming: the new name is taken, written into config.json, and the old one given back. Killed
 * between two of these, one of the names is somebody else's for the taking: see engine/names.h.
 */
#include "engine/rename.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/lock.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/names.h"

#define LOCK_FILE ".lock"

/* Both locks are held; `lock` is that of all names. */
static int change_name(struct engine *engine, struct container *container, const char *name,
		       int *lock, struct error *err)
{
	struct container_config *config = &container->config;
	auto_free char *before = NULL;

	if (name_take(engine, name, config->id, lock, err) < 0)
		return -1;
	before = config->name;
	config->name = xstrdup(name);
	if (container_config_write(container->folder, config, err) < 0) {
		name_release(engine, name, config->id);
		free(config->name);
		config->name = take_ptr(&before);
		return -1;
	}
	name_release(engine, before, config->id);
	return 0;
}

int container_rename(struct engine *engine, struct container *container, const char *name,
		     struct error *err)
{
	auto_release(strings) struct strings attributes = { 0 };
	auto_fd int own = container_lock(container, err);
	auto_fd int names = -1;

	if (own < 0)
		return -1;
	if (name[0] == '/') /* as inspect prints names */
		name++;
	if (container_check_name(name, err) < 0)
		return -1;
	if (strcmp(name, container->config.name) == 0)
		return error_set(err, ERROR_EXISTS,
				 "Renaming a container with the same name as its current name");
	names = lock_wait(engine->containers, LOCK_FILE, LOCK_SHARED, err);
	if (names < 0)
		return -1;
	strings_addf(&attributes, "oldName=/%s", container->config.name);
	if (change_name(engine, container, name, &names, err) < 0)
		return -1;
	events_add_container(engine->root, container, "rename", &attributes);
	return 0;
}
