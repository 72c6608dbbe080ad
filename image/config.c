/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image configs. Builders differ in what they leave out and what they set to
 * null, so every member is optional but rootfs; one that is there must have its
 * type.
 */
#include "image/config.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "image/manifest.h"

#define MEMBER(name, field) { name, offsetof(struct image_config, field) }

struct member {
	const char *name;
	size_t offset;
};

static const struct member text_members[] = {
	MEMBER("User", user),
	MEMBER("WorkingDir", working_dir),
	MEMBER("StopSignal", stop_signal),
};

static const struct member list_members[] = {
	MEMBER("Env", env),
	MEMBER("Entrypoint", entrypoint),
	MEMBER("Cmd", cmd),
	MEMBER("Shell", shell),
	MEMBER("OnBuild", on_build),
};

/* Objects whose keys count: {"80/tcp": {}} */
static const struct member set_members[] = {
	MEMBER("Volumes", volumes),
	MEMBER("ExposedPorts", exposed_ports),
};

static void *member_of(struct image_config *config, const struct member *member)
{
	return (char *)config + member->offset;
}

static const json_t *get(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_null(value) ? NULL : value;
}

/* These texts end up in passwd lines, paths and messages (R13). */
static int check_text(const char *name, const char *text, struct error *err)
{
	for (const char *c = text; *c; c++)
		if (iscntrl((unsigned char)*c))
			return error_set(err, ERROR_INVALID, "%s: a control character in it", name);
	return 0;
}

static int decode_text(const json_t *object, const char *name, char **slot, struct error *err)
{
	const json_t *value = get(object, name);

	if (!value)
		return 0;
	if (!json_is_string(value))
		return error_set(err, ERROR_INVALID, "%s: not a string", name);
	if (check_text(name, json_string_value(value), err) < 0)
		return -1;
	replace_string(slot, json_string_value(value));
	return 0;
}

/* Docker takes a plain string for a list of one. */
static int decode_list(const json_t *object, const char *name, struct strings *list,
		       struct error *err)
{
	const json_t *value = get(object, name);

	if (json_is_string(value)) {
		strings_add(list, json_string_value(value));
		return 0;
	}
	return json_to_strings(value, name, list, err);
}

static int decode_set(const json_t *object, const char *name, struct strings *list,
		      struct error *err)
{
	json_t *set = (json_t *)get(object, name);
	const char *key;
	json_t *ignored;

	if (!set)
		return 0;
	if (!json_is_object(set))
		return error_set(err, ERROR_INVALID, "%s: not an object", name);
	json_object_foreach(set, key, ignored) {
		if (check_text(name, key, err) < 0)
			return -1;
		strings_add(list, key);
	}
	return 0;
}

static int check_env(const struct strings *env, struct error *err)
{
	for (size_t i = 0; i < env->count; i++) {
		const char *equals = strchr(env->items[i], '=');

		if (!equals || equals == env->items[i]) {
			auto_free char *shown = printable(env->items[i]);

			return error_set(err, ERROR_INVALID, "Env: '%s' is not NAME=VALUE", shown);
		}
	}
	return 0;
}

static int decode_duration(const json_t *object, const char *name, int64_t *slot,
			   struct error *err)
{
	const json_t *value = get(object, name);

	if (!value)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return error_set(err, ERROR_INVALID, "Healthcheck: %s: not a duration", name);
	*slot = json_integer_value(value);
	return 0;
}

static int decode_healthcheck(const json_t *json, struct healthcheck *check, struct error *err)
{
	const json_t *retries;

	if (!json)
		return 0;
	if (!json_is_object(json))
		return error_set(err, ERROR_INVALID, "Healthcheck: not an object");
	if (decode_list(json, "Test", &check->test, err) < 0)
		return error_context(err, "Healthcheck");
	if (decode_duration(json, "Interval", &check->interval_ns, err) < 0 ||
	    decode_duration(json, "Timeout", &check->timeout_ns, err) < 0 ||
	    decode_duration(json, "StartPeriod", &check->start_period_ns, err) < 0 ||
	    decode_duration(json, "StartInterval", &check->start_interval_ns, err) < 0)
		return -1;
	retries = get(json, "Retries");
	if (retries && (!json_is_integer(retries) || json_integer_value(retries) < 0 ||
			json_integer_value(retries) > INT_MAX))
		return error_set(err, ERROR_INVALID, "Healthcheck: Retries: not a count");
	check->retries = (int)json_integer_value(retries);
	return 0;
}

/* The part named "config". */
static int decode_run_config(const json_t *json, struct image_config *config, struct error *err)
{
	if (!json)
		return 0;
	if (!json_is_object(json))
		return error_set(err, ERROR_INVALID, "not an object");
	for (size_t i = 0; i < ARRAY_SIZE(text_members); i++)
		if (decode_text(json, text_members[i].name, member_of(config, &text_members[i]),
				err) < 0)
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE(list_members); i++)
		if (decode_list(json, list_members[i].name, member_of(config, &list_members[i]),
				err) < 0)
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE(set_members); i++)
		if (decode_set(json, set_members[i].name, member_of(config, &set_members[i]),
			       err) < 0)
			return -1;
	if (check_env(&config->env, err) < 0 ||
	    json_to_map(get(json, "Labels"), "Labels", &config->labels, err) < 0)
		return -1;
	config->args_escaped = json_is_true(get(json, "ArgsEscaped"));
	return decode_healthcheck(get(json, "Healthcheck"), &config->healthcheck, err);
}

static int decode_rootfs(const json_t *rootfs, struct image_config *config, struct error *err)
{
	const json_t *type = get(rootfs, "type");
	const json_t *list = get(rootfs, "diff_ids");
	size_t count;

	if (!json_is_object(rootfs))
		return error_set(err, ERROR_INVALID, "rootfs is missing or not an object");
	if (type && (!json_is_string(type) || strcmp(json_string_value(type), "layers") != 0))
		return error_set(err, ERROR_UNSUPPORTED, "rootfs: its type is not 'layers'");
	if (list && !json_is_array(list))
		return error_set(err, ERROR_INVALID, "rootfs: diff_ids is not a list");
	count = json_array_size(list);
	if (count > MANIFEST_LAYERS_MAX)
		return error_set(err, ERROR_INVALID, "rootfs: more than %d layers",
				 MANIFEST_LAYERS_MAX);
	if (count == 0)
		return 0;
	config->diff_ids = xcalloc(count, sizeof(*config->diff_ids));
	for (; config->diff_id_count < count; config->diff_id_count++) {
		size_t i = config->diff_id_count;
		const char *text = json_string_value(json_array_get(list, i));

		if (digest_parse(text ? text : "", &config->diff_ids[i], err) < 0)
			return error_context(err, "rootfs: diff_ids[%zu]", i);
	}
	return 0;
}

static int decode_history(const json_t *list, struct image_config *config, struct error *err)
{
	size_t count = json_array_size(list);

	if (list && !json_is_array(list))
		return error_set(err, ERROR_INVALID, "history: not a list");
	if (count == 0)
		return 0;
	config->history = xcalloc(count, sizeof(*config->history));
	for (; config->history_count < count; config->history_count++) {
		const json_t *step = json_array_get(list, config->history_count);
		struct image_history *entry = &config->history[config->history_count];

		if (!json_is_object(step))
			return error_set(err, ERROR_INVALID, "history[%zu]: not an object",
					 config->history_count);
		entry->created = json_copy_string(step, "created");
		entry->created_by = json_copy_string(step, "created_by");
		entry->author = json_copy_string(step, "author");
		entry->comment = json_copy_string(step, "comment");
		entry->empty_layer = json_is_true(get(step, "empty_layer"));
	}
	return 0;
}

static int decode_platform_part(const json_t *json, const char *name, char *to, size_t size,
				struct error *err)
{
	auto_free char *text = NULL;

	if (decode_text(json, name, &text, err) < 0)
		return -1;
	if (!text)
		return 0;
	if (strlen(text) >= size)
		return error_set(err, ERROR_INVALID, "%s: too long", name);
	memcpy(to, text, strlen(text) + 1);
	return 0;
}

static int decode_platform(const json_t *json, struct platform *platform, struct error *err)
{
	if (decode_platform_part(json, "os", platform->os, sizeof(platform->os), err) < 0 ||
	    decode_platform_part(json, "architecture", platform->architecture,
				 sizeof(platform->architecture), err) < 0)
		return -1;
	return decode_platform_part(json, "variant", platform->variant,
				    sizeof(platform->variant), err);
}

static int decode(const json_t *json, struct image_config *config, struct error *err)
{
	if (!json_is_object(json))
		return error_set(err, ERROR_INVALID, "not a JSON object");
	if (decode_platform(json, &config->platform, err) < 0 ||
	    decode_text(json, "created", &config->created, err) < 0 ||
	    decode_run_config(get(json, "config"), config, err) < 0 ||
	    decode_rootfs(get(json, "rootfs"), config, err) < 0)
		return -1;
	config->author = json_copy_string(json, "author");
	return decode_history(get(json, "history"), config, err);
}

int image_config_decode(const char *data, size_t size, struct image_config *ret_config,
			struct error *err)
{
	auto_release(image_config) struct image_config config = { 0 };
	auto_json json_t *json = NULL;

	if (size > IMAGE_CONFIG_SIZE_MAX)
		return error_set(err, ERROR_INVALID, "image config: larger than %zu bytes",
				 IMAGE_CONFIG_SIZE_MAX);
	json = json_parse(data, size, "image config", err);
	if (!json)
		return -1;
	if (decode(json, &config, err) < 0)
		return error_context(err, "image config");
	*ret_config = config;
	config = (struct image_config){ 0 };
	return 0;
}

static void release_history(struct image_config *config)
{
	for (size_t i = 0; i < config->history_count; i++) {
		free(config->history[i].created);
		free(config->history[i].created_by);
		free(config->history[i].author);
		free(config->history[i].comment);
	}
	free(config->history);
}

void image_config_release(struct image_config *config)
{
	free(config->created);
	free(config->author);
	for (size_t i = 0; i < ARRAY_SIZE(text_members); i++)
		free(*(char **)member_of(config, &text_members[i]));
	for (size_t i = 0; i < ARRAY_SIZE(list_members); i++)
		strings_release(member_of(config, &list_members[i]));
	for (size_t i = 0; i < ARRAY_SIZE(set_members); i++)
		strings_release(member_of(config, &set_members[i]));
	strings_release(&config->labels);
	strings_release(&config->healthcheck.test);
	free(config->diff_ids);
	release_history(config);
	*config = (struct image_config){ 0 };
}
