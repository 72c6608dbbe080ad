/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making, opening and removing containers.
 *
 * A container is made as containers/.new-<id> and renamed when it is complete, and renamed
 * to .gone-<id> before it is taken apart. What killed processes left under these names is
 * swept by the next that makes a container while nobody else is about to.
 */
#include "engine/container.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/random.h"
#include "engine/container-config.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/names.h"
#include "engine/upper.h"
#include "engine/volumes.h"

#define LOCK_FILE ".lock"
#define NEW_PREFIX ".new-"
#define GONE_PREFIX ".gone-"
#define FOLDER_NAME_SIZE (sizeof(GONE_PREFIX) + CONTAINER_ID_SIZE)
#define NAME_TRIES_MAX 20

DEFINE_AUTO(container, container_free);

void container_free(struct container *container)
{
	if (!container)
		return;
	container_config_release(&container->config);
	container_state_release(&container->state);
	auto_close_fd(&container->folder);
	free(container);
}

static void folder_name(char name[FOLDER_NAME_SIZE], const char *prefix, const char *id)
{
	snprintf(name, FOLDER_NAME_SIZE, "%s%s", prefix, id);
}

/* A container that goes with its run is not synced to disk: a power cut may leave its files
 * empty. */
static bool is_torn(struct engine *engine, const char *id)
{
	auto_free char *config = xasprintf("%s/config.json", id);
	struct stat stat;

	return fstatat(engine->containers, config, &stat, AT_SYMLINK_NOFOLLOW) == 0 &&
	       stat.st_size == 0;
}

static bool is_left_over(struct engine *engine, const char *name)
{
	if (container_is_id(name))
		return is_torn(engine, name);
	return has_prefix(name, NEW_PREFIX) || has_prefix(name, GONE_PREFIX);
}

/* Removes what was half made or half removed. What is not ours to remove (files of subordinate ids,
 * while we are outside of the user's namespace) waits for the next. */
static void sweep(struct engine *engine)
{
	auto_release(strings) struct strings names = { 0 };
	auto_error ignored = { 0 };
	size_t container_count = 0;

	if (dir_list(engine->containers, &names, &ignored) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		if (!is_left_over(engine, names.items[i])) {
			container_count += container_is_id(names.items[i]);
			continue;
		}
		dir_remove_tree(engine->containers, names.items[i], &ignored);
		error_release(&ignored);
	}
	names_sweep(engine, container_count);
}

/* The shared lock of those who make and remove containers; sweeps if nobody else has it. */
static int lock_containers(struct engine *engine, struct error *err)
{
	auto_error busy = { 0 };
	auto_fd int lock = lock_try(engine->containers, LOCK_FILE, LOCK_EXCLUSIVE, &busy);

	if (lock < 0)
		return lock_wait(engine->containers, LOCK_FILE, LOCK_SHARED, err);
	sweep(engine);
	if (flock(lock, LOCK_SH) < 0)
		return error_errno(err, "cannot lock the containers");
	return take_fd(&lock);
}

int container_lock_all(struct engine *engine, struct error *err)
{
	return lock_wait(engine->containers, LOCK_FILE, LOCK_EXCLUSIVE, err);
}

static int take_name(struct engine *engine, struct container_config *config, int *lock,
		     struct error *err)
{
	if (config->name)
		return container_check_name(config->name, err) < 0
			       ? -1
			       : name_take(engine, config->name, config->id, lock, err);
	for (int i = 0; i < NAME_TRIES_MAX; i++) {
		auto_free char *name = container_generate_name();

		if (i > NAME_TRIES_MAX / 2) { /* so many containers: make it longer */
			auto_free char *shorter = take_ptr(&name);

			name = xasprintf("%s%u", shorter, random_u32() % 1000);
		}
		error_release(err);
		if (name_take(engine, name, config->id, lock, err) == 0) {
			config->name = take_ptr(&name);
			return 0;
		}
		if (err->kind != ERROR_EXISTS)
			return -1;
	}
	return -1;
}

/* Everything that containers/<id>/ holds, in `folder`. */
static int fill_folder(struct engine *engine, int folder, const struct container_config *config,
		       struct error *err)
{
	struct container_state state = { .phase = CONTAINER_CREATED };

	if (upper_make(engine, folder, config, err) < 0)
		return -1;
	if (mkdirat(folder, "work", 0700) < 0 || mkdirat(folder, "rootfs", 0700) < 0)
		return error_errno(err, "cannot make the container's folder");
	if (container_state_write(folder, &state, err) < 0)
		return -1;
	return container_config_write(folder, config, err);
}

static int make_folder(struct engine *engine, const struct container_config *config,
		       int *ret_folder, struct error *err)
{
	char making[FOLDER_NAME_SIZE];
	auto_fd int folder = -1;

	folder_name(making, NEW_PREFIX, config->id);
	folder = dir_make(engine->containers, making, 0700, err);
	if (folder < 0 || fill_folder(engine, folder, config, err) < 0)
		goto failed;
	if (renameat(engine->containers, making, engine->containers, config->id) < 0) {
		error_errno(err, "cannot make container '%s'", config->id);
		goto failed;
	}
	*ret_folder = take_fd(&folder);
	return 0;
failed:;
	auto_error ignored = { 0 };

	dir_remove_tree(engine->containers, making, &ignored);
	return -1;
}

static int create(struct engine *engine, struct container_config *config, int *lock,
		  int *ret_folder, struct error *err)
{
	if (take_name(engine, config, lock, err) < 0)
		return -1;
	if (volumes_prepare(engine, config, err) < 0 ||
	    make_folder(engine, config, ret_folder, err) < 0) {
		volumes_remove_anonymous(engine, config);
		name_release(engine, config->name, config->id);
		return -1;
	}
	return 0;
}

/* Another file each time it is written. */
static uint64_t config_stamp(const struct container *container)
{
	struct stat stat;

	if (fstatat(container->folder, "config.json", &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return (uint64_t)stat.st_ino ^ (uint64_t)stat.st_mtim.tv_sec << 40 ^
	       (uint64_t)stat.st_mtim.tv_nsec << 10;
}

struct container *container_create(struct engine *engine, struct container_config *config,
				   struct error *err)
{
	auto_fd int lock = lock_containers(engine, err);
	struct container *container;
	int folder;

	if (lock < 0)
		return NULL;
	random_hex(config->id, CONTAINER_ID_SIZE - 1);
	if (config->created_ns == 0)
		config->created_ns = clock_now();
	if (create(engine, config, &lock, &folder, err) < 0)
		return NULL;
	container = xcalloc(1, sizeof(*container));
	container->folder = folder;
	container->config = *config;
	container->config_stamp = config_stamp(container);
	*config = (struct container_config){ 0 };
	events_add_container(engine->root, container, "create", NULL);
	return container;
}

/* Takes over what others have changed. A supervisor has read config.json when its container was
 * started, and keeps the rest of it. */
static void follow_config(struct container *container)
{
	auto_release(container_config) struct container_config config = { 0 };
	uint64_t stamp = config_stamp(container);
	struct resource_request previous;
	auto_error ignored = { 0 };

	if (stamp == container->config_stamp ||
	    container_config_read(container->folder, &config, &ignored) < 0)
		return;
	container->config_stamp = stamp;
	replace_string(&container->config.name, config.name);
	container->config.restart = config.restart;
	previous = container->config.resources;
	container->config.resources = config.resources;
	config.resources = previous; /* to be released */
}

struct container *container_open(struct engine *engine, const char *id, struct error *err)
{
	auto_of(container) struct container *container = xcalloc(1, sizeof(*container));

	container->folder = dir_open(engine->containers, id, err);
	if (container->folder < 0)
		goto failed;
	container->config_stamp = config_stamp(container);
	if (container_config_read(container->folder, &container->config, err) < 0 ||
	    container_refresh(container, err) < 0)
		goto failed;
	if (strcmp(container->config.id, id) != 0) {
		error_set(err, ERROR_INVALID, "container '%s': its config is another's", id);
		return NULL;
	}
	return take_ptr(&container);
failed:
	if (err->kind == ERROR_NOT_FOUND)
		error_set(err, ERROR_NOT_FOUND, "No such container: %s", id);
	else
		error_context(err, "container '%.12s'", id);
	return NULL;
}

int container_lock(struct container *container, struct error *err)
{
	auto_fd int lock = lock_wait(container->folder, LOCK_FILE, LOCK_EXCLUSIVE, err);

	if (lock < 0 && err->kind == ERROR_NOT_FOUND) /* removed meanwhile */
		return error_set(err, ERROR_NOT_FOUND, "No such container: %s",
				 container->config.name);
	if (lock < 0 || container_refresh(container, err) < 0)
		return -1;
	follow_config(container);
	return take_fd(&lock);
}

/* Takes the folder and the name out of sight; nobody may be clearing dead names meanwhile. */
static int hide(struct engine *engine, const struct container *container, const char *gone,
		struct error *err)
{
	auto_fd int lock = lock_wait(engine->containers, LOCK_FILE, LOCK_SHARED, err);
	const char *id = container->config.id;

	if (lock < 0)
		return -1;
	if (renameat(engine->containers, id, engine->containers, gone) < 0) {
		if (errno == ENOENT)
			return error_set(err, ERROR_NOT_FOUND, "No such container: %s",
					 container->config.name);
		return error_errno(err, "cannot remove container '%s'", id);
	}
	name_release(engine, container->config.name, id);
	return 0;
}

int container_remove(struct engine *engine, struct container *container, struct error *err)
{
	char gone[FOLDER_NAME_SIZE];

	if (container->state.phase == CONTAINER_RUNNING ||
	    container->state.phase == CONTAINER_PAUSED ||
	    container->state.phase == CONTAINER_RESTARTING)
		return error_set(err, ERROR_BUSY, "cannot remove container \"/%s\": it is running",
				 container->config.name);
	folder_name(gone, GONE_PREFIX, container->config.id);
	if (hide(engine, container, gone, err) < 0)
		return -1;
	if (dir_remove_tree(engine->runroot, container->config.id, err) < 0)
		return -1;
	if (dir_remove_tree(engine->containers, gone, err) < 0)
		return error_context(err, "container '%s'", container->config.id);
	events_add_container(engine->root, container, "destroy", NULL);
	return 0;
}
