/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lists and artifacts need of the store, read from their documents. It is derived anew for
 * each removal, so there is nothing that could be counted wrong.
 */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "image/artifact.h"
#include "image/store-internal.h"

void holdings_release(struct holdings *holdings)
{
	strings_release(&holdings->blobs);
	strings_release(&holdings->layers);
}

static void add_layers(struct holdings *holdings, struct store *store, const struct digest *id)
{
	auto_release(image_config) struct image_config config = { 0 };
	auto_error ignored = { 0 };

	/* A member that was named by a remote reference has no config here. */
	if (store_load_config(store, id, &config, &ignored) < 0)
		return;
	for (size_t i = 0; i < config.diff_id_count; i++)
		strings_add(&holdings->layers, config.diff_ids[i].hex);
}

/* A manifest with its config and its files; of an image, the layers too. */
static void add_manifest(struct holdings *holdings, struct store *store,
			 const struct digest *digest)
{
	auto_release(artifact) struct artifact manifest = { 0 };
	auto_release(buffer) struct buffer text = { 0 };
	auto_error ignored = { 0 };

	strings_add(&holdings->blobs, digest->hex);
	if (store_read_blob(store, digest, MANIFEST_SIZE_MAX, &text, &ignored) < 0 ||
	    artifact_decode(text.data ? text.data : "", text.size, NULL, &manifest, &ignored) < 0)
		return;
	strings_add(&holdings->blobs, manifest.config.digest.hex);
	if (artifact_is_image(&manifest)) {
		add_layers(holdings, store, &manifest.config.digest);
		return;
	}
	for (size_t i = 0; i < manifest.file_count; i++)
		strings_add(&holdings->blobs, manifest.files[i].digest.hex);
}

static void add_list(struct holdings *holdings, struct store *store,
		     const struct descriptor *document)
{
	auto_release(manifest) struct manifest index = { 0 };
	auto_release(buffer) struct buffer text = { 0 };
	auto_error problem = { 0 };

	strings_add(&holdings->blobs, document->digest.hex);
	if (store_read_blob(store, &document->digest, MANIFEST_SIZE_MAX, &text, &problem) < 0 ||
	    manifest_decode(text.data ? text.data : "", text.size, document->media_type, &index,
			    &problem) < 0) {
		warning("a manifest list in the store is damaged: %s", problem.message);
		return;
	}
	for (size_t i = 0; i < index.manifest_count; i++)
		add_manifest(holdings, store, &index.manifests[i].digest);
}

void holdings_add_item(struct holdings *holdings, struct store *store,
		       const struct store_item *item)
{
	if (item->kind == STORE_LIST)
		add_list(holdings, store, &item->document);
	else
		add_manifest(holdings, store, &item->document.digest);
}

void holdings_of_items(struct store *store, const struct store_index *index,
		       struct holdings *ret_holdings)
{
	holdings_release(ret_holdings);
	for (size_t i = 0; i < index->others.count; i++)
		holdings_add_item(ret_holdings, store, &index->others.items[i]);
}
