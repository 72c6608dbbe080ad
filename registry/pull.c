/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a reference to an image in the store: manifest (through an index, if the
 * tag names one), config, layers, and last the entry that makes it visible.
 */
#include "registry/pull.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "image/config.h"
#include "image/manifest.h"
#include "image/store.h"
#include "registry/download.h"
#include "registry/pull-image.h"
#include "registry/pull-session.h"
#include "registry/registries-conf.h"

/* One document with the bytes that its digest is of. */
struct document {
	struct buffer bytes;
	struct descriptor descriptor;
	struct manifest manifest;
};

struct pull {
	struct store *store;
	const struct pull_request *request;
	struct pull_session session;
	struct document index;		/* empty when the tag names a manifest */
	struct document image;
	struct buffer config_bytes;
	struct image_config config;
};

static void document_release(struct document *document)
{
	buffer_release(&document->bytes);
	descriptor_release(&document->descriptor);
	manifest_release(&document->manifest);
}

static void pull_release(struct pull *pull)
{
	document_release(&pull->index);
	document_release(&pull->image);
	buffer_release(&pull->config_bytes);
	image_config_release(&pull->config);
	pull_session_release(&pull->session);
}

static void tell(const struct pull *pull, enum pull_step step, const struct digest *digest,
		 bool changed)
{
	struct pull_event event = {
		.step = step,
		.digest = digest,
		.layer_count = (unsigned int)pull->image.manifest.layer_count,
		.changed = changed,
	};

	if (pull->request->progress)
		pull->request->progress(pull->request->argument, &event);
}

static bool has_index(const struct pull *pull)
{
	return pull->index.bytes.size > 0;
}

/* What the tag stands for at the registry. */
static const struct digest *resolved_digest(const struct pull *pull)
{
	return has_index(pull) ? &pull->index.descriptor.digest : &pull->image.descriptor.digest;
}

static int fetch_document(struct pull *pull, const struct reference *reference,
			  struct document *document, struct error *err)
{
	if (registry_fetch_manifest(pull->session.client, reference, &document->bytes,
				    &document->descriptor, err) < 0)
		return -1;
	if (manifest_decode(document->bytes.data ? document->bytes.data : "", document->bytes.size,
			    document->descriptor.media_type, &document->manifest, err) < 0)
		return error_context(err, "manifest sha256:%s", document->descriptor.digest.hex);
	replace_string(&document->descriptor.media_type, document->manifest.media_type);
	return 0;
}

/* Gets the manifest that `chosen`, an entry of the index, names. */
static int fetch_chosen(struct pull *pull, const struct descriptor *chosen, struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };

	reference_copy(&reference, pull->session.reference);
	reference.digest = chosen->digest;
	if (fetch_document(pull, &reference, &pull->image, err) < 0)
		return -1;
	if (pull->image.bytes.size != chosen->size)
		return error_set(err, ERROR_INVALID,
				 "manifest sha256:%s has %zu bytes; the index says %llu",
				 chosen->digest.hex, pull->image.bytes.size,
				 (unsigned long long)chosen->size);
	if (pull->image.manifest.kind != MANIFEST_IMAGE)
		return error_set(err, ERROR_UNSUPPORTED, "the index holds another index for this platform");
	return 0;
}

/* ERROR_NOT_FOUND is about the name alone: what else is missing has another kind. */
static int not_the_name(struct error *err)
{
	if (err->kind == ERROR_NOT_FOUND)
		err->kind = ERROR_OTHER;
	return -1;
}

static int resolve(struct pull *pull, struct error *err)
{
	const struct descriptor *chosen;

	if (fetch_document(pull, pull->session.reference, &pull->image, err) < 0)
		return -1;
	if (pull->image.manifest.kind == MANIFEST_IMAGE)
		return 0;
	pull->index = pull->image;
	pull->image = (struct document){ 0 };
	chosen = manifest_choose(&pull->index.manifest, &pull->request->platform, err);
	if (!chosen)
		return not_the_name(err);
	return fetch_chosen(pull, chosen, err);
}

/* What comes later is used only by the digests that are judged here. */
static int check_trust(struct pull *pull, struct error *err)
{
	const struct trust_subject subject = {
		.reference = &pull->request->reference,
		.place = pull->session.reference,
		.index = pull->index.descriptor.digest,
		.image = pull->image.descriptor.digest,
	};

	return trust_check(pull->session.client, &pull->request->trust, &subject, err);
}

static bool is_image_config(const char *media_type)
{
	return media_type && (!strcmp(media_type, MEDIA_TYPE_OCI_CONFIG) ||
			      !strcmp(media_type, MEDIA_TYPE_DOCKER_CONFIG));
}

/* From the store, or from the registry. */
static int get_config_bytes(struct pull *pull, struct error *err)
{
	const struct descriptor *config = &pull->image.manifest.config;
	auto_error ignored = { 0 };

	struct digest found = { 0 };

	if (store_read_blob(pull->store, &config->digest, IMAGE_CONFIG_SIZE_MAX,
			    &pull->config_bytes, &ignored) == 0) {
		sha256_hex(pull->config_bytes.data ? pull->config_bytes.data : "",
			   pull->config_bytes.size, found.hex);
		if (digest_equal(&found, &config->digest))
			return 0;
	}
	return registry_fetch_blob(pull->session.client, pull->session.reference->repository, config,
				   IMAGE_CONFIG_SIZE_MAX, &pull->config_bytes, err);
}

static int fetch_config(struct pull *pull, struct error *err)
{
	const struct manifest *manifest = &pull->image.manifest;

	if (!is_image_config(manifest->config.media_type)) {
		auto_free char *shown = printable(manifest->config.media_type ?
							  manifest->config.media_type : "");

		return error_set(err, ERROR_UNSUPPORTED,
				 "it is no container image, but an artifact of type '%.100s'", shown);
	}
	if (get_config_bytes(pull, err) < 0)
		return -1;
	if (image_config_decode(pull->config_bytes.data ? pull->config_bytes.data : "",
				pull->config_bytes.size, &pull->config, err) < 0)
		return error_context(err, "config sha256:%s", manifest->config.digest.hex);
	if (pull->config.diff_id_count != manifest->layer_count)
		return error_set(err, ERROR_INVALID,
				 "the manifest has %zu layers, but the image config has %zu diff IDs",
				 manifest->layer_count, pull->config.diff_id_count);
	return 0;
}

/* A removal that ran beside us may have taken a layer that was there when we looked. */
static int check_layers(const struct pull *pull, struct error *err)
{
	for (size_t i = 0; i < pull->config.diff_id_count; i++) {
		if (!store_has_layer(pull->store, &pull->config.diff_ids[i]))
			return error_set(err, ERROR_OTHER,
					 "layer sha256:%s was removed meanwhile; pull again",
					 pull->config.diff_ids[i].hex);
	}
	return 0;
}

/* Whether the name stands for this very image already, and whether the store says so of the
 * registry's digest too. */
static bool is_known(const struct pull *pull, bool *ret_recorded)
{
	auto_free char *full = reference_full(&pull->request->reference);
	auto_free char *name = reference_name_full(&pull->request->reference);
	auto_free char *digest = xasprintf("%s@sha256:%s", name, resolved_digest(pull)->hex);
	auto_error ignored = { 0 };
	struct image *image = store_find(pull->store, full, &ignored);
	bool known = image &&
		     digest_equal(&image->id, &pull->image.manifest.config.digest) &&
		     digest_equal(&image->manifest, &pull->image.descriptor.digest);

	*ret_recorded = known && strings_contain(&image->digests, digest);
	image_free(image);
	return known;
}

static int write_document(struct pull *pull, const struct document *document, struct error *err)
{
	return store_write_blob(pull->store, &document->descriptor.digest, document->bytes.data,
				document->bytes.size, err);
}

static int record(struct pull *pull, struct error *err)
{
	const struct digest *index = has_index(pull) ? &pull->index.descriptor.digest : NULL;

	if (store_write_blob(pull->store, &pull->image.manifest.config.digest,
			     pull->config_bytes.data, pull->config_bytes.size, err) < 0 ||
	    write_document(pull, &pull->image, err) < 0)
		return -1;
	if (index && write_document(pull, &pull->index, err) < 0)
		return -1;
	return store_add_image(pull->store, &pull->request->reference, &pull->image.descriptor,
			       index, err);
}

/* All that comes after the manifest. */
static int complete(struct pull *pull, struct error *err)
{
	bool recorded, known;

	if (fetch_config(pull, err) < 0)
		return -1;
	if (layers_download(pull->session.client, pull->session.reference->repository, pull->store, pull->request,
			    &pull->session.settings, &pull->image.manifest, &pull->config, err) < 0 ||
	    check_layers(pull, err) < 0)
		return -1;
	known = is_known(pull, &recorded);
	if (!recorded && record(pull, err) < 0)
		return -1;
	tell(pull, PULL_COMPLETE, resolved_digest(pull), !known);
	return 0;
}

static int run(struct pull *pull, struct digest *ret_image_id, struct error *err)
{
	if (resolve(pull, err) < 0)
		return -1;
	tell(pull, PULL_RESOLVED, resolved_digest(pull), false);
	if (check_trust(pull, err) < 0 || complete(pull, err) < 0)
		return not_the_name(err);
	*ret_image_id = pull->image.manifest.config.digest;
	return 0;
}

/* Docker's messages begin with the fact itself, and scripts look for them. */
static int add_subject(const struct pull_request *request, struct error *err)
{
	auto_free char *name = reference_familiar(&request->reference);

	if (err->kind == ERROR_NOT_FOUND || err->kind == ERROR_UNAUTHORIZED)
		return -1;
	return error_context(err, "cannot pull '%s'", name);
}

static int pull_from(struct store *store, const struct pull_request *request,
		     const struct registry_endpoint *endpoint, struct digest *ret_image_id,
		     struct error *err)
{
	struct pull pull = { .store = store, .request = request };
	int result;

	if (pull_session_open(request, endpoint, &pull.session, err) < 0)
		result = not_the_name(err);
	else
		result = run(&pull, ret_image_id, err);
	pull_release(&pull);
	return result;
}

/* One place after the other. That a mirror lacks an image is no news; what else is wrong with it is. */
static int pull_from_any(struct store *store, const struct pull_request *request,
			 const struct registry_endpoints *endpoints, struct digest *ret_image_id,
			 struct error *err)
{
	for (size_t i = 0;; i++) {
		auto_free char *name = reference_name_full(&endpoints->items[i].reference);

		if (pull_from(store, request, &endpoints->items[i], ret_image_id, err) == 0)
			return 0;
		if (i + 1 == endpoints->count || err->kind == ERROR_CANCELLED)
			return -1;
		if (err->kind != ERROR_NOT_FOUND)
			warning("mirror %s: %s", name, err->message);
		error_release(err);
	}
}

int pull_image(struct store *store, const struct pull_request *request,
	       struct digest *ret_image_id, struct error *err)
{
	auto_release(registry_endpoints) struct registry_endpoints endpoints = { 0 };

	if (registry_endpoints_find(&request->reference, REGISTRY_FOR_PULL, &endpoints, err) < 0) {
		not_the_name(err);
		return add_subject(request, err);
	}
	store_sweep(store);
	if (request->ownership == LAYER_OWNERS_MAPPED)
		store_want_owners(store);
	if (pull_from_any(store, request, &endpoints, ret_image_id, err) < 0)
		return add_subject(request, err);
	return 0;
}
