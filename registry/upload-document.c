/* SPDX-License-Identifier: Apache-2.0 */
/* Small things, one after the other: manifests, and blobs that fit into memory. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "image/reference.h"
#include "registry/exchange.h"
#include "registry/session.h"
#include "registry/upload.h"
#include "registry/url.h"

#define DOCUMENT_TIME_LIMIT 300	/* seconds */
#define PUT_TRIES 3

struct errand {
	struct exchange exchange;
	char *name, *path;
	char digest[DIGEST_TEXT_SIZE];
};

static void errand_release(struct errand *errand)
{
	exchange_release(&errand->exchange);
	free(errand->name);
	free(errand->path);
}

/* `path` is taken. */
static void errand_init(struct errand *errand, struct registry_client *client,
			const char *repository, const struct digest *blob, char *path)
{
	struct reference named = { .host = client->name, .repository = (char *)repository };

	*errand = (struct errand){ .name = reference_name_familiar(&named), .path = path };
	if (blob)
		digest_format(blob, errand->digest);
	errand->exchange = (struct exchange){
		.client = client,
		.repository = repository,
		.path = errand->path,
		.push = true,
		.subject = { .host = client->name, .name = errand->name,
			     .blob = blob ? errand->digest : NULL, .push = true },
		.request.time_limit = DOCUMENT_TIME_LIMIT,
	};
}

int registry_blob_exists(struct registry_client *client, const char *repository,
			 const struct digest *blob, struct error *err)
{
	static const long statuses[] = { 404, 0 };
	auto_release(errand) struct errand errand = { 0 };

	errand_init(&errand, client, repository, blob,
		    xasprintf("/v2/%s/blobs/sha256:%s", repository, blob->hex));
	errand.exchange.request.method = HTTP_HEAD;
	errand.exchange.statuses = statuses;
	if (exchange_run(&errand.exchange, err) < 0)
		return -1;
	return errand.exchange.request.status != 404;
}

int registry_blob_mount(struct registry_client *client, const char *repository,
			const struct digest *blob, const char *from, struct error *err)
{
	static const long statuses[] = { 201, 202, 400, 403, 404, 405, 500, 0 };
	auto_release(errand) struct errand errand = { 0 };
	auto_free char *source = url_escape(from);

	errand_init(&errand, client, repository, blob,
		    xasprintf("/v2/%s/blobs/uploads/?mount=sha256%%3A%s&from=%s", repository,
			      blob->hex, source));
	errand.exchange.request.method = HTTP_POST;
	errand.exchange.mount_from = from;
	errand.exchange.statuses = statuses;
	if (exchange_run(&errand.exchange, err) < 0)
		return -1;
	return errand.exchange.request.status == 201;
}

/* Where the blob's bytes go. New string, or NULL. */
static char *begin(struct registry_client *client, const char *repository,
		   const struct digest *blob, struct error *err)
{
	static const long statuses[] = { 202, 0 };
	auto_release(errand) struct errand errand = { 0 };
	auto_free char *location = NULL;

	errand_init(&errand, client, repository, blob,
		    xasprintf("/v2/%s/blobs/uploads/", repository));
	errand.exchange.request.method = HTTP_POST;
	errand.exchange.statuses = statuses;
	if (exchange_run(&errand.exchange, err) < 0)
		return NULL;
	location = exchange_location(&errand.exchange, err);
	if (!location)
		return NULL;
	return xasprintf("%s%cdigest=sha256%%3A%s", location, strchr(location, '?') ? '&' : '?',
			 blob->hex);
}

/* 1; 0: the session is gone, perhaps since the answer to an earlier try was lost; -1. */
static int put_bytes(struct registry_client *client, const char *repository,
		     const struct digest *blob, const void *data, size_t size, struct error *err)
{
	static const long statuses[] = { 201, 204, 404, 0 };
	auto_release(errand) struct errand errand = { 0 };
	char *path = begin(client, repository, blob, err);

	if (!path)
		return -1;
	errand_init(&errand, client, repository, blob, path);
	errand.exchange.request.method = HTTP_PUT;
	errand.exchange.request.body = data;
	errand.exchange.request.body_size = size;
	errand.exchange.statuses = statuses;
	if (exchange_run(&errand.exchange, err) < 0)
		return -1;
	return errand.exchange.request.status != 404;
}

int registry_upload_bytes(struct registry_client *client, const char *repository,
			  const struct digest *blob, const void *data, size_t size,
			  struct error *err)
{
	for (unsigned int i = 0; i < PUT_TRIES; i++) {
		int there = registry_blob_exists(client, repository, blob, err);

		if (there == 0)
			there = put_bytes(client, repository, blob, data, size, err);
		if (there != 0)
			return there < 0 ? -1 : 0;
	}
	return error_set(err, ERROR_OTHER, "%s lost the upload %d times; try again later",
			 client->name, PUT_TRIES);
}

static int open_file(void *argument, int *ret_fd, struct error *err)
{
	const int *file = argument;

	*ret_fd = fcntl(*file, F_DUPFD_CLOEXEC, 3);
	return *ret_fd < 0 ? error_errno(err, "cannot open the file again") : 0;
}

struct file_upload {
	int file;
	struct error *err;
};

static void file_done(void *argument, const struct registry_upload *upload, struct error *failure)
{
	struct file_upload *state = argument;

	(void)upload;
	if (failure->kind != ERROR_NONE)
		error_move(state->err, failure);
}

int registry_upload_file(struct registry_client *client, const char *repository,
			 const struct digest *blob, int file, uint64_t size, struct error *err)
{
	struct file_upload state = { .file = file, .err = err };
	const struct upload_retry retry = UPLOAD_RETRY_DEFAULT;
	const struct registry_upload upload = {
		.repository = repository,
		.digest = *blob,
		.size = size,
		.open = open_file,
		.done = file_done,
		.argument = &state,
	};
	struct uploads *uploads = uploads_new(client, &retry);
	int result;

	uploads_add(uploads, &upload);
	result = uploads_run(uploads, 1, err);
	uploads_free(uploads);
	return result < 0 || err->kind != ERROR_NONE ? -1 : 0;
}

/* The registry may say what digest it has computed. */
static int check_claim(const struct exchange *exchange, const struct digest *digest,
		       struct error *err)
{
	struct digest claimed = { 0 };
	auto_error ignored = { 0 };

	if (!exchange->request.digest ||
	    digest_parse(exchange->request.digest, &claimed, &ignored) < 0 ||
	    digest_equal(&claimed, digest))
		return 0;
	return error_set(err, ERROR_INVALID, "%s took the manifest sha256:%s for sha256:%s",
			 exchange->client->name, digest->hex, claimed.hex);
}

int registry_upload_manifest(struct registry_client *client, const struct reference *reference,
			     const char *media_type, const void *data, size_t size,
			     bool *ret_subject_seen, struct error *err)
{
	static const long statuses[] = { 201, 202, 204, 0 };
	auto_free char *full = reference_familiar(reference);
	auto_release(errand) struct errand errand = { 0 };
	struct digest digest = { 0 };
	char *path;

	sha256_hex(data, size, digest.hex);
	path = digest_is_set(&reference->digest) ?
		       xasprintf("/v2/%s/manifests/sha256:%s", reference->repository,
				 reference->digest.hex) :
		       xasprintf("/v2/%s/manifests/%s", reference->repository, reference->tag);
	errand_init(&errand, client, reference->repository, NULL, path);
	errand.exchange.subject.reference = full;
	errand.exchange.request.method = HTTP_PUT;
	errand.exchange.request.body_type = media_type;
	errand.exchange.request.body = data;
	errand.exchange.request.body_size = size;
	errand.exchange.statuses = statuses;
	if (exchange_run(&errand.exchange, err) < 0)
		return -1;
	if (ret_subject_seen)
		*ret_subject_seen = errand.exchange.request.subject != NULL;
	return check_claim(&errand.exchange, &digest, err);
}
