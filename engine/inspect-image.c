/* SPDX-License-Identifier: Apache-2.0 */
/* An image as docker's API shows it: GET /images/{name}/json. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
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

/* Where the layers' trees are, top first. */
static json_t *inspect_graph_driver(const struct engine *engine, const struct image_config *config)
{
	auto_release(strings) struct strings trees = { 0 };
	auto_free char *joined = NULL;

	for (size_t i = config->diff_id_count; i > 0; i--)
		strings_addf(&trees, "%s/layers/%s/tree", engine->root_path,
			     config->diff_ids[i - 1].hex);
	joined = strings_join(&trees, ":");
	return json_pack("{s:s, s:{s:o}}", "Name", "overlay2", "Data", "LowerDir",
			 inspect_text(joined));
}

json_t *image_inspect(struct engine *engine, const struct image *image, struct error *err)
{
	const struct image_config *config = &image->config;
	json_t *json = json_object();

	(void)err;
	json_object_set_new(json, "Id", inspect_digest(&image->id));
	json_object_set_new(json, "RepoTags", inspect_names(&image->names));
	json_object_set_new(json, "RepoDigests", inspect_names(&image->digests));
	json_object_set_new(json, "Comment", json_string(""));
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
	return json;
}
