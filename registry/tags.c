/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists come page by page; each names the next one in a Link header. That is the
 * registry's word, so it must stay at the registry, and lead on: pages and tags have a maximum.
 */
#include "registry/tags.h"

#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "image/reference.h"
#include "registry/client.h"
#include "registry/exchange.h"
#include "registry/headers.h"
#include "registry/pull-session.h"
#include "registry/pull.h"
#include "registry/registries-conf.h"
#include "registry/session.h"
#include "registry/url.h"

#define PAGE_SIZE_MAX ((size_t)4 << 20)
#define PAGE_TAGS 1000
#define PAGES_MAX 1000
#define PAGE_TIME_LIMIT 120	/* seconds */

struct listing {
	struct pull_session session;
	struct strings *tags;
	struct buffer page;
};

static enum http_taken take_page(struct exchange *exchange, const void *data, size_t size)
{
	struct listing *listing = exchange->argument;

	if (exchange->offset == 0)
		buffer_clear(&listing->page);
	if (buffer_append(&listing->page, data, size, &exchange->failure) == 0)
		return HTTP_TAKEN;
	error_context(&exchange->failure, "a page of the list of tags");
	return HTTP_REFUSED;
}

static bool is_tag(const char *text)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_free char *name = text ? xasprintf("x/y:%s", text) : NULL;
	auto_error ignored = { 0 };

	return name && !strpbrk(text, "@:/") && reference_parse(name, &reference, &ignored) == 0;
}

static int decode_page(struct listing *listing, struct error *err)
{
	const struct buffer *page = &listing->page;
	auto_json json_t *json = json_parse(page->data ? page->data : "", page->size,
					    "the list of tags", err);
	const json_t *tags = json_object_get(json, "tags");
	const json_t *tag;
	size_t i;

	if (!json)
		return -1;
	if (!json_is_array(tags) && !json_is_null(tags))
		return error_set(err, ERROR_INVALID, "the list of tags is none");
	json_array_foreach(tags, i, tag) {
		if (!is_tag(json_string_value(tag)))
			return error_set(err, ERROR_INVALID, "the list of tags has one that is none");
		if (listing->tags->count >= TAGS_MAX)
			return error_set(err, ERROR_INVALID, "it has more than %d tags", TAGS_MAX);
		strings_add(listing->tags, json_string_value(tag));
	}
	return 0;
}

/* The path of the next page, or NULL after the last one (or with *err). */
static char *next_path(const struct exchange *exchange, struct error *err)
{
	const struct registry_client *client = exchange->client;
	auto_free char *link = exchange->request.link ? link_find_next(exchange->request.link) :
							NULL;
	auto_free char *here = NULL, *url = NULL, *origin = NULL;

	if (!link)
		return NULL;
	here = xasprintf("%s%s", client->base, exchange->path);
	url = url_resolve(here, link, err);
	origin = url ? url_origin(url, err) : NULL;
	if (!origin)
		return NULL;
	if (strcmp(origin, client->origin) != 0 || !has_prefix(url, client->base) ||
	    !strcmp(url, here)) {
		error_set(err, ERROR_INVALID, "the list of tags goes on where it may not");
		return NULL;
	}
	return xstrdup(url + strlen(client->base));
}

/* Fetches the page at `path`; *ret_next is the one after it, or NULL. */
static int fetch_page(struct listing *listing, const char *path, char **ret_next,
		      struct error *err)
{
	const struct reference *reference = listing->session.reference;
	auto_free char *name = reference_name_familiar(reference);
	struct exchange exchange = {
		.client = listing->session.client,
		.repository = reference->repository,
		.path = path,
		.subject = { .host = listing->session.client->name, .name = name,
			     .reference = name },
		.take = take_page,
		.argument = listing,
		.request.time_limit = PAGE_TIME_LIMIT,
	};
	int result;

	buffer_clear(&listing->page);
	listing->page.max = PAGE_SIZE_MAX;
	result = exchange_run(&exchange, err);
	if (result == 0)
		result = decode_page(listing, err);
	if (result == 0) {
		*ret_next = next_path(&exchange, err);
		result = err->kind == ERROR_NONE ? 0 : -1;
	}
	exchange_release(&exchange);
	return result;
}

static int fetch_pages(struct listing *listing, struct error *err)
{
	auto_free char *path = xasprintf("/v2/%s/tags/list?n=%d",
					 listing->session.reference->repository, PAGE_TAGS);

	for (unsigned int pages = 0; path; pages++) {
		char *next = NULL;

		if (pages == PAGES_MAX)
			return error_set(err, ERROR_INVALID, "the list of tags does not end");
		if (fetch_page(listing, path, &next, err) < 0)
			return -1;
		free(path);
		path = next;
	}
	return 0;
}

static int list_from(const struct pull_request *request, const struct registry_endpoint *endpoint,
		     struct strings *tags, struct error *err)
{
	struct listing listing = { .tags = tags };
	int result = pull_session_open(request, endpoint, &listing.session, err);

	if (result == 0)
		result = fetch_pages(&listing, err);
	pull_session_release(&listing.session);
	buffer_release(&listing.page);
	return result;
}

int tags_list(const struct pull_request *request, struct strings *ret_tags, struct error *err)
{
	auto_release(registry_endpoints) struct registry_endpoints endpoints = { 0 };
	auto_release(strings) struct strings tags = { 0 };

	/* A mirror need not know all tags: the registry itself is asked, which stands last. */
	if (registry_endpoints_find(&request->reference, REGISTRY_FOR_PULL, &endpoints, err) < 0 ||
	    list_from(request, &endpoints.items[endpoints.count - 1], &tags, err) < 0)
		return -1;
	strings_copy(ret_tags, &tags);
	return 0;
}
