/* SPDX-License-Identifier: Apache-2.0 */
/* Image indexes as JSON documents that change. */
#include "image/index-edit.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "image/descriptor.h"

struct index_edit {
	json_t *document;
	json_t *members;	/* borrowed from it */
};

void index_edit_free(struct index_edit *edit)
{
	if (!edit)
		return;
	json_decref(edit->document);
	free(edit);
}

struct index_edit *index_edit_new(void)
{
	struct index_edit *edit = xcalloc(1, sizeof(*edit));

	edit->document = json_object();
	edit->members = json_array();
	json_object_set_new(edit->document, "schemaVersion", json_integer(2));
	json_object_set_new(edit->document, "mediaType", json_string(MEDIA_TYPE_OCI_INDEX));
	json_object_set_new(edit->document, "manifests", edit->members);
	return edit;
}

struct index_edit *index_edit_parse(const char *data, size_t size, struct error *err)
{
	auto_release(manifest) struct manifest checked = { 0 };
	struct index_edit *edit;

	if (manifest_decode(data, size, NULL, &checked, err) < 0)
		return NULL;
	if (checked.kind != MANIFEST_INDEX) {
		error_set(err, ERROR_INVALID, "it is not an index");
		return NULL;
	}
	edit = xcalloc(1, sizeof(*edit));
	edit->document = json_parse(data, size, "index", err);
	edit->members = json_object_get(edit->document, "manifests");
	return edit;
}

void index_changes_release(struct index_changes *changes)
{
	strings_release(&changes->os_features);
	strings_release(&changes->features);
	strings_release(&changes->annotations);
}

size_t index_edit_count(const struct index_edit *edit)
{
	return json_array_size(edit->members);
}

/* The index of the member `digest`, or the count. */
static size_t find(const struct index_edit *edit, const struct digest *digest)
{
	char text[DIGEST_TEXT_SIZE];
	size_t i;

	digest_format(digest, text);
	for (i = 0; i < json_array_size(edit->members); i++) {
		const json_t *member = json_array_get(edit->members, i);
		const char *its = json_string_value(json_object_get(member, "digest"));

		if (its && strcmp(its, text) == 0)
			break;
	}
	return i;
}

bool index_edit_has(const struct index_edit *edit, const struct digest *digest)
{
	return find(edit, digest) < json_array_size(edit->members);
}

static int no_member(const struct digest *digest, struct error *err)
{
	return error_set(err, ERROR_NOT_FOUND, "the manifest list has no sha256:%s", digest->hex);
}

/* `json` is stolen. One that is there already keeps its place. */
static int add_json(struct index_edit *edit, json_t *json, struct error *err)
{
	size_t count = json_array_size(edit->members);

	for (size_t i = 0; i < count; i++) {
		const json_t *member = json_array_get(edit->members, i);

		if (json_equal(json_object_get(member, "digest"),
			       json_object_get(json, "digest")) &&
		    json_equal(json_object_get(member, "platform"),
			       json_object_get(json, "platform"))) {
			json_array_set_new(edit->members, i, json);
			return 0;
		}
	}
	if (count >= INDEX_MANIFESTS_MAX) {
		json_decref(json);
		return error_set(err, ERROR_INVALID, "more than %d manifests in one list",
				 INDEX_MANIFESTS_MAX);
	}
	json_array_append_new(edit->members, json);
	return 0;
}

int index_edit_add(struct index_edit *edit, const struct descriptor *member, struct error *err)
{
	return add_json(edit, descriptor_encode(member), err);
}

int index_edit_add_from(struct index_edit *edit, const struct index_edit *from, size_t at,
			struct error *err)
{
	return add_json(edit, json_deep_copy(json_array_get(from->members, at)), err);
}

int index_edit_remove(struct index_edit *edit, const struct digest *digest, struct error *err)
{
	bool found = false;

	while (index_edit_has(edit, digest)) {
		json_array_remove(edit->members, find(edit, digest));
		found = true;
	}
	return found ? 0 : no_member(digest, err);
}

static void set_text(json_t *object, const char *key, const char *value)
{
	if (value)
		json_object_set_new(object, key, json_string(value));
}

static void set_list(json_t *object, const char *key, const struct strings *list)
{
	if (list->count > 0)
		json_object_set_new(object, key, json_from_strings(list));
}

static void change_platform(json_t *member, const struct index_changes *changes)
{
	json_t *platform = json_object_get(member, "platform");

	if (!changes->os && !changes->architecture && !changes->variant && !changes->os_version &&
	    changes->os_features.count == 0 && changes->features.count == 0)
		return;
	if (!json_is_object(platform)) {
		platform = json_object();
		json_object_set_new(member, "platform", platform);
		set_text(platform, "architecture", "");
		set_text(platform, "os", "linux");
	}
	set_text(platform, "architecture", changes->architecture);
	set_text(platform, "os", changes->os);
	set_text(platform, "os.version", changes->os_version);
	set_list(platform, "os.features", &changes->os_features);
	set_text(platform, "variant", changes->variant);
	set_list(platform, "features", &changes->features);
}

static int change_annotations(json_t *object, const struct strings *changes, struct error *err)
{
	auto_release(strings) struct strings merged = { 0 };

	if (changes->count == 0)
		return 0;
	if (json_to_map(json_object_get(object, "annotations"), "annotations", &merged, err) < 0)
		return -1;
	for (size_t i = 0; i < changes->count; i++) {
		const char *equals = strchrnul(changes->items[i], '=');
		auto_free char *key = xstrndup(changes->items[i],
					       (size_t)(equals - changes->items[i]));

		if (*equals == '=' && equals[1])
			strings_set_value(&merged, key, equals + 1);
		else
			strings_unset_value(&merged, key);
	}
	strings_sort(&merged);
	json_object_del(object, "annotations");
	if (merged.count > 0)
		json_object_set_new(object, "annotations", json_from_map(&merged));
	return 0;
}

static int change_index(struct index_edit *edit, const struct index_changes *changes,
			struct error *err)
{
	set_text(edit->document, "artifactType", changes->artifact_type);
	if (changes->subject)
		json_object_set_new(edit->document, "subject",
				    descriptor_encode(changes->subject));
	return change_annotations(edit->document, &changes->annotations, err);
}

int index_edit_change(struct index_edit *edit, const struct digest *digest,
		      const struct index_changes *changes, struct error *err)
{
	json_t *member;

	if (!digest)
		return change_index(edit, changes, err);
	if (!index_edit_has(edit, digest))
		return no_member(digest, err);
	member = json_array_get(edit->members, find(edit, digest));
	change_platform(member, changes);
	set_text(member, "artifactType", changes->artifact_type);
	return change_annotations(member, &changes->annotations, err);
}

void index_edit_replace(struct index_edit *edit, const struct digest *from,
			const struct descriptor *to)
{
	auto_json json_t *fresh = descriptor_encode(to);
	size_t at = find(edit, from);
	json_t *member = json_array_get(edit->members, at);

	if (!member)
		return;
	json_object_set(member, "mediaType", json_object_get(fresh, "mediaType"));
	json_object_set(member, "digest", json_object_get(fresh, "digest"));
	json_object_set(member, "size", json_object_get(fresh, "size"));
}

bool index_edit_subject(const struct index_edit *edit, struct descriptor *ret_subject)
{
	auto_error ignored = { 0 };

	return descriptor_decode(json_object_get(edit->document, "subject"), ret_subject,
				 &ignored) == 0;
}

/* What docker's list has no place for. */
static int check_docker_member(const json_t *member, struct error *err)
{
	const char *type = json_string_value(json_object_get(member, "mediaType"));

	if (json_object_get(member, "artifactType"))
		return error_set(err, ERROR_UNSUPPORTED,
				 "docker's form of a manifest list cannot hold artifacts");
	if (!type || strcmp(type, MEDIA_TYPE_DOCKER_MANIFEST) != 0)
		return error_set(err, ERROR_UNSUPPORTED, "docker's form of a manifest list cannot "
				 "hold a manifest of OCI's form (%s)", type ? type : "no type");
	return 0;
}

int index_edit_set_docker(struct index_edit *edit, bool docker, struct error *err)
{
	size_t i;
	json_t *member;

	json_object_set_new(edit->document, "mediaType",
			    json_string(docker ? MEDIA_TYPE_DOCKER_INDEX : MEDIA_TYPE_OCI_INDEX));
	if (!docker)
		return 0;
	json_object_del(edit->document, "annotations");
	json_object_del(edit->document, "artifactType");
	json_object_del(edit->document, "subject");
	json_array_foreach(edit->members, i, member) {
		if (check_docker_member(member, err) < 0)
			return -1;
		json_object_del(member, "annotations");
	}
	return 0;
}

char *index_edit_text(const struct index_edit *edit)
{
	return json_text(edit->document);
}
