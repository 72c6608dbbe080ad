/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests and small blobs: fetched whole, held against their digests. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "registry/client.h"
#include "registry/exchange.h"
#include "registry/session.h"

#define DOCUMENT_TIME_LIMIT 300	/* seconds */

static const char manifest_types[] =
	MEDIA_TYPE_OCI_INDEX ", " MEDIA_TYPE_DOCKER_INDEX ", "
	MEDIA_TYPE_OCI_MANIFEST ", " MEDIA_TYPE_DOCKER_MANIFEST;

static enum http_taken take_document(struct exchange *exchange, const void *data, size_t size)
{
	struct buffer *content = exchange->argument;

	if (exchange->offset == 0)
		buffer_clear(content);
	if (buffer_append(content, data, size, &exchange->failure) == 0)
		return HTTP_TAKEN;
	error_context(&exchange->failure, "%s",
		      exchange->subject.blob ? exchange->subject.blob : "the manifest");
	return HTTP_REFUSED;
}

static int fetch(struct exchange *exchange, struct buffer *content, size_t max, struct error *err)
{
	buffer_clear(content);
	content->max = max;
	exchange->take = take_document;
	exchange->argument = content;
	exchange->request.time_limit = DOCUMENT_TIME_LIMIT;
	return exchange_run(exchange, err);
}

static void digest_of(const struct buffer *content, struct digest *ret_digest)
{
	sha256_hex(content->data ? content->data : "", content->size, ret_digest->hex);
}

static int check_digest(const struct digest *wanted, const struct digest *found, const char *what,
			struct error *err)
{
	if (digest_equal(wanted, found))
		return 0;
	return error_set(err, ERROR_INVALID,
			 "%s has the wrong digest: sha256:%s is right, sha256:%s came", what,
			 wanted->hex, found->hex);
}

/* What the registry says the digest is, if it says so in a form that we know. */
static int check_claim(const struct exchange *exchange, const struct digest *found,
		       struct error *err)
{
	struct digest claimed = { 0 };
	auto_error ignored = { 0 };

	if (!exchange->request.digest ||
	    digest_parse(exchange->request.digest, &claimed, &ignored) < 0)
		return 0;
	return check_digest(&claimed, found, "the manifest", err);
}

/* The media type without parameters; NULL for those that say nothing of the content. */
static char *served_as(const char *content_type)
{
	static const char *const vague[] = {
		"", "application/json", "application/octet-stream", "binary/octet-stream", "text/plain",
	};
	auto_free char *type = NULL;

	if (!content_type)
		return NULL;
	type = xstrndup(content_type, strcspn(content_type, "; \t"));
	for (size_t i = 0; i < ARRAY_SIZE(vague); i++) {
		if (!strcmp(type, vague[i]))
			return NULL;
	}
	return take_ptr(&type);
}

static int describe_manifest(const struct exchange *exchange, const struct reference *reference,
			     const struct buffer *manifest, struct descriptor *ret_descriptor,
			     struct error *err)
{
	struct digest found = { 0 };

	digest_of(manifest, &found);
	if (digest_is_set(&reference->digest)) {
		if (check_digest(&reference->digest, &found, "the manifest", err) < 0)
			return -1;
	} else if (check_claim(exchange, &found, err) < 0) {
		return -1;
	}
	*ret_descriptor = (struct descriptor){
		.media_type = served_as(exchange->request.content_type),
		.digest = found,
		.size = manifest->size,
	};
	return 0;
}

int registry_fetch_manifest(struct registry_client *client, const struct reference *reference,
			    struct buffer *manifest, struct descriptor *ret_descriptor,
			    struct error *err)
{
	auto_free char *full = reference_familiar(reference);
	auto_free char *name = reference_name_familiar(reference);
	auto_free char *path = NULL;
	struct exchange exchange = {
		.client = client,
		.repository = reference->repository,
		.subject = { .host = client->name, .name = name, .reference = full },
		.request.accept = manifest_types,
	};
	int result;

	path = digest_is_set(&reference->digest) ?
		       xasprintf("/v2/%s/manifests/sha256:%s", reference->repository,
				 reference->digest.hex) :
		       xasprintf("/v2/%s/manifests/%s", reference->repository, reference->tag);
	exchange.path = path;
	result = fetch(&exchange, manifest, MANIFEST_SIZE_MAX, err);
	if (result == 0)
		result = describe_manifest(&exchange, reference, manifest, ret_descriptor, err);
	exchange_release(&exchange);
	return result;
}

static int check_blob(const struct descriptor *blob, const struct buffer *content,
		      const char *what, struct error *err)
{
	struct digest found = { 0 };

	if (content->size != blob->size)
		return error_set(err, ERROR_INVALID, "%s has %zu bytes instead of %llu", what,
				 content->size, (unsigned long long)blob->size);
	digest_of(content, &found);
	return check_digest(&blob->digest, &found, what, err);
}

int registry_fetch_blob(struct registry_client *client, const char *repository,
			const struct descriptor *blob, size_t max, struct buffer *content,
			struct error *err)
{
	struct reference reference = { .host = client->name, .repository = (char *)repository };
	auto_free char *name = reference_name_familiar(&reference);
	auto_free char *path = xasprintf("/v2/%s/blobs/sha256:%s", repository, blob->digest.hex);
	auto_free char *what = xasprintf("blob sha256:%s", blob->digest.hex);
	struct exchange exchange = {
		.client = client,
		.repository = repository,
		.path = path,
		.subject = { .host = client->name, .name = name, .blob = what + strlen("blob ") },
	};
	int result;

	if (blob->size > max)
		return error_set(err, ERROR_INVALID, "%s is larger than %zu bytes", what, max);
	result = fetch(&exchange, content, max, err);
	if (result == 0)
		result = check_blob(blob, content, what, err);
	exchange_release(&exchange);
	return result;
}
