/* SPDX-License-Identifier: Apache-2.0 */
/* Referrers: distribution-spec 1.1, "Listing Referrers" and "Referrers Tag Schema". */
#include "registry/referrers.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "image/index-edit.h"
#include "image/reference.h"
#include "registry/client.h"
#include "registry/exchange.h"
#include "registry/session.h"
#include "registry/upload.h"

#define LIST_TIME_LIMIT 300	/* seconds */

DEFINE_AUTO(index_edit, index_edit_free);

static enum http_taken take_list(struct exchange *exchange, const void *data, size_t size)
{
	struct buffer *content = exchange->argument;

	if (exchange->offset == 0)
		buffer_clear(content);
	if (buffer_append(content, data, size, &exchange->failure) == 0)
		return HTTP_TAKEN;
	error_context(&exchange->failure, "the list of referrers");
	return HTTP_REFUSED;
}

/* 1 with what the registry's own list is, 0 if it has none, -1. */
static int fetch_list(struct registry_client *client, const struct reference *reference,
		      const struct digest *subject, struct buffer *index, struct error *err)
{
	auto_free char *name = reference_name_familiar(reference);
	auto_free char *digest = xasprintf("sha256:%s", subject->hex);
	auto_free char *path = xasprintf("/v2/%s/referrers/%s", reference->repository, digest);
	struct exchange exchange = {
		.client = client,
		.repository = reference->repository,
		.path = path,
		.subject = { .host = client->name, .name = name, .blob = digest },
		.take = take_list,
		.argument = index,
		.request = { .accept = MEDIA_TYPE_OCI_INDEX, .time_limit = LIST_TIME_LIMIT },
	};
	int result;
	long status;

	index->max = MANIFEST_SIZE_MAX;
	result = exchange_run(&exchange, err);
	status = exchange.request.status;
	exchange_release(&exchange);
	if (result == 0)
		return 1;
	/* Registries that know nothing of it answer in different ways. */
	if (status != 400 && status != 404 && status != 405)
		return -1;
	error_release(err);
	return 0;
}

static void name_fallback(const struct reference *reference, const struct digest *subject,
			  struct reference *ret_tagged)
{
	reference_copy(ret_tagged, reference);
	free(ret_tagged->tag);
	ret_tagged->tag = xasprintf("sha256-%s", subject->hex);
	ret_tagged->digest = (struct digest){ 0 };
}

/* The index under the fallback tag; NULL with *err. */
static struct index_edit *fetch_fallback(struct registry_client *client,
					 const struct reference *tagged, struct error *err)
{
	auto_release(descriptor) struct descriptor found = { 0 };
	auto_release(buffer) struct buffer text = { 0 };
	struct index_edit *index;

	if (registry_fetch_manifest(client, tagged, &text, &found, err) < 0) {
		if (err->kind != ERROR_NOT_FOUND)
			return NULL;
		error_release(err);
		return index_edit_new();
	}
	index = index_edit_parse(text.data ? text.data : "", text.size, err);
	if (!index)
		error_context(err, "the list of referrers under the tag '%s'", tagged->tag);
	return index;
}

int referrers_fetch(struct registry_client *client, const struct reference *reference,
		    const struct digest *subject, struct buffer *index, struct error *err)
{
	auto_release(reference) struct reference tagged = { 0 };
	auto_of(index_edit) struct index_edit *list = NULL;
	auto_free char *text = NULL;
	int found = fetch_list(client, reference, subject, index, err);

	if (found < 0)
		return -1;
	if (found) {
		list = index_edit_parse(index->data ? index->data : "", index->size, err);
		return list ? 0 : error_context(err, "the list of referrers");
	}
	name_fallback(reference, subject, &tagged);
	list = fetch_fallback(client, &tagged, err);
	if (!list)
		return -1;
	text = index_edit_text(list);
	buffer_clear(index);
	buffer_puts(index, text);
	return 0;
}

int referrers_add(struct registry_client *client, const struct reference *reference,
		  const struct digest *subject, const struct descriptor *referrer,
		  const char *artifact_type, struct error *err)
{
	const struct index_changes type = { .artifact_type = artifact_type };
	auto_release(reference) struct reference tagged = { 0 };
	auto_of(index_edit) struct index_edit *list = NULL;
	auto_free char *text = NULL;

	name_fallback(reference, subject, &tagged);
	list = fetch_fallback(client, &tagged, err);
	if (!list)
		return -1;
	if (index_edit_has(list, &referrer->digest))
		return 0;
	if (index_edit_add(list, referrer, err) < 0 ||
	    index_edit_change(list, &referrer->digest, &type, err) < 0)
		return -1;
	text = index_edit_text(list);
	return registry_upload_manifest(client, &tagged, MEDIA_TYPE_OCI_INDEX, text, strlen(text),
					NULL, err);
}
