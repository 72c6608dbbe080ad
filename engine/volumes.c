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
#include "base/json.h"
#include "base/random.h"
#include "base/rooted.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/tree-copy.h"

#define VOLUMES_DIR "volumes"
#define VOLUME_FILE "volume.json"
#define VOLUME_FILE_SIZE_MAX ((size_t)1 << 20)
#define DATA_DIR "_data"
#define DATA_MODE 0755
#define ANONYMOUS_NAME_DIGITS 64

static int open_volumes(struct engine *engine, struct error *err)
{
	return dir_make(engine->root, VOLUMES_DIR, 0700, err);
}

static int write_volume_file(int folder, const char *name, bool anonymous, struct error *err)
{
	char created[CLOCK_TEXT_SIZE];
	auto_json json_t *json = NULL;

	clock_format(clock_now(), created);
	json = json_pack("{s:s, s:s, s:s, s:b}", "Name", name, "Driver", "local",
			 "CreatedAt", created, "Anonymous", anonymous);
	return json_write_file(folder, VOLUME_FILE, json, FILE_VOLATILE, err);
}

/* Makes the volume if it is not there. */
static int make_volume(struct engine *engine, const char *name, bool anonymous, struct error *err)
{
	auto_fd int volumes = open_volumes(engine, err);
	auto_fd int folder = volumes < 0 ? -1 : dir_make(volumes, name, 0700, err);
	auto_fd int data = -1;

	if (folder < 0)
		return error_context(err, "volume '%s'", name);
	if (!file_exists(folder, VOLUME_FILE) &&
	    write_volume_file(folder, name, anonymous, err) < 0)
		return error_context(err, "volume '%s'", name);
	data = dir_make(folder, DATA_DIR, DATA_MODE, err);
	return data < 0 ? error_context(err, "volume '%s'", name) : 0;
}

int volumes_prepare(struct engine *engine, struct container_config *config, struct error *err)
{
	for (size_t i = 0; i < config->mount_count; i++) {
		struct mount_request *mount = &config->mounts[i];
		bool anonymous = is_empty(mount->source);
		char name[ANONYMOUS_NAME_DIGITS + 1];

		if (mount->type != MOUNT_REQUEST_VOLUME)
			continue;
		if (anonymous) {
			random_hex(name, ANONYMOUS_NAME_DIGITS);
			replace_string(&mount->source, name);
		} else if (container_check_name(mount->source, err) < 0) {
			return error_set(err, ERROR_USAGE,
					 "\"%s\" includes invalid characters for a local volume "
					 "name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed; for "
					 "a host directory use an absolute path",
					 mount->source);
		}
		if (make_volume(engine, mount->source, anonymous, err) < 0)
			return -1;
	}
	return 0;
}

static int open_volume(struct engine *engine, const char *name, struct error *err)
{
	auto_fd int volumes = open_volumes(engine, err);
	auto_error ignored = { 0 };

	/* The name came through config.json; it is no path. */
	if (volumes < 0 || container_check_name(name, &ignored) < 0)
		return error_set(err, ERROR_NOT_FOUND, "no such volume: %s", name);
	return dir_open(volumes, name, err);
}

int volume_open(struct engine *engine, const char *name, struct error *err)
{
	auto_fd int folder = open_volume(engine, name, err);
	int data;

	if (folder < 0)
		return error_context(err, "volume '%s'", name);
	data = openat(folder, DATA_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return data < 0 ? error_errno(err, "cannot open volume '%s'", name) : data;
}

char *volume_path(const struct engine *engine, const char *name)
{
	return xasprintf("%s/" VOLUMES_DIR "/%s/" DATA_DIR, engine->root_path, name);
}

static bool is_anonymous(int folder)
{
	auto_error ignored = { 0 };
	auto_json json_t *json = json_read_file(folder, VOLUME_FILE, VOLUME_FILE_SIZE_MAX,
						&ignored);

	return json_is_true(json_object_get(json, "Anonymous"));
}

void volumes_remove_anonymous(struct engine *engine, const struct container_config *config)
{
	auto_error ignored = { 0 };
	auto_fd int volumes = open_volumes(engine, &ignored);

	for (size_t i = 0; volumes >= 0 && i < config->mount_count; i++) {
		const struct mount_request *mount = &config->mounts[i];
		auto_fd int folder = -1;

		if (mount->type != MOUNT_REQUEST_VOLUME || is_empty(mount->source))
			continue;
		folder = open_volume(engine, mount->source, &ignored);
		if (folder >= 0 && is_anonymous(folder))
			dir_remove_tree(volumes, mount->source, &ignored);
		error_release(&ignored);
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
	auto_fd int folder = open_volume(engine, name, err);
	auto_fd int data = folder < 0 ? -1 : dir_open(folder, DATA_DIR, err);
	auto_fd int source = -1;

	if (data < 0)
		return error_context(err, "volume '%s'", name);
	if (!is_empty_directory(data))
		return 0;
	source = rooted_open(root, target, ROOTED_IN_ROOT, O_RDONLY | O_DIRECTORY, 0);
	if (source < 0)
		return 0; /* nothing there in the image */
	if (tree_copy(source, data, err) < 0)
		return error_context(err, "volume '%s'", name);
	return 0;
}
