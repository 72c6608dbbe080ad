/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a layer in one form. Those of the form that the manifest names are had, in this
 * order, from the store if they were kept, or by packing if it is the plain tar, or from a
 * registry that is known to have them. Everything else is compressed now.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/strings.h"
#include "registry/push-internal.h"

#define RELAYS_MAX 3

static const struct push_form *form_at_hand(const struct push_layer *layer)
{
	return &layer->forms[layer->form];
}

static bool is_kept(const struct push_layer *layer)
{
	struct stat info;

	return !layer->kept_failed &&
	       fstatat(layer->folder, LAYER_BLOB_KEPT, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(info.st_mode) && (uint64_t)info.st_size == form_at_hand(layer)->blob.size;
}

static bool is_plain(const struct push_layer *layer)
{
	return digest_equal(&form_at_hand(layer)->blob.digest, layer->diff_id);
}

/* The next registry to ask, but not for what is to be brought there. */
static const char *find_relay(struct push_layer *layer)
{
	const struct strings *sources = &form_at_hand(layer)->blob.sources;

	while (layer->relays < sources->count && layer->relays < RELAYS_MAX) {
		const char *source = sources->items[layer->relays];

		if (strcmp(source, layer->push->repository_full) != 0)
			return source;
		layer->relays++;
	}
	return NULL;
}

bool push_source_exists(struct push_layer *layer)
{
	const struct push_form *form = form_at_hand(layer);

	if (!digest_is_set(&form->blob.digest))
		return true;
	return form->original && (is_kept(layer) || is_plain(layer) || find_relay(layer));
}

void push_source_release(struct push_layer *layer)
{
	packer_release(&layer->packer);
	relay_release(&layer->relay);
}

static int open_kept(struct push_layer *layer, int *ret_fd, struct error *err)
{
	*ret_fd = openat(layer->folder, LAYER_BLOB_KEPT,
			 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return *ret_fd < 0 ? error_errno(err, "cannot open its kept bytes") : 0;
}

static int open_relay(struct push_layer *layer, int *ret_fd, struct error *err)
{
	const struct push_request *request = layer->push->request;
	const struct layer_blob *blob = &form_at_hand(layer)->blob;
	const struct descriptor wanted = { .media_type = blob->media_type, .digest = blob->digest,
					   .size = blob->size };
	/* What was given on the command line is for the destination. */
	const struct credential_sources credentials = {
		.auth_file = request->credentials.auth_file,
	};
	auto_release(reference) struct reference from = { 0 };

	if (reference_parse(find_relay(layer), &from, err) < 0)
		return -1;
	return relay_start(&from, &wanted, &credentials, &layer->relay, ret_fd, err);
}

static int open_source(struct push_layer *layer, int *ret_fd, struct error *err)
{
	int level = layer->push->request->compression_level;

	if (!digest_is_set(&form_at_hand(layer)->blob.digest))
		return packer_start(layer->folder, layer->diff_id, layer->compression, level,
				    &layer->packer, ret_fd, err);
	if (is_kept(layer))
		return open_kept(layer, ret_fd, err);
	if (is_plain(layer))
		return packer_start(layer->folder, layer->diff_id, LAYER_PLAIN, 0, &layer->packer,
				    ret_fd, err);
	return open_relay(layer, ret_fd, err);
}

int push_source_open(void *argument, int *ret_fd, struct error *err)
{
	struct push_layer *layer = argument;

	push_source_release(layer);
	layer->source_failed = false;
	if (open_source(layer, ret_fd, err) == 0)
		return 0;
	layer->source_failed = true;
	return -1;
}

int push_source_finish(void *argument, struct digest *ret_digest, struct error *err)
{
	struct push_layer *layer = argument;
	int result = 0;

	if (layer->packer.report >= 0) {
		result = packer_finish(&layer->packer, &layer->packed, err);
		if (result == 0)
			*ret_digest = layer->packed.digest;
	} else if (layer->relay.report >= 0) {
		result = relay_finish(&layer->relay, err);
	}
	layer->source_failed = result < 0;
	return result;
}

bool push_source_give_up(struct push_layer *layer)
{
	if (!form_at_hand(layer)->original)
		return false;
	if (is_kept(layer)) {
		layer->kept_failed = true;
		return true;
	}
	if (!layer->source_failed || is_plain(layer))
		return false;
	layer->relays++;
	return true;
}
