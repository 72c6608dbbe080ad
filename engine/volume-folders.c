/* SPDX-License-Identifier: Apache-2.0 */
/* The folders of volumes and their records: see volumes.h for what makes a volume exist. */
#include "engine/volume-folders.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/lock.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/volumes.h"

#define VOLUMES_DIR "volumes"
#define RECORD "volume.json"
#define RECORD_SIZE_MAX ((size_t)1 << 20)
#define DATA_MODE 0755
#define LOCK_FILE ".volumes.lock"	/* in containers/: folders of volumes only in volumes/ */

void volume_release(struct volume *volume)
{
	free(volume->name);
	strings_release(&volume->labels);
	strings_release(&volume->options);
	*volume = (struct volume){ 0 };
}

int volume_folders_open(struct engine *engine, struct error *err)
{
	return dir_open(engine->root, VOLUMES_DIR, err);
}

int volume_folders_lock(struct engine *engine, int *ret_lock, struct error *err)
{
	*ret_lock = lock_wait(engine->containers, LOCK_FILE, LOCK_EXCLUSIVE, err);
	return *ret_lock < 0 ? -1 : dir_make(engine->root, VOLUMES_DIR, 0700, err);
}

static bool has_record(int volumes, const char *name)
{
	auto_free char *path = xasprintf("%s/" RECORD, name);

	return file_exists(volumes, path);
}

int volume_folders_list(int volumes, struct strings *ret_names, struct error *err)
{
	auto_release(strings) struct strings names = { 0 };

	if (dir_list(volumes, &names, err) < 0)
		return error_context(err, "volumes");
	for (size_t i = 0; i < names.count; i++) {
		auto_error ignored = { 0 };

		if (container_check_name(names.items[i], &ignored) == 0 &&
		    has_record(volumes, names.items[i]))
			strings_add(ret_names, names.items[i]);
	}
	return 0;
}

int volume_folder_open(int volumes, const char *name, struct error *err)
{
	auto_error ignored = { 0 };

	if (container_check_name(name, &ignored) < 0 || !has_record(volumes, name))
		return error_set(err, ERROR_NOT_FOUND, "no such volume: %s", name);
	return dir_open(volumes, name, err);
}

static int decode(json_t *json, struct volume *volume, struct error *err)
{
	const char *created = "";
	int anonymous = 0;
	json_t *labels = NULL;
	json_t *options = NULL;
	json_error_t at;

	if (json_unpack_ex(json, &at, 0, "{s?:s, s?:b, s?:o, s?:o}", "CreatedAt", &created,
			   "Anonymous", &anonymous, "Labels", &labels, "Options", &options) < 0)
		return error_set(err, ERROR_INVALID, "its record: %s", at.text);
	volume->anonymous = anonymous;
	if (*created && clock_parse(created, &volume->created_ns, err) < 0)
		return -1;
	if (json_to_map(labels, "Labels", &volume->labels, err) < 0)
		return -1;
	return json_to_map(options, "Options", &volume->options, err);
}

int volume_record_read(int volumes, const char *name, struct volume *ret_volume,
		       struct error *err)
{
	auto_fd int folder = volume_folder_open(volumes, name, err);
	auto_release(volume) struct volume volume = { 0 };
	auto_json json_t *json = NULL;

	if (folder < 0)
		return -1;
	json = json_read_file(folder, RECORD, RECORD_SIZE_MAX, err);
	if (!json || decode(json, &volume, err) < 0)
		return error_context(err, "volume '%s'", name);
	volume.name = xstrdup(name);
	*ret_volume = volume;
	volume = (struct volume){ 0 };
	return 0;
}

static int write_record(int folder, const struct volume *volume, struct error *err)
{
	char created[CLOCK_TEXT_SIZE];
	auto_json json_t *json = NULL;

	clock_format(volume->created_ns, created);
	json = json_pack("{s:s, s:s, s:s, s:b, s:o, s:o}", "Name", volume->name, "Driver", "local",
			 "CreatedAt", created, "Anonymous", volume->anonymous, "Labels",
			 json_from_map(&volume->labels), "Options",
			 json_from_map(&volume->options));
	return json_write_file(folder, RECORD, json, FILE_VOLATILE, err);
}

int volume_folder_make(int volumes, const struct volume *volume, struct error *err)
{
	auto_fd int folder = -1;
	auto_fd int data = -1;

	if (dir_remove_tree(volumes, volume->name, err) < 0)
		return error_context(err, "volume '%s', half removed", volume->name);
	folder = dir_make(volumes, volume->name, 0700, err);
	data = folder < 0 ? -1 : dir_make(folder, VOLUME_DATA, DATA_MODE, err);
	if (data < 0 || write_record(folder, volume, err) < 0)
		return error_context(err, "volume '%s'", volume->name);
	return 0;
}

int volume_folder_remove(int volumes, const char *name, struct error *err)
{
	auto_fd int folder = volume_folder_open(volumes, name, err);

	if (folder < 0)
		return -1;
	if (unlinkat(folder, RECORD, 0) < 0)
		return error_errno(err, "cannot remove volume '%s'", name);
	return dir_remove_tree(volumes, name, err);
}
