/* SPDX-License-Identifier: Apache-2.0 */
/* Members of manifest lists: looked for in the store first, then at their registry. */
#include "registry/list-members.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/sha256.h"
#include "image/artifact.h"
#include "image/config.h"
#include "image/reference.h"
#include "image/store-items.h"
#include "image/store.h"

DEFINE_AUTO(image, image_free);
DEFINE_AUTO(index_edit, index_edit_free);

void list_members_release(struct list_members *members)
{
	index_edit_free(members->index);
	strings_release(&members->sources);
	strings_release(&members->local);
}

static const char *text_of(const struct buffer *buffer)
{
	return buffer->data ? buffer->data : "";
}

static int no_platform_of_ours(const struct list_members *members, struct error *err)
{
	auto_free char *text = platform_format(members->platform);

	return error_context(err, "there is no image for %s; add all with --all", text);
}

int list_members_add_local(struct list_members *members, const struct descriptor *member,
			   const char *artifact_type, struct error *err)
{
	const struct index_changes changes = { .artifact_type = artifact_type };
	char digest[DIGEST_TEXT_SIZE];

	digest_format(&member->digest, digest);
	strings_add(&members->local, digest);
	if (index_edit_add(members->index, member, err) < 0)
		return -1;
	return artifact_type ? index_edit_change(members->index, &member->digest, &changes, err) :
			       0;
}

/* Describes a manifest blob of the store. */
static int describe_blob(struct list_members *members, const struct digest *digest,
			 struct descriptor *ret_member, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_release(manifest) struct manifest manifest = { 0 };

	if (store_read_blob(members->store, digest, MANIFEST_SIZE_MAX, &text, err) < 0 ||
	    manifest_decode(text_of(&text), text.size, NULL, &manifest, err) < 0)
		return -1;
	*ret_member = (struct descriptor){
		.media_type = take_ptr(&manifest.media_type),
		.digest = *digest,
		.size = text.size,
	};
	return 0;
}

static int add_image(struct list_members *members, const struct image *image, struct error *err)
{
	auto_release(descriptor) struct descriptor member = { 0 };

	if (describe_blob(members, &image->manifest, &member, err) < 0)
		return -1;
	member.platform = image->config.platform;
	return list_members_add_local(members, &member, NULL, err);
}

/* Adds the members of `from`, or the one for this machine. `take` fetches what is needed of each. */
static int add_from_index(struct list_members *members, const struct manifest *index,
			  const struct index_edit *from,
			  int (*take)(void *argument, const struct descriptor *member,
				      struct error *err),
			  void *argument, struct error *err)
{
	const struct descriptor *chosen = NULL;

	if (!members->all) {
		chosen = manifest_choose(index, members->platform, err);
		if (!chosen)
			return no_platform_of_ours(members, err);
	}
	for (size_t i = 0; i < index->manifest_count; i++) {
		if (chosen && chosen != &index->manifests[i])
			continue;
		if (take(argument, &index->manifests[i], err) < 0 ||
		    index_edit_add_from(members->index, from, i, err) < 0)
			return -1;
	}
	return 0;
}

struct from_list {
	struct list_members *members;
	const struct store_item *list;
};

static int take_from_list(void *argument, const struct descriptor *member, struct error *err)
{
	const struct from_list *from = argument;
	char digest[DIGEST_TEXT_SIZE];
	const char *source;

	(void)err;
	digest_format(&member->digest, digest);
	source = strings_get_value(&from->list->sources, digest);
	if (source)
		strings_set_value(&from->members->sources, digest, source);
	else
		strings_add(&from->members->local, digest);
	return 0;
}

static int add_list(struct list_members *members, const struct store_item *list,
		    const struct buffer *text, struct error *err)
{
	struct from_list from = { .members = members, .list = list };
	auto_release(manifest) struct manifest index = { 0 };
	auto_of(index_edit) struct index_edit *edit = NULL;

	if (manifest_decode(text_of(text), text->size, list->document.media_type, &index, err) < 0)
		return -1;
	edit = index_edit_parse(text_of(text), text->size, err);
	return edit ? add_from_index(members, &index, edit, take_from_list, &from, err) : -1;
}

static int add_artifact(struct list_members *members, const struct store_item *artifact,
			struct error *err)
{
	auto_release(descriptor) struct descriptor member = { 0 };

	descriptor_copy(&member, &artifact->document);
	strings_release(&member.annotations);
	return list_members_add_local(members, &member, artifact->artifact_type, err);
}

/* 1 if it was there, 0 if not, -1. */
static int add_of_store(struct list_members *members, const char *name, struct error *err)
{
	auto_of(image) struct image *image = store_find(members->store, name, err);
	auto_release(store_item) struct store_item item = { 0 };
	auto_release(buffer) struct buffer text = { 0 };

	if (image)
		return add_image(members, image, err) < 0 ? -1 : 1;
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	error_release(err);
	if (store_item_read(members->store, STORE_LIST, name, &item, &text, err) == 0)
		return add_list(members, &item, &text, err) < 0 ? -1 : 1;
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	error_release(err);
	if (store_item_find(members->store, STORE_ARTIFACT, name, &item, err) == 0)
		return add_artifact(members, &item, err) < 0 ? -1 : 1;
	return err->kind == ERROR_NOT_FOUND ? 0 : -1;
}

/* One that a registry has. */
struct remote {
	struct list_members *members;
	struct registry_client *client;
	const struct reference *reference;
};

static int keep_document(const struct remote *remote, const struct digest *digest,
			 const struct buffer *text, struct error *err)
{
	auto_free char *source = reference_full(remote->reference);
	char key[DIGEST_TEXT_SIZE];

	digest_format(digest, key);
	strings_set_value(&remote->members->sources, key, source);
	return file_write(remote->members->folder, digest->hex, text_of(text), text->size, 0600,
			  FILE_VOLATILE, err);
}

/* The manifest of an index's member is fetched, so that it can be looked at and pushed. */
static int take_remote(void *argument, const struct descriptor *member, struct error *err)
{
	const struct remote *remote = argument;
	auto_release(reference) struct reference reference = { 0 };
	auto_release(descriptor) struct descriptor found = { 0 };
	auto_release(buffer) struct buffer text = { 0 };

	reference_copy(&reference, remote->reference);
	reference.digest = member->digest;
	if (registry_fetch_manifest(remote->client, &reference, &text, &found, err) < 0)
		return -1;
	if (found.size != member->size)
		return error_set(err, ERROR_INVALID,
				 "manifest sha256:%s has %llu bytes; the index says %llu",
				 member->digest.hex, (unsigned long long)found.size,
				 (unsigned long long)member->size);
	return keep_document(remote, &member->digest, &text, err);
}

/* An image's platform is told by its config. */
static int find_platform(const struct remote *remote, const struct artifact *manifest,
			 struct platform *ret_platform, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_release(image_config) struct image_config config = { 0 };

	if (registry_fetch_blob(remote->client, remote->reference->repository, &manifest->config,
				IMAGE_CONFIG_SIZE_MAX, &text, err) < 0 ||
	    image_config_decode(text_of(&text), text.size, &config, err) < 0)
		return error_context(err, "config sha256:%s", manifest->config.digest.hex);
	*ret_platform = config.platform;
	return 0;
}

static int add_remote_manifest(const struct remote *remote, const struct buffer *text,
			       struct descriptor *member, struct error *err)
{
	auto_release(artifact) struct artifact manifest = { 0 };
	struct index_changes changes = { 0 };

	if (artifact_decode(text_of(text), text->size, member->media_type, &manifest, err) < 0)
		return -1;
	if (!artifact_is_image(&manifest))
		changes.artifact_type = manifest.type;
	else if (find_platform(remote, &manifest, &member->platform, err) < 0)
		return -1;
	replace_string(&member->media_type, manifest.media_type);
	if (index_edit_add(remote->members->index, member, err) < 0 ||
	    index_edit_change(remote->members->index, &member->digest, &changes, err) < 0)
		return -1;
	return keep_document(remote, &member->digest, text, err);
}

static int add_remote_index(struct remote *remote, const struct buffer *text,
			    const struct descriptor *descriptor, struct error *err)
{
	auto_release(manifest) struct manifest index = { 0 };
	auto_of(index_edit) struct index_edit *edit = NULL;

	if (manifest_decode(text_of(text), text->size, descriptor->media_type, &index, err) < 0)
		return -1;
	edit = index_edit_parse(text_of(text), text->size, err);
	return edit ? add_from_index(remote->members, &index, edit, take_remote, remote, err) : -1;
}

static bool is_index(const struct buffer *text, const char *media_type)
{
	auto_release(artifact) struct artifact manifest = { 0 };
	auto_error ignored = { 0 };

	return artifact_decode(text_of(text), text->size, media_type, &manifest, &ignored) < 0;
}

static int add_of_registry(struct list_members *members, const char *name, struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_release(access_session) struct access_session session = { 0 };
	auto_release(descriptor) struct descriptor found = { 0 };
	auto_release(buffer) struct buffer text = { 0 };
	struct remote remote = { .members = members, .reference = &reference };

	if (reference_parse(name, &reference, err) < 0 ||
	    access_open(members->access, &reference, &session, err) < 0)
		return -1;
	remote.client = session.client;
	if (registry_fetch_manifest(session.client, &reference, &text, &found, err) < 0)
		return -1;
	if (is_index(&text, found.media_type))
		return add_remote_index(&remote, &text, &found, err);
	return add_remote_manifest(&remote, &text, &found, err);
}

int list_members_add(struct list_members *members, const char *name, struct error *err)
{
	const char *remote = skip_prefix(name, "docker://");
	const char *local = skip_prefix(name, "containers-storage:");
	int found = 0;

	if (!remote) {
		found = add_of_store(members, local ? local : name, err);
		if (found || local)
			return found > 0 ? 0 : -1;
		error_release(err);
	}
	return add_of_registry(members, remote ? remote : name, err);
}
