/* SPDX-License-Identifier: Apache-2.0 */
/* Artifacts from registries, to registries, and out of the store; see registry/artifact.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "image/artifact.h"
#include "image/store-items.h"
#include "image/store.h"
#include "registry/artifact-files.h"
#include "registry/artifact-inside.h"
#include "registry/manifest-copy.h"
#include "registry/referrers.h"
#include "registry/trust.h"

#define PARALLEL 4

struct artifact_pulling {
	struct store *store;
	const struct reference *reference;
	struct access_session session;
	struct store_staging staging;
	struct artifact artifact;
	size_t next;			/* what to fetch: 0 is the config, then come the files */
	struct error failure;		/* the first one */
};

static void artifact_pulling_release(struct artifact_pulling *work)
{
	access_session_release(&work->session);
	store_staging_release(&work->staging);
	artifact_release(&work->artifact);
	error_release(&work->failure);
}

static bool is_in_store(struct store *store, const struct descriptor *blob)
{
	auto_error ignored = { 0 };
	uint64_t size = 0;
	auto_fd int file = store_open_blob(store, &blob->digest, &size, &ignored);

	return file >= 0 && size == blob->size;
}

static int add_next(struct artifact_pulling *work, struct error *err);

static void file_done(void *argument, struct error *failure)
{
	struct artifact_pulling *work = argument;
	auto_error problem = { 0 };

	if (work->failure.kind != ERROR_NONE)
		return;
	if (failure->kind != ERROR_NONE)
		error_move(&work->failure, failure);
	else if (add_next(work, &problem) < 0)
		error_move(&work->failure, &problem);
	if (work->failure.kind != ERROR_NONE)
		registry_transfers_cancel(work->session.client);
}

/* 1 if it is on its way now, 0 if that is not needed, -1. */
static int add_transfer(struct artifact_pulling *work, const struct descriptor *blob,
			struct error *err)
{
	auto_fd int file = -1;
	struct registry_transfer transfer = {
		.blob = blob,
		.receiver = -1,
		.done = file_done,
		.argument = work,
	};

	if (is_in_store(work->store, blob))
		return 0;
	file = openat(work->staging.folder, blob->digest.hex,
		      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0 && errno == EEXIST)	/* the same file under two titles */
		return 0;
	if (file < 0)
		return error_errno(err, "cannot write into the store");
	transfer.fd = take_fd(&file);
	return registry_transfer_add(work->session.client, work->reference->repository, &transfer,
				     err) < 0 ? -1 : 1;
}

/* Few at a time, since each holds a descriptor: the config, then the files. */
static int add_next(struct artifact_pulling *work, struct error *err)
{
	const struct artifact *artifact = &work->artifact;
	int added = 0;

	while (added == 0 && work->next <= artifact->file_count) {
		const struct descriptor *blob = work->next ? &artifact->files[work->next - 1] :
							     &artifact->config;

		work->next++;
		added = add_transfer(work, blob, err);
	}
	return added < 0 ? -1 : 0;
}

static int fetch_files(struct artifact_pulling *work, struct error *err)
{
	for (int i = 0; i < PARALLEL; i++)
		if (add_next(work, err) < 0)
			return -1;
	if (registry_transfers_run(work->session.client, PARALLEL, err) < 0)
		return -1;
	if (work->failure.kind == ERROR_NONE)
		return 0;
	error_move(err, &work->failure);
	return -1;
}

static int fetch_manifest(struct artifact_pulling *work, struct descriptor *ret_document,
			  struct error *err)
{
	auto_release(buffer) struct buffer text = { 0 };
	struct digest digest;

	if (registry_fetch_manifest(work->session.client, work->reference, &text, ret_document,
				    err) < 0 ||
	    artifact_decode(text.data ? text.data : "", text.size, ret_document->media_type,
			    &work->artifact, err) < 0)
		return -1;
	replace_string(&ret_document->media_type, work->artifact.media_type);
	if (artifact_is_image(&work->artifact))
		return error_set(err, ERROR_UNSUPPORTED, "it is a container image, and no "
				 "artifact; use 'proa pull'");
	return artifact_take_text(work->staging.folder, text.data, &digest, err);
}

/* The same policy as for images: what comes later is used only by the digest that is judged here. */
static int check_trust(struct artifact_pulling *work, const struct descriptor *document,
		       struct error *err)
{
	const struct trust_request request = { 0 };
	const struct trust_subject subject = {
		.reference = work->reference,
		.place = work->reference,
		.image = document->digest,
	};

	return trust_check(work->session.client, &request, &subject, err);
}

static int put_pulled(struct artifact_pulling *work, const struct descriptor *document,
		      struct error *err)
{
	auto_release(store_item) struct store_item item = { .kind = STORE_ARTIFACT };
	const struct store_item_change change = {
		.item = &item,
		.blobs = work->staging.folder,
	};

	descriptor_copy(&item.document, document);
	item.artifact_type = xstrdup(work->artifact.type);
	item.repository = reference_name_full(work->reference);
	if (!digest_is_set(&work->reference->digest))
		item.name = reference_full(work->reference);
	return store_item_put(work->store, &change, err);
}

int artifact_pull(struct store *store, const struct registry_access *access,
		  const struct reference *reference, struct digest *ret_digest, struct error *err)
{
	auto_release(artifact_pulling) struct artifact_pulling work = {
		.store = store,
		.reference = reference,
		.staging = { .folder = -1, .lock = -1 },
	};
	auto_release(descriptor) struct descriptor document = { 0 };

	store_sweep(store);
	if (access_open(access, reference, &work.session, err) < 0 ||
	    store_stage(store, "artifact", &work.staging, err) < 0 ||
	    fetch_manifest(&work, &document, err) < 0 ||
	    check_trust(&work, &document, err) < 0 || fetch_files(&work, err) < 0 ||
	    put_pulled(&work, &document, err) < 0)
		return -1;
	*ret_digest = document.digest;
	return 0;
}

int artifact_push(struct store *store, const struct artifact_push *push,
		  struct digest *ret_digest, struct error *err)
{
	auto_release(access_session) struct access_session session = { 0 };
	auto_release(store_item) struct store_item item = { 0 };
	struct manifest_copy copy = {
		.store = store,
		.access = &push->access,
		.destination = &push->destination,
		.manifest = &item.document,
		.retry = push->retry,
	};

	if (store_item_find(store, STORE_ARTIFACT, push->artifact, &item, err) < 0 ||
	    access_open(&push->access, &push->destination, &session, err) < 0)
		return -1;
	copy.client = session.client;
	if (manifest_copy(&copy, err) < 0)
		return -1;
	*ret_digest = item.document.digest;
	return 0;
}

int artifact_referrers(const struct registry_access *access, const struct reference *reference,
		       struct buffer *index, struct error *err)
{
	auto_release(access_session) struct access_session session = { 0 };
	auto_release(descriptor) struct descriptor subject = { 0 };
	auto_release(buffer) struct buffer text = { 0 };

	if (access_open(access, reference, &session, err) < 0 ||
	    registry_fetch_manifest(session.client, reference, &text, &subject, err) < 0)
		return -1;
	return referrers_fetch(session.client, reference, &subject.digest, index, err);
}

int artifact_extract(struct store *store, const struct descriptor *file, int to,
		     struct error *err)
{
	uint64_t size = 0;
	auto_fd int from = store_open_blob(store, &file->digest, &size, err);

	return from < 0 ? -1 : artifact_copy_checked(from, to, file, err);
}
