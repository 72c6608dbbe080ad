/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes on disk: see volumes.h. */
#include "engine/volumes.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "base/rooted.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/tree-copy.h"
#include "engine/volume-folders.h"

#define ANONYMOUS_NAME_DIGITS 64

int volume_read(struct engine *engine, const char *name, struct volume *ret_volume,
		struct error *err)
{
	auto_fd int volumes = volume_folders_open(engine, err);

	if (volumes < 0 && err->kind == ERROR_NOT_FOUND)
		return error_set(err, ERROR_NOT_FOUND, "no such volume: %s", name);
	return volumes < 0 ? -1 : volume_record_read(volumes, name, ret_volume, err);
}

static void add_event(struct engine *engine, const char *name, const char *action)
{
	auto_release(strings) struct strings attributes = { 0 };

	strings_add(&attributes, "driver=local");
	events_add(engine->root, "volume", action, name, &attributes);
}

static bool exists(struct engine *engine, const char *name)
{
	auto_error ignored = { 0 };
	auto_fd int volumes = volume_folders_open(engine, &ignored);
	auto_fd int folder = volumes < 0 ? -1 : volume_folder_open(volumes, name, &ignored);

	return folder >= 0;
}

/* Makes the volume if it is not there. */
static int make_volume(struct engine *engine, const struct volume *volume, bool *ret_made,
		       struct error *err)
{
	auto_fd int volumes = -1;
	auto_fd int lock = -1;

	*ret_made = false;
	if (exists(engine, volume->name))
		return 0;
	volumes = volume_folders_lock(engine, &lock, err);
	if (volumes < 0)
		return -1;
	if (exists(engine, volume->name))
		return 0;
	if (volume_folder_make(volumes, volume, err) < 0)
		return -1;
	*ret_made = true;
	add_event(engine, volume->name, "create");
	return 0;
}

int volume_create(struct engine *engine, const char *name, const struct strings *labels,
		  const struct strings *options, bool *ret_made, char **ret_name,
		  struct error *err)
{
	auto_release(volume) struct volume volume = { .created_ns = clock_now() };
	char made_up[ANONYMOUS_NAME_DIGITS + 1];

	if ((name && volume_check_name(name, err) < 0) || volume_check_options(options, err) < 0)
		return -1;
	if (!name)
		random_hex(made_up, ANONYMOUS_NAME_DIGITS);
	volume.name = xstrdup(name ? name : made_up);
	volume.anonymous = !name;
	strings_copy(&volume.labels, labels);
	strings_copy(&volume.options, options);
	if (volume.anonymous)
		strings_set_value(&volume.labels, VOLUME_ANONYMOUS_LABEL, "");
	if (make_volume(engine, &volume, ret_made, err) < 0)
		return -1;
	*ret_name = take_ptr(&volume.name);
	return 0;
}

static int prepare(struct engine *engine, struct mount_request *mount, struct error *err)
{
	const char *name = is_empty(mount->source) ? NULL : mount->source;
	auto_release(volume) struct volume volume = { 0 };
	auto_free char *chosen = NULL;
	bool made;

	if (mount->must_exist)
		return volume_read(engine, name ? name : "", &volume, err);
	if (volume_create(engine, name, &mount->volume_labels, &mount->volume_options, &made,
			  &chosen, err) < 0) {
		if (err->kind == ERROR_INVALID)
			err->kind = ERROR_USAGE;
		return -1;
	}
	replace_string(&mount->source, chosen);
	return 0;
}

int volumes_prepare(struct engine *engine, struct container_config *config, struct error *err)
{
	for (size_t i = 0; i < config->mount_count; i++)
		if (config->mounts[i].type == MOUNT_REQUEST_VOLUME &&
		    prepare(engine, &config->mounts[i], err) < 0)
			return -1;
	return 0;
}

static int open_volume_for(struct engine *engine, const char *name, int flags, struct error *err)
{
	auto_fd int volumes = volume_folders_open(engine, err);
	auto_fd int folder = volumes < 0 ? -1 : volume_folder_open(volumes, name, err);
	auto_release(volume) struct volume volume = { 0 };
	const char *device;
	int fd;

	if (folder < 0 || volume_record_read(volumes, name, &volume, err) < 0)
		return -1;
	if (volume_kind(&volume) == VOLUME_TMPFS)
		return error_set(err, ERROR_UNSUPPORTED,
				 "volume '%s' is a tmpfs, which only a container has", name);
	flags |= O_DIRECTORY | O_CLOEXEC;
	device = strings_get_value(&volume.options, "device");
	fd = volume_kind(&volume) == VOLUME_BIND ?
		     open(device, flags) :
		     openat(folder, VOLUME_DATA, flags | O_NOFOLLOW);
	return fd < 0 ? error_errno(err, "cannot open volume '%s'", name) : fd;
}

int volume_open(struct engine *engine, const char *name, struct error *err)
{
	return open_volume_for(engine, name, O_PATH, err);
}

char *volume_path(const struct engine *engine, const char *name)
{
	return xasprintf("%s/volumes/%s/" VOLUME_DATA, engine->root_path, name);
}

/* Without asking who uses it. */
static int remove_volume(struct engine *engine, const char *name, struct error *err)
{
	auto_fd int lock = -1;
	auto_fd int volumes = volume_folders_lock(engine, &lock, err);

	if (volumes < 0 || volume_folder_remove(volumes, name, err) < 0)
		return -1;
	add_event(engine, name, "destroy");
	return 0;
}

bool volume_is_used_by(const struct container *container, const char *name)
{
	const struct container_config *config = &container->config;

	for (size_t i = 0; i < config->mount_count; i++)
		if (config->mounts[i].type == MOUNT_REQUEST_VOLUME && config->mounts[i].source &&
		    strcmp(config->mounts[i].source, name) == 0)
			return true;
	return false;
}

/* `own` is the id of a container that does not count, or NULL. */
static int refuse_used(struct engine *engine, const char *name, const char *own,
		       struct error *err)
{
	auto_release(strings) struct strings users = { 0 };
	auto_free char *text = NULL;
	struct container **containers;
	size_t count;

	if (container_list(engine, &containers, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (volume_is_used_by(containers[i], name) &&
		    (!own || strcmp(containers[i]->config.id, own) != 0))
			strings_add(&users, containers[i]->config.id);
	container_free_list(containers, count);
	if (users.count == 0)
		return 0;
	text = strings_join(&users, ", ");
	return error_set(err, ERROR_BUSY, "remove %s: volume is in use - [%s]", name, text);
}

int volume_remove(struct engine *engine, const char *name, struct error *err)
{
	auto_fd int lock = container_lock_all(engine, err);

	if (lock < 0 || refuse_used(engine, name, NULL, err) < 0)
		return -1;
	return remove_volume(engine, name, err);
}

/* One that another container has too (--volumes-from) stays. */
void volumes_remove_anonymous(struct engine *engine, const struct container_config *config)
{
	for (size_t i = 0; i < config->mount_count; i++) {
		const struct mount_request *mount = &config->mounts[i];
		auto_release(volume) struct volume volume = { 0 };
		auto_error ignored = { 0 };

		if (mount->type == MOUNT_REQUEST_VOLUME && !is_empty(mount->source) &&
		    volume_read(engine, mount->source, &volume, &ignored) == 0 &&
		    volume.anonymous &&
		    refuse_used(engine, mount->source, config->id, &ignored) == 0)
			remove_volume(engine, mount->source, &ignored);
	}
}

static bool is_empty_directory(int dir)
{
	auto_release(strings) struct strings names = { 0 };
	auto_error ignored = { 0 };

	return dir_list(dir, &names, &ignored) == 0 && names.count == 0;
}

int volume_fill(struct engine *engine, const char *name, int root, const char *target,
		struct error *err)
{
	auto_release(volume) struct volume volume = { 0 };
	auto_fd int data = -1;
	auto_fd int source = -1;

	if (volume_read(engine, name, &volume, err) < 0)
		return -1;
	if (volume_kind(&volume) == VOLUME_TMPFS)
		return 0;
	data = open_volume_for(engine, name, O_RDONLY, err);
	if (data < 0)
		return -1;
	if (!is_empty_directory(data))
		return 0;
	source = rooted_open(root, target, ROOTED_IN_ROOT, O_RDONLY | O_DIRECTORY, 0);
	if (source < 0)
		return 0; /* nothing there in the image */
	if (tree_copy(source, data, err) < 0)
		return error_context(err, "volume '%s'", name);
	return 0;
}
