/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests of artifacts, as JSON. */
#include "image/artifact.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "image/descriptor.h"

void artifact_release(struct artifact *artifact)
{
	free(artifact->media_type);
	free(artifact->type);
	descriptor_release(&artifact->config);
	for (size_t i = 0; i < artifact->file_count; i++)
		descriptor_release(&artifact->files[i]);
	free(artifact->files);
	strings_release(&artifact->annotations);
	descriptor_release(&artifact->subject);
	*artifact = (struct artifact){ 0 };
}

void artifact_add_file(struct artifact *artifact, const struct descriptor *file)
{
	artifact->files = xrealloc_array(artifact->files, artifact->file_count + 1,
					 sizeof(*artifact->files));
	artifact->files[artifact->file_count] = (struct descriptor){ 0 };
	descriptor_copy(&artifact->files[artifact->file_count++], file);
}

void artifact_set_empty_config(struct artifact *artifact)
{
	struct descriptor empty = {
		.media_type = (char *)MEDIA_TYPE_EMPTY,
		.digest = { .hex = EMPTY_CONFIG_HEX },
		.size = strlen(EMPTY_CONFIG_TEXT),
	};

	descriptor_copy(&artifact->config, &empty);
}

/* Its media type as a new string. What is none, or says that it is something else, is refused
 * (R10). */
static char *check_document(const json_t *json, const char *served, struct error *err)
{
	const char *type = json_string_value(json_object_get(json, "mediaType"));
	const char *told = type ? type : served;
	auto_free char *shown = printable(told ? told : "");

	if (!json_is_object(json) || json_object_get(json, "manifests") ||
	    json_object_get(json, "fsLayers"))
		error_set(err, ERROR_UNSUPPORTED, "it is not a manifest, but an index or something "
			  "else");
	else if (told && strcmp(told, MEDIA_TYPE_OCI_MANIFEST) != 0 &&
		 strcmp(told, MEDIA_TYPE_DOCKER_MANIFEST) != 0)
		error_set(err, ERROR_UNSUPPORTED, "a document of type '%s' is no manifest", shown);
	else if (type && served && strcmp(type, served) != 0)
		error_set(err, ERROR_INVALID,
			  "the manifest says that it is something else than it came as");
	else
		return xstrdup(told ? told : MEDIA_TYPE_OCI_MANIFEST);
	return NULL;
}

static int decode_files(const json_t *layers, struct artifact *artifact, struct error *err)
{
	const json_t *layer;
	size_t i;

	if (layers && !json_is_array(layers))
		return error_set(err, ERROR_INVALID, "manifest: layers is not a list");
	if (json_array_size(layers) > ARTIFACT_FILES_MAX)
		return error_set(err, ERROR_INVALID, "manifest: more than %d layers",
				 ARTIFACT_FILES_MAX);
	artifact->files = xcalloc(json_array_size(layers) + 1, sizeof(*artifact->files));
	json_array_foreach((json_t *)layers, i, layer) {
		if (descriptor_decode(layer, &artifact->files[i], err) < 0)
			return error_context(err, "manifest: layers[%zu]", i);
		artifact->file_count++;
	}
	return 0;
}

static int decode(const json_t *json, struct artifact *artifact, struct error *err)
{
	const json_t *subject = json_object_get(json, "subject");
	const char *type = json_string_value(json_object_get(json, "artifactType"));

	if (descriptor_decode(json_object_get(json, "config"), &artifact->config, err) < 0)
		return error_context(err, "manifest: config");
	if (subject && !json_is_null(subject) &&
	    descriptor_decode(subject, &artifact->subject, err) < 0)
		return error_context(err, "manifest: subject");
	if (json_to_map(json_object_get(json, "annotations"), "annotations",
			&artifact->annotations, err) < 0)
		return error_context(err, "manifest");
	artifact->type = is_empty(type) ? xstrdup(artifact->config.media_type) : printable(type);
	return decode_files(json_object_get(json, "layers"), artifact, err);
}

int artifact_decode(const char *data, size_t size, const char *media_type,
		    struct artifact *ret_artifact, struct error *err)
{
	auto_release(artifact) struct artifact artifact = { 0 };
	auto_json json_t *json = NULL;

	if (size > MANIFEST_SIZE_MAX)
		return error_set(err, ERROR_INVALID, "manifest: larger than %zu bytes",
				 MANIFEST_SIZE_MAX);
	json = json_parse(data, size, "manifest", err);
	if (!json)
		return -1;
	artifact.media_type = check_document(json, media_type, err);
	if (!artifact.media_type || decode(json, &artifact, err) < 0)
		return -1;
	*ret_artifact = artifact;
	artifact = (struct artifact){ 0 };
	return 0;
}

char *artifact_encode(const struct artifact *artifact)
{
	auto_release(strings) struct strings annotations = { 0 };
	auto_json json_t *json = json_object();
	json_t *layers = json_array();

	strings_copy(&annotations, &artifact->annotations);
	strings_sort(&annotations);	/* the order of options does not change the digest */
	json_object_set_new(json, "schemaVersion", json_integer(2));
	json_object_set_new(json, "mediaType", json_string(MEDIA_TYPE_OCI_MANIFEST));
	json_object_set_new(json, "artifactType", json_string(artifact->type));
	json_object_set_new(json, "config", descriptor_encode(&artifact->config));
	for (size_t i = 0; i < artifact->file_count; i++)
		json_array_append_new(layers, descriptor_encode(&artifact->files[i]));
	json_object_set_new(json, "layers", layers);
	if (artifact->subject.media_type)
		json_object_set_new(json, "subject", descriptor_encode(&artifact->subject));
	if (annotations.count > 0)
		json_object_set_new(json, "annotations", json_from_map(&annotations));
	return json_text(json);
}

bool artifact_is_image(const struct artifact *artifact)
{
	return strcmp(artifact->config.media_type, MEDIA_TYPE_OCI_CONFIG) == 0 ||
	       strcmp(artifact->config.media_type, MEDIA_TYPE_DOCKER_CONFIG) == 0;
}

const struct descriptor *artifact_find_title(const struct artifact *artifact, const char *title)
{
	for (size_t i = 0; i < artifact->file_count; i++) {
		const char *its = strings_get_value(&artifact->files[i].annotations,
						    ARTIFACT_TITLE);

		if (its && strcmp(its, title) == 0)
			return &artifact->files[i];
	}
	return NULL;
}

const struct descriptor *artifact_find_digest(const struct artifact *artifact,
					      const struct digest *digest)
{
	for (size_t i = 0; i < artifact->file_count; i++)
		if (digest_equal(&artifact->files[i].digest, digest))
			return &artifact->files[i];
	return NULL;
}

const char *artifact_file_name(const struct descriptor *file)
{
	const char *title = strings_get_value(&file->annotations, ARTIFACT_TITLE);
	auto_free char *shown = NULL;

	if (is_empty(title) || strlen(title) > NAME_MAX || strchr(title, '/') ||
	    strcmp(title, ".") == 0 || strcmp(title, "..") == 0)
		return file->digest.hex;
	shown = printable(title);
	return strcmp(shown, title) == 0 ? title : file->digest.hex;
}
