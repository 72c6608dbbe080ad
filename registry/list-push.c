/* SPDX-License-Identifier: Apache-2.0 */
/* Pushing manifest lists: the members first, then the index that names them. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/sha256.h"
#include "image/artifact.h"
#include "image/store-items.h"
#include "image/store.h"
#include "registry/manifest-copy.h"
#include "registry/manifest-list-inside.h"
#include "registry/push-image.h"
#include "registry/referrers.h"

DEFINE_AUTO(image, image_free);

struct list_pushing {
	struct store *store;
	const struct list_push *push;
	struct store_item list;
	struct manifest index;
	struct index_edit *edit;	/* as it will be at the registry */
	struct access_session session;
};

static void list_pushing_release(struct list_pushing *work)
{
	store_item_release(&work->list);
	manifest_release(&work->index);
	index_edit_free(work->edit);
	access_session_release(&work->session);
}

__attribute__((format(printf, 2, 3)))
static void tell(const struct list_pushing *work, const char *format, ...)
{
	va_list arguments;
	auto_free char *line = NULL;

	if (!work->push->tell)
		return;
	va_start(arguments, format);
	line = xvasprintf(format, arguments);
	va_end(arguments);
	work->push->tell(work->push->argument, line);
}

static int load(struct list_pushing *work, struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };
	const char *data;

	if (store_item_read(work->store, STORE_LIST, work->push->list, &work->list, &text, err) < 0)
		return -1;
	data = text.data ? text.data : "";
	if (manifest_decode(data, text.size, work->list.document.media_type, &work->index, err) < 0)
		return -1;
	work->edit = index_edit_parse(data, text.size, err);
	return work->edit ? 0 : -1;
}

static int copy_member(struct list_pushing *work, const struct descriptor *member,
		       const struct reference *source, struct error *err)
{
	auto_release(reference) struct reference destination = { 0 };
	struct manifest_copy copy = {
		.store = work->store,
		.access = &work->push->access,
		.client = work->session.client,
		.destination = &destination,
		.source = source,
		.manifest = member,
		.retry = work->push->retry,
	};

	reference_copy(&destination, &work->push->destination);
	destination.digest = member->digest;
	return manifest_copy(&copy, err);
}

/* An image of the store that has lost its last name is there still, but not found: it gets an entry
 * for as long as the push takes. */
static int push_image_of_store(struct list_pushing *work, const struct descriptor *member,
			       const struct digest *id, struct error *err)
{
	auto_of(image) struct image *image = store_find(work->store, id->hex, err);
	auto_of(image) struct image *added = NULL;
	auto_release(descriptor) struct descriptor pushed = { 0 };
	struct push_request request = {
		.image = id->hex,
		.destination = { .host = work->push->destination.host,
				 .repository = work->push->destination.repository },
		.format = work->push->format,
		.compression = work->push->compression,
		.force_compression = work->push->force_compression,
		.tls = work->push->access.tls,
		.cert_dir = work->push->access.cert_dir,
		.credentials = work->push->access.credentials,
		.retry = work->push->retry,
	};
	int result;

	if (!image) {
		error_release(err);
		if (store_add_image(work->store, NULL, member, NULL, err) < 0)
			return -1;
		added = store_find(work->store, id->hex, err);
		if (!added)
			return -1;
	}
	result = push_image(work->store, &request, &pushed, err);
	if (result == 0)
		index_edit_replace(work->edit, &member->digest, &pushed);
	if (added) {
		auto_error ignored = { 0 };

		(void)store_remove(work->store, added, NULL, NULL, NULL, NULL, &ignored);
	}
	return result;
}

/* What has no source: an image or an artifact of the store. */
static int push_local(struct list_pushing *work, const struct descriptor *member,
		      struct error *err)
{
	auto_release(artifact) struct artifact manifest = { 0 };
	auto_release(buffer) struct buffer text = { 0 };

	if (store_read_blob(work->store, &member->digest, MANIFEST_SIZE_MAX, &text, err) < 0 ||
	    artifact_decode(text.data ? text.data : "", text.size, member->media_type, &manifest,
			    err) < 0)
		return -1;
	if (artifact_is_image(&manifest))
		return push_image_of_store(work, member, &manifest.config.digest, err);
	return copy_member(work, member, NULL, err);
}

static int push_member(struct list_pushing *work, const struct descriptor *member,
		       struct error *err)
{
	auto_release(reference) struct reference source = { 0 };
	auto_free char *platform = platform_format(&member->platform);
	char digest[DIGEST_TEXT_SIZE];
	const char *name;
	int result;

	digest_format(&member->digest, digest);
	name = strings_get_value(&work->list.sources, digest);
	tell(work, "Copying %s%s%s", digest, member->platform.os[0] ? " " : "",
	     member->platform.os[0] ? platform : "");
	if (name && reference_parse(name, &source, err) < 0)
		return -1;
	result = name ? copy_member(work, member, &source, err) : push_local(work, member, err);
	return result < 0 ? error_context(err, "cannot push %s", digest) : 0;
}

/* For a registry that took no notice of the index's subject. */
static int add_referrer(struct list_pushing *work, const struct descriptor *index,
			struct error *err)
{
	auto_release(descriptor) struct descriptor subject = { 0 };

	if (!index_edit_subject(work->edit, &subject))
		return 0;
	return referrers_add(work->session.client, &work->push->destination, &subject.digest, index,
			     NULL, err);
}

static int push_index(struct list_pushing *work, struct digest *ret_digest, struct error *err)
{
	bool docker = work->push->format == PUSH_FORMAT_DOCKER;
	struct descriptor index = { .media_type = work->list.document.media_type };
	auto_free char *text = NULL;
	bool subject_seen = false;

	if (work->push->format != PUSH_FORMAT_KEEP) {
		if (index_edit_set_docker(work->edit, docker, err) < 0)
			return -1;
		index.media_type = docker ? (char *)MEDIA_TYPE_DOCKER_INDEX :
					    (char *)MEDIA_TYPE_OCI_INDEX;
	}
	text = index_edit_text(work->edit);
	index.size = strlen(text);
	sha256_hex(text, strlen(text), index.digest.hex);
	tell(work, "Writing the manifest list");
	if (registry_upload_manifest(work->session.client, &work->push->destination,
				     index.media_type, text, strlen(text), &subject_seen,
				     err) < 0 ||
	    (!subject_seen && add_referrer(work, &index, err) < 0))
		return -1;
	*ret_digest = index.digest;
	return 0;
}

int list_push(struct store *store, const struct list_push *push, struct digest *ret_digest,
	      struct error *err)
{
	auto_release(list_pushing) struct list_pushing work = { .store = store, .push = push };

	if (load(&work, err) < 0 ||
	    access_open(&push->access, &push->destination, &work.session, err) < 0)
		return -1;
	for (size_t i = 0; push->all && i < work.index.manifest_count; i++)
		if (push_member(&work, &work.index.manifests[i], err) < 0)
			return -1;
	return push_index(&work, ret_digest, err);
}
