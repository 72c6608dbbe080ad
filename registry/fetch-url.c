/* SPDX-License-Identifier: Apache-2.0 */
/* See registry/fetch-url.h. */
#include "registry/fetch-url.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/fd.h"
#include "image/store.h"
#include "registry/certificates.h"
#include "registry/transport.h"
#include "registry/url.h"

#define REDIRECTS_MAX 10
#define FILE_NAME "download"

DEFINE_AUTO(transport, transport_free);

struct fetch {
	int file;
	struct error problem;	/* of writing it */
};

static enum http_taken take(struct http_request *request, const void *data, size_t size)
{
	struct fetch *fetch = request->argument;

	if (fd_write_full(fetch->file, data, size) == 0)
		return HTTP_TAKEN;
	error_errno(&fetch->problem, "cannot keep it in the store's tmp/");
	return HTTP_REFUSED;
}

static int make_file(struct store *store, struct error *err)
{
	struct store_staging staging = { .folder = -1, .lock = -1 };
	auto_fd int file = -1;

	if (store_stage(store, "download", &staging, err) < 0)
		return -1;
	file = openat(staging.folder, FILE_NAME,
		      O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0 || unlinkat(staging.folder, FILE_NAME, 0) < 0)
		error_errno(err, "cannot make a file in the store's tmp/");
	store_staging_release(&staging);
	return err->kind == ERROR_NONE ? take_fd(&file) : -1;
}

/* Where the answer leads, or NULL: that was it, or *err. */
static char *follow(const char *url, const struct http_request *request, struct fetch *fetch,
		    struct error *err)
{
	char *next;

	if (request->failure == HTTP_FAILURE_NONE && request->status == 200)
		return NULL;
	if (fetch->problem.kind != ERROR_NONE) {
		error_move(err, &fetch->problem);
		return NULL;
	}
	if (request->failure != HTTP_FAILURE_NONE) {
		error_set(err, ERROR_OTHER, "%s", request->reason);
		return NULL;
	}
	if (request->status / 100 != 3 || !request->location) {
		error_set(err, request->status == 404 ? ERROR_NOT_FOUND : ERROR_OTHER,
			  "the server answers %ld", request->status);
		return NULL;
	}
	next = url_resolve(url, request->location, err);
	if (next && has_prefix(url, "https:") && !has_prefix(next, "https:")) {
		free(next);
		error_set(err, ERROR_OTHER, "the server leads from https to http");
		return NULL;
	}
	return next;
}

/* One request. *ret_next is where it leads, or NULL. */
static int ask(const char *url, struct fetch *fetch, char **ret_next, struct error *err)
{
	auto_release(certificates) struct certificates certificates = { 0 };
	auto_of(transport) struct transport *transport = NULL;
	auto_free char *origin = url_origin(url, err);
	struct http_request request = {
		.url = url,
		.take = take,
		.argument = fetch,
	};

	if (!origin)
		return -1;
	transport = transport_new(&certificates, true, err);
	if (!transport || transport_perform(transport, &request, err) < 0)
		return -1;
	*ret_next = follow(url, &request, fetch, err);
	http_request_release(&request);
	return err->kind == ERROR_NONE ? 0 : -1;
}

int fetch_url(struct store *store, const char *url, struct error *err)
{
	auto_fd int file = make_file(store, err);
	struct fetch fetch = { .file = file };
	auto_free char *at = xstrdup(url);
	auto_free char *shown = url_shown(url);

	if (file < 0)
		return -1;
	for (unsigned int redirects = 0; at; redirects++) {
		char *next = NULL;

		if (redirects > REDIRECTS_MAX)
			return error_set(err, ERROR_OTHER, "cannot get '%s': more than %d redirects",
					 shown, REDIRECTS_MAX);
		if (ask(at, &fetch, &next, err) < 0)
			return error_context(err, "cannot get '%s'", shown);
		free(at);
		at = next;
	}
	if (lseek(file, 0, SEEK_SET) < 0)
		return error_errno(err, "cannot read what was fetched");
	return take_fd(&file);
}
