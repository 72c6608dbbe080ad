/* SPDX-License-Identifier: Apache-2.0 */
/* An image as docker's API shows it: GET /images/{name}/json. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "engine/engine.h"
#include "engine/inspect-parts.h"
#include "engine/inspect.h"
#include "image/reference.h"
#include "image/store.h"

/* References as users know them: without docker.io/ and library/. */
static json_t *inspect_names(const struct strings *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < names->count; i++) {
		auto_release(reference) struct reference reference = { 0 };
		auto_error malformed = { 0 };
		auto_free char *text = NULL;

		if (reference_parse(names->items[i], &reference, &malformed) < 0)
			continue;
		text = reference_familiar(&reference);
		json_array_append_new(list, inspect_text(text));
	}
	return list;
}

static json_t *inspect_image_config(const struct image_config *config)
{
	json_t *json = json_object();

	if (config->user && *config->user)
		json_object_set_new(json, "User", inspect_text(config->user));
	if (config->exposed_ports.count > 0)
		json_object_set_new(json, "ExposedPorts", inspect_set(&config->exposed_ports));
	json_object_set_new(json, "Env", json_from_strings(&config->env));
	json_object_set_new(json, "Entrypoint", inspect_list_or_null(&config->entrypoint));
	json_object_set_new(json, "Cmd", inspect_list_or_null(&config->cmd));
	if (config->healthcheck.test.count > 0)
		json_object_set_new(json, "Healthcheck",
				    inspect_healthcheck(&config->healthcheck));
	json_object_set_new(json, "Volumes",
			    config->volumes.count ? inspect_set(&config->volumes) : json_null());
	json_object_set_new(json, "WorkingDir", inspect_text(config->working_dir));
	json_object_set_new(json, "OnBuild", inspect_list_or_null(&config->on_build));
	json_object_set_new(json, "Labels",
			    config->labels.count ? json_from_map(&config->labels) : json_null());
	if (config->stop_signal && *config->stop_signal)
		json_object_set_new(json, "StopSignal", inspect_text(config->stop_signal));
	if (config->shell.count > 0)
		json_object_set_new(json, "Shell", json_from_strings(&config->shell));
	return json;
}

static json_t *inspect_rootfs(const struct image_config *config)
{
	json_t *layers = json_array();

	for (size_t i = 0; i < config->diff_id_count; i++)
		json_array_append_new(layers, inspect_digest(&config->diff_ids[i]));
	return json_pack("{s:s, s:o}", "Type", "layers", "Layers", layers);
}

/* The path of a layer's tree, in whichever store it is; NULL when it is missing. New string. */
static char *tree_path(struct engine *engine, const struct digest *diff_id)
{
	auto_error missing = { 0 };
	auto_fd int layer = store_open_layer(engine->store, diff_id, &missing);
	auto_free char *folder = NULL;
	char self[sizeof("/proc/self/fd/") + 12];

	if (layer < 0)
		return NULL;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", layer);
	folder = link_read(AT_FDCWD, self, &missing);
	return folder ? xasprintf("%s/tree", folder) : NULL;
}

/* As docker has it: the topmost layer's tree, and those below it from top to bottom. */
static json_t *inspect_graph_driver(struct engine *engine, const struct image_config *config)
{
	auto_release(strings) struct strings trees = { 0 };
	auto_free char *upper = NULL;
	auto_free char *lower = NULL;
	json_t *data = json_object();

	for (size_t i = config->diff_id_count; i > 0; i--) {
		char *tree = tree_path(engine, &config->diff_ids[i - 1]);

		if (i == config->diff_id_count)
			upper = tree;
		else if (tree)
			strings_take(&trees, tree);
	}
	lower = strings_join(&trees, ":");
	if (trees.count > 0)
		json_object_set_new(data, "LowerDir", inspect_text(lower));
	if (upper)
		json_object_set_new(data, "UpperDir", inspect_text(upper));
	return json_pack("{s:s, s:o}", "Name", "overlay2", "Data", data);
}

static json_t *inspect_history(const struct image_config *config)
{
	json_t *list = json_array();

	for (size_t i = 0; i < config->history_count; i++) {
		const struct image_history *step = &config->history[i];
		json_t *json = json_object();

		if (step->created)
			json_object_set_new(json, "created", inspect_text(step->created));
		if (step->created_by)
			json_object_set_new(json, "created_by", inspect_text(step->created_by));
		if (step->author)
			json_object_set_new(json, "author", inspect_text(step->author));
		if (step->comment)
			json_object_set_new(json, "comment", inspect_text(step->comment));
		if (step->empty_layer)
			json_object_set_new(json, "empty_layer", json_true());
		json_array_append_new(list, json);
	}
	return list;
}

/* What the manifest tells: its descriptor, which the registry knows it by, and its annotations. */
static void add_manifest(json_t *json, struct engine *engine, const struct image *image)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_release(manifest) struct manifest manifest = { 0 };
	auto_error ignored = { 0 };

	if (store_read_blob(engine->store, &image->manifest, MANIFEST_SIZE_MAX, &text, &ignored) < 0 ||
	    manifest_decode(text.data ? text.data : "", text.size, NULL, &manifest, &ignored) < 0)
		return;
	json_object_set_new(json, "Descriptor",
			    json_pack("{s:o, s:o, s:I}", "mediaType",
				      inspect_text(manifest.media_type), "digest",
				      inspect_digest(&image->manifest), "size",
				      (json_int_t)text.size));
	json_object_set_new(json, "ManifestType", inspect_text(manifest.media_type));
	json_object_set_new(json, "Annotations", json_from_map(&manifest.annotations));
}

/* podman's fields beside docker's, for templates that were written for it. */
static void add_more(json_t *json, struct engine *engine, const struct image *image)
{
	const struct image_config *config = &image->config;

	add_manifest(json, engine, image);
	json_object_set_new(json, "Digest", inspect_digest(&image->manifest));
	json_object_set_new(json, "Parent", json_string(""));
	json_object_set_new(json, "Version", json_string(""));
	json_object_set_new(json, "VirtualSize", json_integer((json_int_t)image->size));
	json_object_set_new(json, "User", inspect_text(config->user));
	json_object_set_new(json, "Labels",
			    config->labels.count ? json_from_map(&config->labels) : json_null());
	if (config->healthcheck.test.count > 0)
		json_object_set_new(json, "HealthCheck",
				    inspect_healthcheck(&config->healthcheck));
	json_object_set_new(json, "History", inspect_history(config));
	json_object_set_new(json, "NamesHistory", inspect_names(&image->names));
	json_object_set_new(json, "ReadOnly", json_boolean(image->read_only));
}

/* docker shows what the last step said. */
static json_t *inspect_comment(const struct image_config *config)
{
	size_t count = config->history_count;

	return inspect_text(count > 0 ? config->history[count - 1].comment : NULL);
}

json_t *image_inspect(struct engine *engine, const struct image *image, struct error *err)
{
	const struct image_config *config = &image->config;
	json_t *json = json_object();

	(void)err;
	json_object_set_new(json, "Id", inspect_digest(&image->id));
	json_object_set_new(json, "RepoTags", inspect_names(&image->names));
	json_object_set_new(json, "RepoDigests", inspect_names(&image->digests));
	json_object_set_new(json, "Comment", inspect_comment(config));
	json_object_set_new(json, "Created", inspect_text(config->created));
	json_object_set_new(json, "Author", inspect_text(config->author));
	json_object_set_new(json, "Config", inspect_image_config(config));
	json_object_set_new(json, "Architecture", inspect_text(config->platform.architecture));
	if (config->platform.variant[0])
		json_object_set_new(json, "Variant", inspect_text(config->platform.variant));
	json_object_set_new(json, "Os", inspect_text(config->platform.os));
	json_object_set_new(json, "Size", json_integer((json_int_t)image->size));
	json_object_set_new(json, "GraphDriver", inspect_graph_driver(engine, config));
	json_object_set_new(json, "RootFS", inspect_rootfs(config));
	json_object_set_new(json, "Metadata",
			    json_pack("{s:o}", "LastTagTime", inspect_time(image->tagged_at)));
	add_more(json, engine, image);
	return json;
}
