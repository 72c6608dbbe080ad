/* SPDX-License-Identifier: Apache-2.0 */
/* Names of volumes and options of the local driver, by docker's rules. */
#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "engine/container.h"
#include "engine/volumes.h"

int volume_check_name(const char *name, struct error *err)
{
	auto_error ignored = { 0 };

	if (name[0] && !name[1])
		return error_set(err, ERROR_INVALID,
				 "volume name is too short, names should be at least two "
				 "alphanumeric characters");
	if (container_check_name(name, &ignored) < 0)
		return error_set(err, ERROR_INVALID,
				 "\"%s\" includes invalid characters for a local volume name, only "
				 "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed; for a host directory "
				 "use an absolute path",
				 name);
	return 0;
}

static const char *option_of(const struct strings *options, const char *key)
{
	const char *value = strings_get_value(options, key);

	return value ? value : "";
}

static bool is_bind(const struct strings *options)
{
	auto_release(strings) struct strings words = { 0 };
	const char *type = option_of(options, "type");

	strings_split(&words, option_of(options, "o"), ',');
	return (*type == '\0' || strcmp(type, "none") == 0 || strcmp(type, "bind") == 0) &&
	       (strings_contain(&words, "bind") || strings_contain(&words, "rbind"));
}

static int check_keys(const struct strings *options, struct error *err)
{
	for (size_t i = 0; i < options->count; i++) {
		const char *option = options->items[i];

		if (has_prefix(option, "size="))
			return error_set(err, ERROR_UNSUPPORTED,
					 "option 'size' is not supported: volumes have no quota; a "
					 "tmpfs takes it as o=size=BYTES");
		if (!has_prefix(option, "type=") && !has_prefix(option, "o=") &&
		    !has_prefix(option, "device="))
			return error_set(err, ERROR_INVALID, "invalid option: \"%.*s\"",
					 (int)strcspn(option, "="), option);
	}
	return 0;
}

int volume_check_options(const struct strings *options, struct error *err)
{
	const char *device = option_of(options, "device");

	if (options->count == 0)
		return 0;
	if (check_keys(options, err) < 0)
		return -1;
	if (is_empty(device))
		return error_set(err, ERROR_INVALID, "missing required option: \"device\"");
	if (strcmp(option_of(options, "type"), "tmpfs") == 0)
		return 0;
	if (!is_bind(options))
		return error_set(err, ERROR_UNSUPPORTED,
				 "volumes of type '%s' are not supported; there are tmpfs, and "
				 "type=none with o=bind",
				 option_of(options, "type"));
	if (device[0] != '/')
		return error_set(err, ERROR_INVALID, "the device '%s' must be an absolute path",
				 device);
	return 0;
}

enum volume_kind volume_kind(const struct volume *volume)
{
	if (is_bind(&volume->options))
		return VOLUME_BIND;
	return strcmp(option_of(&volume->options, "type"), "tmpfs") == 0 ? VOLUME_TMPFS :
									  VOLUME_DIRECTORY;
}

void volume_mount_options(const struct volume *volume, struct strings *ret_options)
{
	auto_release(strings) struct strings words = { 0 };

	strings_split(&words, option_of(&volume->options, "o"), ',');
	for (size_t i = 0; i < words.count; i++)
		if (*words.items[i] && strcmp(words.items[i], "bind") != 0 &&
		    strcmp(words.items[i], "rbind") != 0)
			strings_add(ret_options, words.items[i]);
}
