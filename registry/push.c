/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an image in the store to a tag at a registry: config, layers, and last the manifest,
 * which makes them visible. The config's bytes are those that the store has; the manifest's, too,
 * unless a layer is there in another form than it says.
 */
#include "registry/push.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "image/config.h"
#include "registry/push-image.h"
#include "registry/push-internal.h"

static void push_release(struct push *push)
{
	push_layers_release(push);
	uploads_free(push->uploads);
	registry_client_free(push->client);
	registry_endpoints_release(&push->endpoints);
	image_free(push->image);
	buffer_release(&push->manifest_bytes);
	buffer_release(&push->config_bytes);
	manifest_release(&push->manifest);
	free(push->repository_full);
	free(push->why_changed);
	error_release(&push->failure);
}

static void tell(const struct push *push, const struct push_event *event)
{
	if (push->request->progress)
		push->request->progress(push->request->argument, event);
}

/* A document of the store, as it was when it came in. */
static int read_document(struct push *push, const struct digest *digest, size_t max,
			 struct buffer *bytes, struct error *err)
{
	struct digest found = { 0 };

	if (store_read_blob(push->store, digest, max, bytes, err) < 0)
		return -1;
	sha256_hex(bytes->data ? bytes->data : "", bytes->size, found.hex);
	if (digest_equal(&found, digest))
		return 0;
	return error_set(err, ERROR_INVALID, "'sha256:%s' is damaged in the store; pull it again",
			 digest->hex);
}

static int load_image(struct push *push, struct error *err)
{
	push->image = store_find(push->store, push->request->image, err);
	if (!push->image)
		return -1;
	if (read_document(push, &push->image->manifest, MANIFEST_SIZE_MAX, &push->manifest_bytes,
			  err) < 0 ||
	    read_document(push, &push->image->id, IMAGE_CONFIG_SIZE_MAX, &push->config_bytes,
			  err) < 0 ||
	    manifest_decode(push->manifest_bytes.data ? push->manifest_bytes.data : "",
			    push->manifest_bytes.size, NULL, &push->manifest, err) < 0)
		return -1;
	if (push->manifest.kind != MANIFEST_IMAGE ||
	    push->manifest.layer_count != push->image->config.diff_id_count)
		return error_set(err, ERROR_INVALID, "its manifest does not fit its config");
	return 0;
}

static int choose_family(struct push *push, struct error *err)
{
	enum manifest_family is = manifest_family_of(push->manifest.media_type);
	bool zstd = push->request->compression == LAYER_ZSTD;

	if (push->request->format == PUSH_FORMAT_DOCKER && zstd)
		return error_set(err, ERROR_USAGE,
				 "docker's manifests (v2s2) have no zstd layers; use --format oci");
	push->family = is;
	if (push->request->format == PUSH_FORMAT_OCI || zstd)
		push->family = MANIFEST_OCI;
	else if (push->request->format == PUSH_FORMAT_DOCKER)
		push->family = MANIFEST_DOCKER;
	push->other_family = push->family != is;
	return 0;
}

/* The manifest that describes what the destination has. New string; *ret_changed tells whether it is
 * another than the store's. */
static char *make_manifest(const struct push *push, bool *ret_changed, struct error *err)
{
	auto_free struct descriptor *layers = xcalloc(push->layer_count + 1, sizeof(*layers));
	bool changed = push->other_family;

	for (size_t i = 0; i < push->layer_count; i++) {
		const struct layer_blob *blob = &push->layers[i].result;

		layers[i] = (struct descriptor){ .media_type = blob->media_type,
						 .digest = blob->digest, .size = blob->size };
		changed |= !digest_equal(&blob->digest, &push->manifest.layers[i].digest);
	}
	*ret_changed = changed;
	if (!changed)
		return xstrndup(push->manifest_bytes.data, push->manifest_bytes.size);
	return manifest_with_layers(push->manifest_bytes.data, push->manifest_bytes.size,
				    push->family, layers, push->layer_count, err);
}

static void describe(const struct push *push, const char *text, bool changed,
		     struct descriptor *ret_manifest)
{
	*ret_manifest = (struct descriptor){ .size = strlen(text) };
	ret_manifest->media_type = xstrdup(changed ? manifest_media_type(push->family) :
						     push->manifest.media_type);
	sha256_hex(text, strlen(text), ret_manifest->digest.hex);
}

static int upload_manifest(struct push *push, const char *text, const struct descriptor *manifest,
			   struct error *err)
{
	auto_release(reference) struct reference named = { 0 };

	reference_copy(&named, push->place);
	if (!named.tag)
		named.digest = manifest->digest;
	return registry_upload_manifest(push->client, &named, manifest->media_type, text,
					manifest->size, NULL, err);
}

/* A name of our own that was pushed under another manifest stands for that one from now on. */
static int record(struct push *push, const char *text, const struct descriptor *manifest,
		  struct error *err)
{
	auto_free char *full = reference_full(&push->request->destination);

	if (push->image->read_only || !strings_contain(&push->image->names, full))
		return 0;
	if (store_write_blob(push->store, &manifest->digest, text, manifest->size, err) < 0)
		return -1;
	return store_add_image(push->store, &push->request->destination, manifest, NULL, err);
}

static void tell_note(const struct push *push)
{
	auto_free char *text = NULL;
	struct push_event event = { .step = PUSH_NOTE };

	if (!push->why_changed)
		return;
	text = xasprintf("The manifest digest changes from sha256:%s: %s",
			 push->image->manifest.hex, push->why_changed);
	event.text = text;
	tell(push, &event);
}

static int push_manifest(struct push *push, struct descriptor *ret_manifest, struct error *err)
{
	bool changed = false;
	auto_free char *text = make_manifest(push, &changed, err);
	struct push_event event = { .step = PUSH_COMPLETE };

	if (!text)
		return -1;
	describe(push, text, changed, ret_manifest);
	if (upload_manifest(push, text, ret_manifest, err) < 0 ||
	    (changed && record(push, text, ret_manifest, err) < 0))
		return -1;
	if (changed)
		tell_note(push);
	event.digest = &ret_manifest->digest;
	event.total = ret_manifest->size;
	tell(push, &event);
	return 0;
}

static int run(struct push *push, struct descriptor *ret_manifest, struct error *err)
{
	struct push_event begun = { .step = PUSH_BEGUN };

	if (choose_family(push, err) < 0 || push_layers_prepare(push, err) < 0)
		return -1;
	begun.layer_count = (unsigned int)push->layer_count;
	tell(push, &begun);
	/* First the config: whoever may not push hears so before much was done. */
	if (registry_upload_bytes(push->client, push->place->repository,
				  &push->image->id, push->config_bytes.data,
				  push->config_bytes.size, err) < 0 ||
	    push_layers_run(push, err) < 0)
		return -1;
	return push_manifest(push, ret_manifest, err);
}

static int connect_and_run(struct push *push, struct descriptor *ret_manifest, struct error *err)
{
	const struct push_request *request = push->request;
	auto_release(credentials) struct credentials credentials = { 0 };
	enum registry_tls tls = request->tls;
	int result = -1;

	if (registry_endpoints_find(&request->destination, REGISTRY_FOR_PUSH, &push->endpoints,
				    err) < 0)
		return -1;
	push->place = &push->endpoints.items[0].reference;
	push->repository_full = reference_name_full(push->place);
	if (push->endpoints.items[0].insecure)
		tls = REGISTRY_TLS_INSECURE;
	if (credentials_find(&request->credentials, push->place, &credentials, err) < 0)
		return -1;
	push->client = registry_client_new(push->place->host, &credentials, tls,
					   request->cert_dir, err);
	if (push->client) {
		push->uploads = uploads_new(push->client, &request->retry);
		result = run(push, ret_manifest, err);
	}
	registry_client_free(take_ptr(&push->client));	/* it has borrowed the credentials */
	return result;
}

int push_image(struct store *store, const struct push_request *request,
	       struct descriptor *ret_manifest, struct error *err)
{
	auto_release(push) struct push push = { .store = store, .request = request };
	auto_free char *name = reference_familiar(&request->destination);

	if (load_image(&push, err) < 0)
		return -1;
	if (connect_and_run(&push, ret_manifest, err) == 0)
		return 0;
	if (err->kind == ERROR_NOT_FOUND)	/* that is said of images here */
		err->kind = ERROR_OTHER;
	if (err->kind == ERROR_UNAUTHORIZED || err->kind == ERROR_USAGE)
		return -1;
	return error_context(err, "cannot push '%s'", name);
}
