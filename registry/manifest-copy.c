/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blobs are mounted where the two repositories are of one registry, and streamed otherwise.
 * The manifest goes last: a registry takes it only when it has all that it names.
 */
#include "registry/manifest-copy.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "image/artifact.h"
#include "image/store-items.h"
#include "image/store.h"
#include "registry/referrers.h"
#include "registry/relay.h"

#define PARALLEL 4

/* One blob on its way. */
struct blob {
	const struct manifest_copy *copy;
	const struct descriptor *descriptor;
	struct relay relay;
	struct blob_copies *all;
};

struct blob_copies {
	struct uploads *uploads;
	struct blob *items;
	size_t count;
	struct error failure;
};

static void blob_copies_release(struct blob_copies *copies)
{
	uploads_free(copies->uploads);
	for (size_t i = 0; i < copies->count; i++)
		relay_release(&copies->items[i].relay);
	free(copies->items);
	error_release(&copies->failure);
}

static bool is_same_registry(const struct manifest_copy *copy)
{
	return copy->source && strcmp(copy->source->host, copy->destination->host) == 0;
}

static int open_blob(void *argument, int *ret_fd, struct error *err)
{
	struct blob *blob = argument;
	const struct manifest_copy *copy = blob->copy;
	/* What was given for the destination is not for others (R10). */
	const struct credential_sources credentials = {
		.given = is_same_registry(copy) ? copy->access->credentials.given : NULL,
		.auth_file = copy->access->credentials.auth_file,
	};
	uint64_t size;

	if (copy->source) {
		relay_release(&blob->relay);
		return relay_start(copy->source, blob->descriptor, &credentials, &blob->relay, ret_fd,
				   err);
	}
	*ret_fd = store_open_blob(copy->store, &blob->descriptor->digest, &size, err);
	return *ret_fd < 0 ? -1 : 0;
}

static int finish_blob(void *argument, struct digest *ret_digest, struct error *err)
{
	struct blob *blob = argument;

	(void)ret_digest;	/* known before; the download has checked it, and the registry does */
	return blob->copy->source ? relay_finish(&blob->relay, err) : 0;
}

static void blob_done(void *argument, const struct registry_upload *upload,
		      struct error *failure)
{
	struct blob *blob = argument;

	(void)upload;
	relay_release(&blob->relay);
	if (failure->kind == ERROR_NONE || blob->all->failure.kind != ERROR_NONE)
		return;
	error_move(&blob->all->failure, failure);
	error_context(&blob->all->failure, "blob sha256:%.12s", blob->descriptor->digest.hex);
	uploads_cancel(blob->all->uploads);
}

static bool is_queued(const struct blob_copies *copies, const struct digest *digest)
{
	for (size_t i = 0; i < copies->count; i++)
		if (digest_equal(&copies->items[i].descriptor->digest, digest))
			return true;
	return false;
}

static void queue(const struct manifest_copy *copy, struct blob_copies *copies,
		  const struct descriptor *descriptor, const struct strings *mount_from)
{
	struct blob *blob = &copies->items[copies->count];
	const struct registry_upload upload = {
		.repository = copy->destination->repository,
		.digest = descriptor->digest,
		.size = descriptor->size,
		.mount_from = mount_from,
		.open = open_blob,
		.finish = finish_blob,
		.done = blob_done,
		.argument = blob,
	};

	if (is_queued(copies, &descriptor->digest))
		return;
	*blob = (struct blob){
		.copy = copy,
		.descriptor = descriptor,
		.relay = RELAY_NONE,
		.all = copies,
	};
	copies->count++;
	uploads_add(copies->uploads, &upload);
}

static int copy_blobs(const struct manifest_copy *copy, const struct artifact *manifest,
		      struct error *err)
{
	auto_release(blob_copies) struct blob_copies copies = { 0 };
	auto_release(strings) struct strings mount_from = { 0 };

	if (is_same_registry(copy))
		strings_add(&mount_from, copy->source->repository);
	/* First one question alone: it finds out whether the registry speaks TLS, and whether we may. */
	if (registry_blob_exists(copy->client, copy->destination->repository,
				 &manifest->config.digest, err) < 0)
		return -1;
	copies.uploads = uploads_new(copy->client, &copy->retry);
	copies.items = xcalloc(manifest->file_count + 1, sizeof(*copies.items));
	for (size_t i = 0; i < manifest->file_count; i++)
		queue(copy, &copies, &manifest->files[i], &mount_from);
	queue(copy, &copies, &manifest->config, &mount_from);
	if (uploads_run(copies.uploads, PARALLEL, err) < 0)
		return -1;
	if (copies.failure.kind == ERROR_NONE)
		return 0;
	error_move(err, &copies.failure);
	return -1;
}

/* Whether the destination has that very manifest: then it has the blobs too. */
static bool is_there(const struct manifest_copy *copy)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_release(descriptor) struct descriptor found = { 0 };
	auto_release(buffer) struct buffer text = { 0 };
	auto_error ignored = { 0 };

	reference_copy(&reference, copy->destination);
	if (!digest_is_set(&reference.digest))
		return false;
	return registry_fetch_manifest(copy->client, &reference, &text, &found, &ignored) == 0;
}

static int add_referrer(const struct manifest_copy *copy, const struct artifact *manifest,
			struct error *err)
{
	auto_release(descriptor) struct descriptor referrer = { 0 };

	referrer.media_type = xstrdup(manifest->media_type);
	referrer.digest = copy->manifest->digest;
	referrer.size = copy->manifest->size;
	strings_copy(&referrer.annotations, &manifest->annotations);
	return referrers_add(copy->client, copy->destination, &manifest->subject.digest, &referrer,
			     manifest->type, err);
}

int manifest_copy(const struct manifest_copy *copy, struct error *err)
{
	auto_release(artifact) struct artifact manifest = { 0 };
	auto_release(buffer) struct buffer text = { 0 };
	bool subject_seen = false;
	const char *data;

	if (is_there(copy))
		return 0;
	if (store_read_blob(copy->store, &copy->manifest->digest, MANIFEST_SIZE_MAX, &text,
			    err) < 0)
		return -1;
	data = text.data ? text.data : "";
	if (artifact_decode(data, text.size, copy->manifest->media_type, &manifest, err) < 0)
		return error_context(err, "manifest sha256:%s", copy->manifest->digest.hex);
	if (copy_blobs(copy, &manifest, err) < 0 ||
	    registry_upload_manifest(copy->client, copy->destination, manifest.media_type, data,
				     text.size, &subject_seen, err) < 0)
		return -1;
	return manifest.subject.media_type && !subject_seen ? add_referrer(copy, &manifest, err) :
							      0;
}
