/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the user asked for, completed by what the image says. docker's rules
 * (moby, runconfig/merge): the user's word wins, lists are joined, and an
 * entrypoint of the user's own takes the image's cmd away.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "engine/container.h"
#include "engine/spec-build.h"
#include "image/store.h"

static void complete_text(char **text, const char *from)
{
	if (is_empty(*text))
		replace_string(text, from);
}

static char *key_of(const char *entry)
{
	return xstrndup(entry, (size_t)(strchrnul(entry, '=') - entry));
}

/* The image's entries, then the user's over them; a bare KEY takes the image's away. */
static void complete_env(struct strings *env, const struct strings *image)
{
	struct strings merged = { 0 };

	strings_copy(&merged, image);
	for (size_t i = 0; i < env->count; i++) {
		auto_free char *key = key_of(env->items[i]);
		const char *value = strchr(env->items[i], '=');

		if (value)
			strings_set_value(&merged, key, value + 1);
		else
			strings_unset_value(&merged, key);
	}
	strings_release(env);
	*env = merged;
}

static void complete_labels(struct strings *labels, const struct strings *image)
{
	struct strings merged = { 0 };

	strings_copy(&merged, image);
	for (size_t i = 0; i < labels->count; i++) {
		auto_free char *key = key_of(labels->items[i]);
		const char *value = strchr(labels->items[i], '=');

		strings_set_value(&merged, key, value ? value + 1 : "");
	}
	strings_release(labels);
	*labels = merged;
}

static void complete_command(struct container_config *config, const struct image_config *image,
			     bool entrypoint_given)
{
	if (entrypoint_given)
		return;
	if (config->cmd.count == 0)
		strings_copy(&config->cmd, &image->cmd);
	strings_copy(&config->entrypoint, &image->entrypoint);
}

static bool same_path(const char *a, const char *b)
{
	size_t a_length = strlen(a);
	size_t b_length = strlen(b);

	while (a_length > 1 && a[a_length - 1] == '/')
		a_length--;
	while (b_length > 1 && b[b_length - 1] == '/')
		b_length--;
	return a_length == b_length && strncmp(a, b, a_length) == 0;
}

static bool has_mount(const struct container_config *config, const char *target)
{
	for (size_t i = 0; i < config->mount_count; i++)
		if (same_path(config->mounts[i].target, target))
			return true;
	return false;
}

/* VOLUME of the image: an anonymous volume, unless the user mounts something there. */
static int complete_volumes(struct container_config *config, const struct strings *volumes,
			    struct error *err)
{
	for (size_t i = 0; i < volumes->count; i++) {
		struct mount_request *mount;

		if (volumes->items[i][0] != '/')
			return error_set(err, ERROR_INVALID,
					 "the image's volume '%s' is no absolute path",
					 volumes->items[i]);
		if (has_mount(config, volumes->items[i]))
			continue;
		config->mounts = xrealloc_array(config->mounts, config->mount_count + 1,
						sizeof(*config->mounts));
		mount = &config->mounts[config->mount_count++];
		*mount = (struct mount_request){ .type = MOUNT_REQUEST_VOLUME };
		mount->source = xstrdup("");
		mount->target = xstrdup(volumes->items[i]);
	}
	return 0;
}

/* Without a test of the user's own, the image's; numbers left at 0 are the image's. */
static void complete_healthcheck(struct healthcheck *check, const struct healthcheck *image)
{
	if (check->test.count > 0 && strcmp(check->test.items[0], "NONE") == 0)
		return;
	if (check->test.count == 0)
		strings_copy(&check->test, &image->test);
	if (check->interval_ns == 0)
		check->interval_ns = image->interval_ns;
	if (check->timeout_ns == 0)
		check->timeout_ns = image->timeout_ns;
	if (check->start_period_ns == 0)
		check->start_period_ns = image->start_period_ns;
	if (check->start_interval_ns == 0)
		check->start_interval_ns = image->start_interval_ns;
	if (check->retries == 0)
		check->retries = image->retries;
}

static void take_layers(struct container_config *config, const struct image_config *image)
{
	free(config->layers);
	config->layer_count = image->diff_id_count;
	config->layers = xcalloc(image->diff_id_count + 1, sizeof(*config->layers));
	for (size_t i = 0; i < image->diff_id_count; i++)
		config->layers[i] = image->diff_ids[i];
}

int container_config_complete(struct container_config *config, const struct image *image,
			      bool entrypoint_given, struct error *err)
{
	const struct image_config *from = &image->config;

	complete_command(config, from, entrypoint_given);
	if (config->entrypoint.count + config->cmd.count == 0)
		return error_set(err, ERROR_USAGE, "no command specified");
	complete_env(&config->env, &from->env);
	complete_labels(&config->labels, &from->labels);
	complete_text(&config->user, from->user);
	complete_text(&config->working_dir, from->working_dir);
	complete_text(&config->stop_signal, from->stop_signal);
	complete_text(&config->platform, is_empty(from->platform.os) ? "linux" : from->platform.os);
	for (size_t i = 0; i < from->exposed_ports.count; i++)
		if (!strings_contain(&config->exposed_ports, from->exposed_ports.items[i]))
			strings_add(&config->exposed_ports, from->exposed_ports.items[i]);
	complete_healthcheck(&config->healthcheck, &from->healthcheck);
	config->image_id = image->id;
	config->image_manifest = image->manifest;
	take_layers(config, from);
	return complete_volumes(config, &from->volumes, err);
}
