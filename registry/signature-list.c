/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching signatures. Whether they are good is not decided here. */
#include "registry/signature-list.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "image/reference.h"
#include "registry/base64.h"
#include "registry/client.h"
#include "registry/signature-key.h"
#include "registry/signature.h"

void signature_tag(const struct reference *place, const struct digest *digest,
		   struct reference *ret_reference)
{
	reference_copy(ret_reference, place);
	free(ret_reference->tag);
	ret_reference->tag = xasprintf("sha256-%s.sig", digest->hex);
	ret_reference->digest = (struct digest){ 0 };
}

void signature_list_release(struct signature_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		descriptor_release(&list->entries[i].blob);
		free(list->entries[i].signature);
		buffer_release(&list->entries[i].payload);
	}
	free(list->entries);
	buffer_release(&list->manifest);
	*list = (struct signature_list){ 0 };
}

/* Adds what `layer` is, if that is a signature. */
static void add_entry(struct signature_list *list, const struct descriptor *layer)
{
	const char *text = strings_get_value(&layer->annotations, SIGNATURE_ANNOTATION);
	struct signature_entry *entry;
	void *signature;
	size_t size = 0;

	if (strcmp(layer->media_type, SIGNATURE_MEDIA_TYPE) != 0 || !text)
		return;
	signature = base64_decode(text, &size);
	if (!signature || size == 0 || size > SIGNATURE_SIZE_MAX) {
		free(signature);
		return;
	}
	entry = &list->entries[list->count++];
	descriptor_copy(&entry->blob, layer);
	entry->signature = signature;
	entry->signature_size = size;
}

int signature_list_decode(const char *data, size_t size, const char *media_type,
			  struct signature_list *ret_list, struct error *err)
{
	auto_release(manifest) struct manifest manifest = { 0 };
	struct signature_list list = { 0 };

	if (manifest_decode(data, size, media_type, &manifest, err) < 0)
		return error_context(err, "signatures");
	if (manifest.kind != MANIFEST_IMAGE)
		return error_set(err, ERROR_INVALID, "signatures: an index instead of a manifest");
	list.entries = xcalloc(SIGNATURES_MAX, sizeof(*list.entries));
	for (size_t i = manifest.layer_count; i-- > 0 && list.count < SIGNATURES_MAX;)
		add_entry(&list, &manifest.layers[i]);
	*ret_list = list;
	return 0;
}

int signature_list_fetch(struct registry_client *client, const struct reference *place,
			 const struct digest *digest, struct signature_list *ret_list,
			 struct error *err)
{
	auto_release(reference) struct reference tag = { 0 };
	auto_release(descriptor) struct descriptor descriptor = { 0 };
	auto_release(buffer) struct buffer bytes = { 0 };

	signature_tag(place, digest, &tag);
	if (registry_fetch_manifest(client, &tag, &bytes, &descriptor, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return error_context(err, "signatures");
		error_release(err);
		return 0;
	}
	if (signature_list_decode(bytes.data ? bytes.data : "", bytes.size, descriptor.media_type,
				  ret_list, err) < 0)
		return -1;
	ret_list->manifest = bytes;
	bytes = (struct buffer){ 0 };
	return 0;
}

int signature_entry_fetch(struct registry_client *client, const struct reference *place,
			  struct signature_entry *entry, struct error *err)
{
	if (entry->payload.data)
		return 0;
	if (registry_fetch_blob(client, place->repository, &entry->blob, SIGNATURE_PAYLOAD_MAX,
				&entry->payload, err) < 0)
		return error_context(err, "signatures");
	return 0;
}
