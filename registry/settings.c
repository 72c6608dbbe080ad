/* SPDX-License-Identifier: Apache-2.0 */
/* See registry/settings.h. Of several files, the one read last counts, key by key. */
#include "registry/settings.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/toml.h"
#include "registry/patience.h"

#define FILE_SIZE_MAX ((size_t)1 << 20)
#define PARALLEL_DEFAULT 6

/* A number of the table, if it is there and from `min` to `max`. */
static void read_number(const char *path, const json_t *table, const char *key, unsigned int min,
			unsigned int max, unsigned int *number)
{
	const json_t *value = json_object_get(table, key);
	json_int_t found = json_integer_value(value);

	if (!value)
		return;
	if (json_is_integer(value) && found >= min && found <= max)
		*number = (unsigned int)found;
	else
		warning("%s:%u: '%s' must be a number from %u to %u", path, toml_line(table, key),
			key, min, max);
}

static void read_delay(const char *path, const json_t *table, int64_t *delay)
{
	const json_t *value = json_object_get(table, "retry_delay");
	const char *text = json_string_value(value);
	auto_error ignored = { 0 };
	int64_t found;

	if (!value || (text && !*text))
		return;
	if (text && duration_parse(text, &found, &ignored) == 0 && found >= 0)
		*delay = found;
	else
		warning("%s:%u: 'retry_delay' must be a duration like \"2s\"", path,
			toml_line(table, "retry_delay"));
}

static void read_settings(const char *path, struct registry_settings *settings)
{
	auto_error problem = { 0 };
	auto_json json_t *root = toml_read_file(AT_FDCWD, path, FILE_SIZE_MAX, &problem);
	const json_t *engine = json_object_get(root, "engine");

	if (!root) {
		if (problem.kind != ERROR_NOT_FOUND)
			warning("%s", problem.message);
		return;
	}
	read_number(path, engine, "image_parallel_copies", 1, SETTINGS_PARALLEL_MAX,
		    &settings->parallel);
	read_number(path, engine, "retry", 0, SETTINGS_RETRIES_MAX, &settings->retries);
	read_delay(path, engine, &settings->retry_delay);
}

/* containers.conf of a directory, and the files of its containers.conf.d. */
static void read_folder(const char *folder, struct registry_settings *settings)
{
	auto_free char *path = xasprintf("%s/containers.conf", folder);
	auto_free char *more = xasprintf("%s.d", path);
	auto_release(strings) struct strings names = { 0 };
	auto_error ignored = { 0 };
	auto_fd int dir = dir_open(AT_FDCWD, more, &ignored);

	read_settings(path, settings);
	if (dir < 0 || dir_list(dir, &names, &ignored) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		auto_free char *file = xasprintf("%s/%s", more, names.items[i]);

		if (has_suffix(names.items[i], ".conf"))
			read_settings(file, settings);
	}
}

static void read_user_folder(struct registry_settings *settings)
{
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	auto_free char *folder = NULL;

	if (!is_empty(config))
		folder = xasprintf("%s/containers", config);
	else if (!is_empty(home))
		folder = xasprintf("%s/.config/containers", home);
	if (folder)
		read_folder(folder, settings);
}

static bool is_wanted(const char *value)
{
	return !is_empty(value) && strcmp(value, "0") != 0 && strcmp(value, "false") != 0;
}

void registry_settings_load(struct registry_settings *ret_settings)
{
	struct registry_settings settings = {
		.parallel = PARALLEL_DEFAULT,
		.retries = RETRIES_DEFAULT,
		.keep_blobs = is_wanted(getenv("PROA_KEEP_BLOBS")),
	};
	const char *only = getenv("CONTAINERS_CONF");
	const char *last = getenv("CONTAINERS_CONF_OVERRIDE");

	if (!is_empty(only)) {
		read_settings(only, &settings);
	} else {
		read_folder("/usr/share/containers", &settings);
		read_folder("/etc/containers", &settings);
		read_user_folder(&settings);
	}
	if (!is_empty(last))
		read_settings(last, &settings);
	*ret_settings = settings;
}
