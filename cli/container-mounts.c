/* SPDX-License-Identifier: Apache-2.0 */
/* -v, --mount, --tmpfs, --volumes-from, --device: their several spellings, made mount requests. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/units.h"
#include "cli/container-options.h"
#include "cli/csv.h"
#include "cli/session.h"

static void mount_request_release(struct mount_request *request)
{
	free(request->source);
	free(request->target);
	free(request->propagation);
	free(request->subpath);
	strings_release(&request->options);
	strings_release(&request->volume_labels);
	strings_release(&request->volume_options);
	*request = (struct mount_request){ 0 };
}

/* `path` without "." and empty components, ".." taken back; absolute. New string. */
static char *clean_path(const char *path)
{
	auto_release(strings) struct strings parts = { 0 };
	auto_release(strings) struct strings kept = { 0 };
	auto_free char *joined = NULL;

	strings_split(&parts, path, '/');
	for (size_t i = 0; i < parts.count; i++) {
		const char *part = parts.items[i];

		if (strcmp(part, "..") == 0 && kept.count > 0)
			strings_remove(&kept, kept.count - 1);
		else if (*part && strcmp(part, ".") != 0 && strcmp(part, "..") != 0)
			strings_add(&kept, part);
	}
	joined = strings_join(&kept, "/");
	return xasprintf("/%s", joined);
}

/* A host path, made absolute from the working directory. */
static char *absolute_path(const char *path, struct error *err)
{
	auto_free char *here = NULL;
	auto_free char *joined = NULL;

	if (path[0] == '/')
		return clean_path(path);
	here = getcwd(NULL, 0);
	if (!here) {
		error_errno(err, "cannot tell the working directory");
		return NULL;
	}
	joined = xasprintf("%s/%s", here, path);
	return clean_path(joined);
}

static bool is_volume_name(const char *name)
{
	if (!isalnum((unsigned char)*name) || !name[1])
		return false;
	return name[strspn(name,
			   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")] ==
	       '\0';
}

static int set_target(struct mount_request *request, const char *text, struct error *err)
{
	if (text[0] != '/')
		return error_set(err, ERROR_USAGE,
				 "invalid mount path: '%s' mount path must be absolute", text);
	free(request->target);
	request->target = clean_path(text);
	if (strcmp(request->target, "/") == 0)
		return error_set(err, ERROR_USAGE,
				 "invalid specification: destination can't be '/'");
	return 0;
}

/* A host path begins with '/' or '.', anything else is a volume's name. */
static int set_source(struct mount_request *request, const char *text, struct error *err)
{
	if (text[0] == '/' || text[0] == '.') {
		request->type = MOUNT_REQUEST_BIND;
		request->source = absolute_path(text, err);
		return request->source ? 0 : -1;
	}
	request->type = MOUNT_REQUEST_VOLUME;
	request->source = xstrdup(text);
	if (!is_volume_name(text))
		return error_set(err, ERROR_USAGE,
				 "invalid volume name '%s': only [a-zA-Z0-9][a-zA-Z0-9_.-] "
				 "are allowed; for a host directory give an absolute path",
				 text);
	return 0;
}

static bool is_propagation(const char *word)
{
	static const char *const words[] = { "private", "rprivate", "shared", "rshared", "slave",
					     "rslave" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static bool is_mount_flag(const char *word)
{
	static const char *const words[] = { "exec", "noexec", "suid", "nosuid", "dev", "nodev" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

/* SELinux labels and hints for other systems' file sharing. */
static bool is_without_effect(const char *word)
{
	static const char *const words[] = { "rw", "rbind", "z", "Z", "consistent", "cached",
					     "delegated", "copy", "" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static int set_volume_option(struct mount_request *request, const char *option, const char *text,
			     struct error *err)
{
	if (strcmp(option, "ro") == 0)
		request->read_only = true;
	else if (strcmp(option, "bind") == 0)
		request->non_recursive = true;
	else if (strcmp(option, "nocopy") == 0)
		request->no_copy = true;
	else if (strcmp(option, "nocreate") == 0)
		request->must_exist = true;
	else if (is_propagation(option))
		replace_string(&request->propagation, option);
	else if (is_mount_flag(option))
		strings_add(&request->options, option);
	else if (!is_without_effect(option))
		return error_set(err, ERROR_USAGE,
				 "invalid volume specification '%s': unknown option "
				 "'%s'",
				 text, option);
	return 0;
}

/* [SOURCE:]TARGET[:OPTIONS] */
static int parse_volume(const char *text, struct mount_request *request, struct error *err)
{
	auto_release(strings) struct strings fields = { 0 };
	auto_release(strings) struct strings options = { 0 };

	strings_split(&fields, text, ':');
	if (fields.count > 3)
		return error_set(err, ERROR_USAGE, "invalid volume specification: '%s'", text);
	for (size_t i = 0; i < fields.count; i++)
		if (fields.items[i][0] == '\0')
			return error_set(
				err, ERROR_USAGE,
				"invalid volume specification '%s': empty section between colons",
				text);
	if (fields.count == 1) {
		request->type = MOUNT_REQUEST_VOLUME;
		request->source = xstrdup("");
		return set_target(request, fields.items[0], err);
	}
	request->create_source = true;
	if (set_target(request, fields.items[1], err) < 0 ||
	    set_source(request, fields.items[0], err) < 0)
		return -1;
	if (fields.count == 3)
		strings_split(&options, fields.items[2], ',');
	for (size_t i = 0; i < options.count; i++)
		if (set_volume_option(request, options.items[i], text, err) < 0)
			return -1;
	if (strings_contain(&options, "ro") && strings_contain(&options, "rw"))
		return error_set(err, ERROR_USAGE,
				 "invalid volume specification '%s': it is either ro or rw", text);
	return 0;
}

static int parse_mount_bool(const char *key, const char *value, bool *ret_value, struct error *err)
{
	if (!value || strcmp(value, "true") == 0 || strcmp(value, "1") == 0)
		*ret_value = true;
	else if (strcmp(value, "false") == 0 || strcmp(value, "0") == 0)
		*ret_value = false;
	else
		return error_set(err, ERROR_USAGE, "invalid value for %s: '%s'", key, value);
	return 0;
}

static int set_mount_type(struct mount_request *request, const char *value, struct error *err)
{
	if (strcmp(value, "bind") == 0)
		request->type = MOUNT_REQUEST_BIND;
	else if (strcmp(value, "volume") == 0)
		request->type = MOUNT_REQUEST_VOLUME;
	else if (strcmp(value, "tmpfs") == 0)
		request->type = MOUNT_REQUEST_TMPFS;
	else
		return error_set(err, ERROR_USAGE,
				 "mount type '%s' is not supported; there are 'bind', "
				 "'volume' and 'tmpfs'",
				 value);
	return 0;
}

static int set_tmpfs_size(struct mount_request *request, const char *value, struct error *err)
{
	uint64_t bytes;

	if (size_parse(value, &bytes, err) < 0)
		return error_set(err, ERROR_USAGE, "invalid value for tmpfs-size: '%s'", value);
	strings_addf(&request->options, "size=%llu", (unsigned long long)bytes);
	return 0;
}

static int set_tmpfs_mode(struct mount_request *request, const char *value, struct error *err)
{
	if (*value == '\0' || strlen(value) > 5 || value[strspn(value, "01234567")] != '\0')
		return error_set(err, ERROR_USAGE, "invalid value for tmpfs-mode: '%s'", value);
	strings_addf(&request->options, "mode=%s", value);
	return 0;
}

/* Relative, and down only; it is resolved inside the volume. */
static int set_subpath(struct mount_request *request, const char *value, struct error *err)
{
	auto_release(strings) struct strings parts = { 0 };

	strings_split(&parts, value, '/');
	if (value[0] == '/' || strings_contain(&parts, ".."))
		return error_set(err, ERROR_USAGE,
				 "invalid volume-subpath '%s': it must be a relative path within "
				 "the volume",
				 value);
	replace_string(&request->subpath, value);
	return 0;
}

/* KEY=VALUE of a volume that is made for the mount. */
static int add_pair(struct strings *pairs, const char *key, const char *value, struct error *err)
{
	const char *equals = strchr(value, '=');
	auto_free char *name = equals ? xstrndup(value, (size_t)(equals - value)) : xstrdup(value);

	if (*name == '\0')
		return error_set(err, ERROR_USAGE, "invalid value for %s: '%s'", key, value);
	strings_set_value(pairs, name, equals ? equals + 1 : "");
	return 0;
}

/* Those that only a volume has. */
static int set_volume_value(struct mount_request *request, const char *key, const char *value,
			    struct error *err)
{
	if (strcmp(key, "volume-subpath") == 0 || strcmp(key, "subpath") == 0)
		return set_subpath(request, value, err);
	if (strcmp(key, "volume-label") == 0)
		return add_pair(&request->volume_labels, key, value, err);
	if (strcmp(key, "volume-opt") == 0)
		return add_pair(&request->volume_options, key, value, err);
	if (strcmp(key, "volume-driver") == 0 && strcmp(value, "local") == 0)
		return 0;
	return error_set(err, ERROR_USAGE,
			 "unexpected key or value '%s=%s' in a mount of this type", key, value);
}

/* One key of --mount that has a value. */
static int set_mount_value(struct mount_request *request, const char *key, const char *value,
			   struct error *err)
{
	if (strcmp(key, "type") == 0 || strcmp(key, "consistency") == 0)
		return 0;
	if (strcmp(key, "source") == 0 || strcmp(key, "src") == 0) {
		replace_string(&request->source, value);
		return 0;
	}
	if (strcmp(key, "target") == 0 || strcmp(key, "dst") == 0 ||
	    strcmp(key, "destination") == 0)
		return set_target(request, value, err);
	if (strcmp(key, "bind-propagation") == 0 && request->type == MOUNT_REQUEST_BIND &&
	    is_propagation(value)) {
		replace_string(&request->propagation, value);
		return 0;
	}
	if (strcmp(key, "bind-recursive") == 0 && request->type == MOUNT_REQUEST_BIND &&
	    (strcmp(value, "enabled") == 0 || strcmp(value, "disabled") == 0)) {
		request->non_recursive = value[0] == 'd';
		return 0;
	}
	if (request->type == MOUNT_REQUEST_VOLUME)
		return set_volume_value(request, key, value, err);
	if (strcmp(key, "tmpfs-size") == 0 && request->type == MOUNT_REQUEST_TMPFS)
		return set_tmpfs_size(request, value, err);
	if (strcmp(key, "tmpfs-mode") == 0 && request->type == MOUNT_REQUEST_TMPFS)
		return set_tmpfs_mode(request, value, err);
	return error_set(err, ERROR_USAGE,
			 "unexpected key or value '%s=%s' in a mount of this type", key, value);
}

static int set_mount_key(struct mount_request *request, const char *key, const char *value,
			 struct error *err)
{
	if (strcmp(key, "readonly") == 0 || strcmp(key, "ro") == 0)
		return parse_mount_bool(key, value, &request->read_only, err);
	if (strcmp(key, "nocreate") == 0 && request->type == MOUNT_REQUEST_VOLUME)
		return parse_mount_bool(key, value, &request->must_exist, err);
	if (!value && request->type != MOUNT_REQUEST_TMPFS && is_mount_flag(key)) {
		strings_add(&request->options, key);
		return 0;
	}
	if (strcmp(key, "volume-nocopy") == 0 && request->type == MOUNT_REQUEST_VOLUME)
		return parse_mount_bool(key, value, &request->no_copy, err);
	if (strcmp(key, "bind-create-src") == 0 && request->type == MOUNT_REQUEST_BIND)
		return parse_mount_bool(key, value, &request->create_source, err);
	if (strcmp(key, "bind-nonrecursive") == 0 && request->type == MOUNT_REQUEST_BIND)
		return parse_mount_bool(key, value, &request->non_recursive, err);
	if (is_empty(value))
		return error_set(err, ERROR_USAGE, "invalid field '%s' must be a key=value pair",
				 key);
	return set_mount_value(request, key, value, err);
}

/* What is still missing once all keys were read. */
static int finish_mount(struct mount_request *request, const char *text, struct error *err)
{
	if (!request->target)
		return error_set(err, ERROR_USAGE, "invalid mount '%s': target is required", text);
	if (request->type == MOUNT_REQUEST_TMPFS && request->source)
		return error_set(err, ERROR_USAGE, "invalid mount '%s': a tmpfs has no source",
				 text);
	if (request->type == MOUNT_REQUEST_BIND) {
		auto_free char *given = take_ptr(&request->source);

		if (!given || (given[0] != '/' && given[0] != '.'))
			return error_set(err, ERROR_USAGE,
					 "invalid mount '%s': the source of a bind "
					 "mount is an absolute path",
					 text);
		request->source = absolute_path(given, err);
		return request->source ? 0 : -1;
	}
	if (request->type == MOUNT_REQUEST_VOLUME && request->source &&
	    !is_volume_name(request->source))
		return error_set(err, ERROR_USAGE, "invalid volume name '%s' in mount '%s'",
				 request->source, text);
	if (!request->source)
		request->source = xstrdup("");
	return 0;
}

/* The type decides what the other keys may be, wherever it stands. */
static int parse_mount(const char *text, struct mount_request *request, struct error *err)
{
	auto_release(strings) struct strings fields = { 0 };

	request->type = MOUNT_REQUEST_VOLUME;
	if (csv_split(&fields, text, err) < 0)
		return -1;
	for (size_t i = 0; i < fields.count; i++) {
		const char *type = skip_prefix(fields.items[i], "type=");

		if (type && set_mount_type(request, type, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < fields.count; i++) {
		char *value = strchr(fields.items[i], '=');

		if (value)
			*value++ = '\0';
		for (char *c = fields.items[i]; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		if (set_mount_key(request, fields.items[i], value, err) < 0)
			return -1;
	}
	return finish_mount(request, text, err);
}

/* DIR[:OPTION,...] */
static int parse_tmpfs(const char *text, struct mount_request *request, struct error *err)
{
	const char *colon = strchr(text, ':');
	auto_free char *target = colon ? xstrndup(text, (size_t)(colon - text)) : xstrdup(text);

	request->type = MOUNT_REQUEST_TMPFS;
	request->source = xstrdup("");
	if (colon && colon[1])
		strings_split(&request->options, colon + 1, ',');
	for (size_t i = 0; i < request->options.count; i++)
		if (strcmp(request->options.items[i], "ro") == 0)
			request->read_only = true;
	return set_target(request, target, err);
}

static bool has_target(const struct container_config *config, const char *target)
{
	for (size_t i = 0; i < config->mount_count; i++)
		if (strcmp(config->mounts[i].target, target) == 0)
			return true;
	return false;
}

static void append_mount(struct container_config *config, struct mount_request *request)
{
	config->mounts = xrealloc_array(config->mounts, config->mount_count + 1,
					sizeof(*config->mounts));
	config->mounts[config->mount_count++] = *request;
	*request = (struct mount_request){ 0 };
}

typedef int (*mount_parser)(const char *text, struct mount_request *request, struct error *err);

static int apply_mounts(const struct strings *texts, mount_parser parse,
			struct container_config *config, struct error *err)
{
	for (size_t i = 0; i < texts->count; i++) {
		auto_release(mount_request) struct mount_request request = { 0 };

		if (parse(texts->items[i], &request, err) < 0)
			return -1;
		if (has_target(config, request.target))
			return error_set(err, ERROR_USAGE, "duplicate mount point: %s",
					 request.target);
		append_mount(config, &request);
	}
	return 0;
}

static void copy_mount(const struct mount_request *from, bool read_only,
		       struct container_config *config)
{
	struct mount_request copy = {
		.type = from->type,
		.source = xstrdup(from->source),
		.target = xstrdup(from->target),
		.read_only = from->read_only || read_only,
		.non_recursive = from->non_recursive,
		.propagation = xstrdup(from->propagation),
	};

	copy.subpath = xstrdup(from->subpath);
	strings_copy(&copy.options, &from->options);
	append_mount(config, &copy);
}

/* NAME[:ro|rw]; the container's own mounts come first. */
static int apply_volumes_from(const char *text, struct engine *engine,
			      struct container_config *config, struct error *err)
{
	const char *colon = strrchr(text, ':');
	auto_free char *name = colon ? xstrndup(text, (size_t)(colon - text)) : xstrdup(text);
	auto_of(container) struct container *from = NULL;
	bool read_only = colon && strcmp(colon + 1, "ro") == 0;

	if (colon && !read_only && strcmp(colon + 1, "rw") != 0 && strcasecmp(colon + 1, "z") != 0)
		return error_set(err, ERROR_USAGE, "invalid mode '%s' in --volumes-from %s",
				 colon + 1, text);
	from = container_find(engine, name, err);
	if (!from)
		return -1;
	for (size_t i = 0; i < from->config.mount_count; i++) {
		const struct mount_request *mount = &from->config.mounts[i];

		if (mount->type != MOUNT_REQUEST_TMPFS && !has_target(config, mount->target))
			copy_mount(mount, read_only, config);
	}
	return 0;
}

/* HOST[:CONTAINER][:PERMISSIONS], spelled out in full for the engine. */
static int apply_device(const char *text, struct container_config *config, struct error *err)
{
	auto_release(strings) struct strings fields = { 0 };
	const char *inside = NULL;
	const char *permissions = "rwm";

	strings_split(&fields, text, ':');
	if (fields.items[0][0] != '/')
		return error_set(err, ERROR_USAGE,
				 "invalid device '%s': the path on the host must be "
				 "absolute",
				 text);
	if (fields.count > 3)
		return error_set(err, ERROR_USAGE, "invalid device specification: %s", text);
	inside = fields.count == 3 || (fields.count == 2 && fields.items[1][0] == '/') ?
		 fields.items[1] : fields.items[0];
	if (fields.count > 1 && fields.items[fields.count - 1] != inside)
		permissions = fields.items[fields.count - 1];
	if (inside[0] != '/' || *permissions == '\0' || strlen(permissions) > 3 ||
	    permissions[strspn(permissions, "rwm")] != '\0')
		return error_set(err, ERROR_USAGE, "invalid device specification: %s", text);
	strings_addf(&config->devices, "%s:%s:%s", fields.items[0], inside, permissions);
	return 0;
}

int container_mounts_apply(const struct container_args *args, struct engine *engine,
			   struct container_config *config, struct error *err)
{
	if (args->volume_driver && strcmp(args->volume_driver, "local") != 0)
		return error_set(err, ERROR_USAGE, "volume driver '%s' is not supported",
				 args->volume_driver);
	config->read_only = args->read_only;
	if (apply_mounts(&args->volumes, parse_volume, config, err) < 0 ||
	    apply_mounts(&args->mounts, parse_mount, config, err) < 0 ||
	    apply_mounts(&args->tmpfs, parse_tmpfs, config, err) < 0)
		return -1;
	for (size_t i = 0; i < args->volumes_from.count; i++)
		if (apply_volumes_from(args->volumes_from.items[i], engine, config, err) < 0)
			return -1;
	for (size_t i = 0; i < args->devices.count; i++)
		if (apply_device(args->devices.items[i], config, err) < 0)
			return -1;
	return 0;
}
