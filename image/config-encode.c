/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image configs, written: OCI image-spec, config.md, with docker's fields. The order of members is
 * fixed, so that the same config has the same image ID.
 */
#include <string.h>

#include "base/json.h"
#include "base/strings.h"
#include "image/config.h"

static void set_text(json_t *object, const char *name, const char *text)
{
	if (text && *text)
		json_object_set_new(object, name, json_string(text));
}

static void set_list(json_t *object, const char *name, const struct strings *list)
{
	if (list->count > 0)
		json_object_set_new(object, name, json_from_strings(list));
}

static void set_keys(json_t *object, const char *name, const struct strings *keys)
{
	json_t *set;

	if (keys->count == 0)
		return;
	set = json_object();
	for (size_t i = 0; i < keys->count; i++)
		json_object_set_new(set, keys->items[i], json_object());
	json_object_set_new(object, name, set);
}

static void set_number(json_t *object, const char *name, int64_t number)
{
	if (number)
		json_object_set_new(object, name, json_integer(number));
}

static void set_healthcheck(json_t *object, const struct healthcheck *check)
{
	json_t *json;

	if (check->test.count == 0)
		return;
	json = json_object();
	set_list(json, "Test", &check->test);
	set_number(json, "Interval", check->interval_ns);
	set_number(json, "Timeout", check->timeout_ns);
	set_number(json, "StartPeriod", check->start_period_ns);
	set_number(json, "StartInterval", check->start_interval_ns);
	set_number(json, "Retries", check->retries);
	json_object_set_new(object, "Healthcheck", json);
}

static json_t *encode_run_config(const struct image_config *config)
{
	json_t *json = json_object();

	set_text(json, "User", config->user);
	set_keys(json, "ExposedPorts", &config->exposed_ports);
	set_list(json, "Env", &config->env);
	set_list(json, "Entrypoint", &config->entrypoint);
	set_list(json, "Cmd", &config->cmd);
	set_healthcheck(json, &config->healthcheck);
	if (config->args_escaped)
		json_object_set_new(json, "ArgsEscaped", json_true());
	set_keys(json, "Volumes", &config->volumes);
	set_text(json, "WorkingDir", config->working_dir);
	set_list(json, "OnBuild", &config->on_build);
	if (config->labels.count > 0)
		json_object_set_new(json, "Labels", json_from_map(&config->labels));
	set_text(json, "StopSignal", config->stop_signal);
	set_list(json, "Shell", &config->shell);
	return json;
}

static json_t *encode_rootfs(const struct image_config *config)
{
	json_t *list = json_array();

	for (size_t i = 0; i < config->diff_id_count; i++) {
		char text[DIGEST_TEXT_SIZE];

		digest_format(&config->diff_ids[i], text);
		json_array_append_new(list, json_string(text));
	}
	return json_pack("{s:s, s:o}", "type", "layers", "diff_ids", list);
}

static json_t *encode_history(const struct image_config *config)
{
	json_t *list = json_array();

	for (size_t i = 0; i < config->history_count; i++) {
		const struct image_history *step = &config->history[i];
		json_t *json = json_object();

		set_text(json, "created", step->created);
		set_text(json, "created_by", step->created_by);
		set_text(json, "author", step->author);
		set_text(json, "comment", step->comment);
		if (step->empty_layer)
			json_object_set_new(json, "empty_layer", json_true());
		json_array_append_new(list, json);
	}
	return list;
}

char *image_config_encode(const struct image_config *config)
{
	auto_json json_t *json = json_object();

	set_text(json, "created", config->created);
	set_text(json, "author", config->author);
	json_object_set_new(json, "architecture", json_string(config->platform.architecture));
	set_text(json, "variant", config->platform.variant);
	json_object_set_new(json, "os", json_string(config->platform.os));
	json_object_set_new(json, "config", encode_run_config(config));
	json_object_set_new(json, "rootfs", encode_rootfs(config));
	if (config->history_count > 0)
		json_object_set_new(json, "history", encode_history(config));
	return json_text(json);
}
