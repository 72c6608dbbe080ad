/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layers of a push. Each has a list of forms: the one that the manifest names, others that
 * were seen (a registry may have them: nothing is sent then), and last the one that is made
 * now. They are tried in this order until the destination has one.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/strings.h"
#include "registry/push-internal.h"

#define PARALLEL_DEFAULT 4
#define PARALLEL_MAX 64

static void tell(const struct push_layer *layer, enum push_step step, uint64_t done,
		 const char *text)
{
	const struct push *push = layer->push;
	const struct push_form *form = layer->forms ? &layer->forms[layer->form] : NULL;
	struct push_event event = {
		.step = step,
		.digest = layer->diff_id,
		.layer = layer->index,
		.layer_count = (unsigned int)push->layer_count,
		.done = done,
		.total = form && digest_is_set(&form->blob.digest) ? form->blob.size : 0,
		.text = text,
	};

	if (push->request->progress)
		push->request->progress(push->request->argument, &event);
}

static bool is_wanted(const struct push *push, enum layer_compression compression)
{
	const struct push_request *request = push->request;

	if (!layer_media_type(push->family, compression) && push->other_family)
		return false;
	return request->compression == LAYER_PLAIN || !request->force_compression ||
	       request->compression == compression;
}

static void add_form(struct push_layer *layer, const struct layer_blob *blob, bool original)
{
	struct push_form *form;

	layer->forms = xrealloc_array(layer->forms, layer->form_count + 1, sizeof(*layer->forms));
	form = &layer->forms[layer->form_count++];
	*form = (struct push_form){ .original = original };
	layer_blob_copy(&form->blob, blob);
}

/* The form that the manifest names. A plain tar that no registry is known to have is what images
 * made here are described by: those are compressed. */
static void add_described(struct push_layer *layer, const struct descriptor *described,
			  enum layer_compression compression, const struct layer_blobs *known)
{
	const struct push *push = layer->push;
	const struct layer_blob *seen = layer_blobs_find(known, &described->digest);
	struct layer_blob blob = { .digest = described->digest, .size = described->size,
				   .media_type = described->media_type };

	if (seen)
		blob.sources = seen->sources;	/* borrowed for the call */
	if (!is_wanted(push, compression) ||
	    (compression == LAYER_PLAIN && (blob.sources.count == 0 || push->other_family)))
		return;
	add_form(layer, &blob, !push->other_family);
}

static void add_known(struct push_layer *layer, const struct descriptor *described,
		      const struct layer_blobs *known)
{
	for (size_t i = 0; i < known->count; i++) {
		const struct layer_blob *blob = &known->items[i];
		enum layer_compression compression;
		auto_error ignored = { 0 };

		if (layer_media_type_parse(blob->media_type, &compression, &ignored) == 0 &&
		    compression != LAYER_PLAIN && is_wanted(layer->push, compression) &&
		    layer_media_type(layer->push->family, compression) &&
		    !digest_equal(&blob->digest, &described->digest))
			add_form(layer, blob, false);
	}
}

static void choose_compression(struct push_layer *layer, enum layer_compression described)
{
	const struct push *push = layer->push;

	layer->compression = push->request->compression;
	if (layer->compression == LAYER_PLAIN)
		layer->compression = described;
	if (layer->compression == LAYER_PLAIN ||
	    !layer_media_type(push->family, layer->compression))
		layer->compression = LAYER_GZIP;
}

static int prepare_layer(struct push_layer *layer, const struct descriptor *described,
			 struct error *err)
{
	auto_release(layer_blobs) struct layer_blobs known = { 0 };
	const struct layer_blob now = { 0 };
	enum layer_compression compression = LAYER_PLAIN;
	auto_error ignored = { 0 };

	if (layer_media_type_parse(described->media_type, &compression, err) < 0)
		return -1;
	layer->folder = store_open_layer(layer->push->store, layer->diff_id, err);
	if (layer->folder < 0)
		return -1;
	(void)layer_blobs_read(layer->folder, &known, &ignored);	/* only hints */
	choose_compression(layer, compression);
	add_described(layer, described, compression, &known);
	add_known(layer, described, &known);
	add_form(layer, &now, false);
	return 0;
}

/* An earlier layer of the image that this one is once more, or NULL. */
static const struct push_layer *find_same(const struct push *push, size_t index)
{
	const struct descriptor *blobs = push->manifest.layers;

	for (size_t i = 0; i < index; i++) {
		if (digest_equal(push->layers[i].diff_id, push->layers[index].diff_id) &&
		    digest_equal(&blobs[i].digest, &blobs[index].digest))
			return push->layers[i].same ? push->layers[i].same : &push->layers[i];
	}
	return NULL;
}

int push_layers_prepare(struct push *push, struct error *err)
{
	size_t count = push->manifest.layer_count;

	push->layers = xcalloc(count + 1, sizeof(*push->layers));
	for (size_t i = 0; i < count; i++) {
		struct push_layer *layer = &push->layers[i];

		*layer = (struct push_layer){
			.push = push,
			.index = (unsigned int)i,
			.diff_id = &push->image->config.diff_ids[i],
			.folder = -1,
			.packer = PACKER_NONE,
			.relay = RELAY_NONE,
		};
		push->layer_count++;
		layer->same = find_same(push, i);
		if (!layer->same && prepare_layer(layer, &push->manifest.layers[i], err) < 0)
			return error_context(err, "layer sha256:%s", layer->diff_id->hex);
	}
	return 0;
}

void push_layers_release(struct push *push)
{
	for (size_t i = 0; i < push->layer_count; i++) {
		struct push_layer *layer = &push->layers[i];

		push_source_release(layer);
		auto_close_fd(&layer->folder);
		for (size_t j = 0; j < layer->form_count; j++)
			layer_blob_release(&layer->forms[j].blob);
		free(layer->forms);
		free(layer->relay_failure);
		strings_release(&layer->mounts);
		layer_blob_release(&layer->result);
	}
	free(push->layers);
}

/* The repositories of the destination's own registry among those that have the form. */
static void find_mounts(struct push_layer *layer)
{
	const struct strings *sources = &layer->forms[layer->form].blob.sources;
	auto_free char *prefix = xasprintf("%s/", layer->push->client->name);

	strings_release(&layer->mounts);
	for (size_t i = 0; i < sources->count; i++) {
		const char *repository = skip_prefix(sources->items[i], prefix);

		if (repository && strcmp(sources->items[i], layer->push->repository_full) != 0)
			strings_add(&layer->mounts, repository);
	}
}

static void layer_progress(void *argument, uint64_t sent)
{
	tell(argument, PUSH_LAYER_PROGRESS, sent, NULL);
}

static void layer_done(void *argument, const struct registry_upload *upload,
		       struct error *failure);

static void add_upload(struct push_layer *layer)
{
	const struct push_form *form = &layer->forms[layer->form];
	struct registry_upload upload = {
		.repository = layer->push->place->repository,
		.digest = form->blob.digest,
		.size = digest_is_set(&form->blob.digest) ? form->blob.size : UPLOAD_SIZE_UNKNOWN,
		.mount_from = &layer->mounts,
		.finish = push_source_finish,
		.progress = layer_progress,
		.done = layer_done,
		.argument = layer,
	};

	find_mounts(layer);
	if (push_source_exists(layer))
		upload.open = push_source_open;
	uploads_add(layer->push->uploads, &upload);
}

static void fail_push(struct push_layer *layer, struct error *failure)
{
	struct push *push = layer->push;

	if (push->failure.kind != ERROR_NONE)	/* the first failure counts */
		return;
	if (failure->kind != ERROR_UNAUTHORIZED && failure->kind != ERROR_CANCELLED)
		error_context(failure, "layer sha256:%s", layer->diff_id->hex);
	error_move(&push->failure, failure);
	uploads_cancel(push->uploads);
}

static void note_reason(struct push_layer *layer, const char *reason)
{
	struct push *push = layer->push;

	if (!push->why_changed)
		push->why_changed = xasprintf("layer %.12s was compressed anew, since %s",
					      layer->diff_id->hex, reason);
}

/* The destination does not have the form at hand, nor is there a way to bring it there. */
static void try_next_form(struct push_layer *layer)
{
	if (layer->forms[layer->form].original)
		note_reason(layer, layer->relay_failure ? layer->relay_failure :
				   "no registry is known to have it as the manifest names it");
	layer->form++;
	add_upload(layer);
}

/* Whether our own store holds the layer: a read-only one is left as it is. */
static bool is_ours(const struct push_layer *layer)
{
	auto_free char *path = xasprintf("layers/%s", layer->diff_id->hex);
	struct stat here, there;

	return fstat(layer->folder, &here) == 0 &&
	       fstatat(store_root(layer->push->store), path, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

/* For the next push. Losing it costs a transfer only. */
static void remember(const struct push_layer *layer)
{
	auto_release(layer_blob) struct layer_blob blob = { 0 };
	auto_error ignored = { 0 };

	if (!is_ours(layer))
		return;
	layer_blob_copy(&blob, &layer->result);
	strings_release(&blob.sources);
	strings_add(&blob.sources, layer->push->repository_full);
	(void)layer_blobs_add(layer->folder, &blob, &ignored);
}

/* The media type that a form has in the new manifest. */
static const char *media_type_of(const struct push_layer *layer, const struct push_form *form)
{
	enum layer_compression compression = layer->compression;
	auto_error ignored = { 0 };
	const char *type;

	if (form->original)
		return form->blob.media_type;
	if (digest_is_set(&form->blob.digest))
		(void)layer_media_type_parse(form->blob.media_type, &compression, &ignored);
	type = layer_media_type(layer->push->family, compression);
	return type ? type : form->blob.media_type;
}

static void complete(struct push_layer *layer, const struct registry_upload *upload)
{
	const struct push_form *form = &layer->forms[layer->form];

	layer->result.digest = upload->digest;
	layer->result.size = digest_is_set(&form->blob.digest) ? form->blob.size :
								 layer->packed.size;
	layer->result.media_type = xstrdup(media_type_of(layer, form));
	remember(layer);
	switch (upload->outcome) {
	case UPLOAD_EXISTED:
		tell(layer, PUSH_LAYER_EXISTS, 0, NULL);
		break;
	case UPLOAD_MOUNTED:
		tell(layer, PUSH_LAYER_MOUNTED, 0, upload->mounted_from);
		break;
	default:
		tell(layer, PUSH_LAYER_PUSHED, layer->result.size, NULL);
	}
}

static void layer_done(void *argument, const struct registry_upload *upload,
		       struct error *failure)
{
	struct push_layer *layer = argument;

	push_source_release(layer);
	if (failure->kind == ERROR_NONE && upload->outcome == UPLOAD_ABSENT) {
		try_next_form(layer);
	} else if (failure->kind == ERROR_NONE) {
		complete(layer, upload);
	} else if (failure->kind != ERROR_CANCELLED && push_source_give_up(layer)) {
		replace_string(&layer->relay_failure, failure->message);
		add_upload(layer);
	} else {
		fail_push(layer, failure);
	}
}

/* Layers that the image has more than once have gone with the first of their kind. */
static void complete_same(struct push *push)
{
	for (size_t i = 0; i < push->layer_count; i++) {
		struct push_layer *layer = &push->layers[i];

		if (!layer->same)
			continue;
		layer_blob_copy(&layer->result, &layer->same->result);
		tell(layer, PUSH_LAYER_EXISTS, 0, NULL);
	}
}

int push_layers_run(struct push *push, struct error *err)
{
	unsigned int parallel = push->request->parallel;

	if (parallel == 0)
		parallel = PARALLEL_DEFAULT;
	for (size_t i = 0; i < push->layer_count; i++) {
		tell(&push->layers[i], PUSH_LAYER_WAITING, 0, NULL);
		if (!push->layers[i].same)
			add_upload(&push->layers[i]);
	}
	if (uploads_run(push->uploads, parallel < PARALLEL_MAX ? parallel : PARALLEL_MAX, err) < 0)
		return -1;
	if (push->failure.kind != ERROR_NONE) {
		error_move(err, &push->failure);
		return -1;
	}
	complete_same(push);
	return 0;
}
