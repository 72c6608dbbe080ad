/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists come in pages: the next one begins behind the last name of this one
 * (distribution-spec, "Listing Tags"), until a page is empty or tells nothing new.
 */
#include "registry/search.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "image/reference.h"
#include "registry/exchange.h"
#include "registry/registries-conf.h"
#include "registry/session.h"
#include "registry/url.h"

#define HUB "docker.io"
#define HUB_INDEX "index.docker.io"
#define ANSWER_MAX ((size_t)4 << 20)
#define TIME_LIMIT 60
#define PAGE_SIZE 100
#define PAGES_MAX 1000
#define NAME_MAX_SHOWN 300
#define DESCRIPTION_MAX 1024

struct search {
	const struct search_request *request;
	struct registry_client *client;
	struct credentials credentials;
	char *host;		/* "docker.io" */
	char *what;		/* the rest of the term; "" is everything */
	struct search_results results;
};

static void search_release(struct search *search)
{
	registry_client_free(search->client);
	credentials_release(&search->credentials);
	free(search->host);
	free(search->what);
	search_results_release(&search->results);
}

static bool is_host(const char *text)
{
	return strpbrk(text, ".:") || strcmp(text, "localhost") == 0;
}

static int split_term(struct search *search, struct error *err)
{
	const char *term = search->request->term;
	const char *slash = strchr(term, '/');
	auto_free char *first = xstrndup(term, strcspn(term, "/"));
	const char *rest;

	if (strstr(term, "://"))
		return error_set(err, ERROR_USAGE, "a search term has no scheme (https://)");
	if (slash && is_host(first)) {
		bool hub = !strcmp(first, HUB) || !strcmp(first, HUB_INDEX);

		search->host = hub ? xstrdup(HUB) : take_ptr(&first);
		search->what = xstrdup(slash + 1);
	} else {
		search->host = xstrdup(HUB);
		rest = skip_prefix(term, "library/");
		search->what = xstrdup(rest ? rest : term);
	}
	if (!*search->what && strcmp(search->host, HUB) == 0)
		return error_set(err, ERROR_USAGE, "the search term is empty");
	return 0;
}

static enum http_taken take_answer(struct exchange *exchange, const void *data, size_t size)
{
	struct buffer *answer = exchange->argument;

	if (exchange->offset == 0)
		buffer_clear(answer);
	return buffer_append(answer, data, size, &exchange->failure) < 0 ? HTTP_REFUSED : HTTP_TAKEN;
}

/* 1 with the JSON at `path`; 0 when the registry does not know such a thing; -1. */
static int ask(struct search *search, const char *repository, const char *path,
	       json_t **ret_answer, struct error *err)
{
	static const long unknown[] = { 400, 404, 405, 406, 410, 501, 0 };
	auto_release(buffer) struct buffer answer = { .max = ANSWER_MAX };
	auto_free char *name = xasprintf("%s/%s", search->host, search->what);
	struct exchange exchange = {
		.client = search->client,
		.repository = repository,
		.path = path,
		.subject = { .host = search->host, .name = name, .reference = name },
		.take = take_answer,
		.argument = &answer,
		.statuses = unknown,
		.request = { .accept = "application/json", .time_limit = TIME_LIMIT },
	};
	int result = exchange_run(&exchange, err);
	long status = exchange.request.status;

	exchange_release(&exchange);
	if (result < 0)
		return -1;
	if (status != 200)
		return 0;
	*ret_answer = json_parse(answer.data ? answer.data : "", answer.size, "its answer", err);
	return *ret_answer ? 1 : error_context(err, "%s", search->host);
}

/* One line, fit for a terminal. */
static char *clean(const char *text, size_t max)
{
	auto_free char *line = xstrndup(text ? text : "", max);

	while (!is_utf8(line, strlen(line)))	/* a character was cut */
		line[strlen(line) - 1] = '\0';
	for (char *c = line; *c; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	return printable(line);
}

/* False once there are as many as were asked for. */
static bool add_result(struct search *search, const struct search_result *result)
{
	struct search_results *results = &search->results;

	results->items = xrealloc_array(results->items, results->count + 1,
					sizeof(*results->items));
	results->items[results->count++] = *result;
	return results->count < search->request->limit;
}

/* What `pull` takes: Docker Hub's names are complete without a host. */
static char *name_of(const struct search *search, const char *name)
{
	auto_free char *shown = clean(name, NAME_MAX_SHOWN);

	return strcmp(search->host, HUB) == 0 ? take_ptr(&shown) :
						xasprintf("%s/%s", search->host, shown);
}

static void add_found(struct search *search, const json_t *found)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(found, i, entry) {
		const char *name = json_string_value(json_object_get(entry, "name"));
		json_int_t stars = json_integer_value(json_object_get(entry, "star_count"));
		struct search_result result = { .stars = stars > 0 ? (uint64_t)stars : 0 };

		if (is_empty(name))
			continue;
		result.name = name_of(search, name);
		result.description = clean(
			json_string_value(json_object_get(entry, "description")), DESCRIPTION_MAX);
		result.official = json_is_true(json_object_get(entry, "is_official"));
		result.automated = json_is_true(json_object_get(entry, "is_automated"));
		if (!add_result(search, &result))
			return;
	}
}

/* 0 when the registry has no such search. */
static int search_index(struct search *search, struct error *err)
{
	auto_free char *escaped = url_escape(search->what);
	auto_free char *path = xasprintf("/v1/search?q=%s&n=%u", escaped, search->request->limit);
	auto_json json_t *answer = NULL;
	int known = ask(search, "", path, &answer, err);

	if (known <= 0)
		return known;
	if (!json_is_array(json_object_get(answer, "results")))
		return error_set(err, ERROR_INVALID, "%s: its answer has no results", search->host);
	add_found(search, json_object_get(answer, "results"));
	return 1;
}

/* One name of a list; false to stop. */
typedef bool (*list_taker)(struct search *search, const char *name);

/* Walks through a list by pages. 0 when the registry has no such list. */
static int walk_list(struct search *search, const char *repository, const char *path,
		     const char *member, list_taker take, struct error *err)
{
	auto_free char *last = NULL;

	for (unsigned int page = 0; page < PAGES_MAX; page++) {
		auto_free char *escaped = url_escape(last ? last : "");
		auto_free char *url = xasprintf("%s?n=%d%s%s", path, PAGE_SIZE,
						last ? "&last=" : "", escaped);
		auto_json json_t *answer = NULL;
		int known = ask(search, repository, url, &answer, err);
		const json_t *name;
		const char *newest = NULL;
		size_t i;

		if (known <= 0)
			return known;
		json_array_foreach(json_object_get(answer, member), i, name) {
			newest = json_string_value(name);
			if (newest && !take(search, newest))
				return 1;
		}
		/* A registry without pages sends the same list again and again. */
		if (!newest || i < PAGE_SIZE || (last && strcmp(newest, last) <= 0))
			return 1;
		replace_string(&last, newest);
	}
	return 1;
}

static bool take_repository(struct search *search, const char *name)
{
	struct search_result result = { 0 };

	if (!strstr(name, search->what))
		return true;
	result.name = name_of(search, name);
	result.description = xstrdup("");
	return add_result(search, &result);
}

static bool take_tag(struct search *search, const char *tag)
{
	struct search_result result = {
		.name = name_of(search, search->what),
		.tag = clean(tag, NAME_MAX_SHOWN),
		.description = xstrdup(""),
	};

	return add_result(search, &result);
}

static int list_tags(struct search *search, const struct reference *reference, struct error *err)
{
	auto_free char *path = xasprintf("/v2/%s/tags/list", reference->repository);
	int known = walk_list(search, reference->repository, path, "tags", take_tag, err);

	if (known == 0)
		return error_set(err, ERROR_NOT_FOUND, "%s has no repository '%s'", search->host,
				 search->what);
	return known < 0 ? -1 : 0;
}

static int find(struct search *search, struct error *err)
{
	int known = search_index(search, err);

	if (known == 0 && strcmp(search->host, HUB) != 0)
		known = walk_list(search, "", "/v2/_catalog", "repositories", take_repository, err);
	if (known == 0)
		return error_set(err, ERROR_UNSUPPORTED, "%s cannot be searched", search->host);
	return known < 0 ? -1 : 0;
}

/* The repository of --list-tags, or some name there: it chooses the credentials. */
static int name_target(const struct search *search, struct reference *reference,
		       struct error *err)
{
	auto_free char *whole = xasprintf("%s/%s", search->host, search->what);
	auto_free char *any = xasprintf("%s/x", search->host);
	auto_error ignored = { 0 };

	if (search->request->list_tags)
		return reference_parse(whole, reference, err);
	if (reference_parse(whole, reference, &ignored) == 0)
		return 0;
	return reference_parse(any, reference, err);
}

static int run(struct search *search, struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };
	bool hub_search, insecure;
	const char *host;

	if (split_term(search, err) < 0 || name_target(search, &reference, err) < 0 ||
	    registry_host_is_insecure(search->host, &insecure, err) < 0)
		return -1;
	hub_search = strcmp(search->host, HUB) == 0 && !search->request->list_tags;
	host = hub_search ? HUB_INDEX : search->host;
	/* Docker Hub's search is for everybody. */
	if (!hub_search && credentials_find(&search->request->credentials, &reference,
					    &search->credentials, err) < 0)
		return -1;
	search->client = registry_client_new(host, &search->credentials,
					     insecure ? REGISTRY_TLS_INSECURE : search->request->tls,
					     search->request->cert_dir, err);
	if (!search->client)
		return -1;
	search->results.index = xstrdup(search->host);
	return search->request->list_tags ? list_tags(search, &reference, err) :
					    find(search, err);
}

int search(const struct search_request *request, struct search_results *ret_results,
	   struct error *err)
{
	auto_release(search) struct search work = { .request = request };
	auto_free char *shown = NULL;

	if (run(&work, err) < 0) {
		shown = printable(request->term);
		return error_context(err, "cannot search for '%.300s'", shown);
	}
	*ret_results = work.results;
	work.results = (struct search_results){ 0 };
	return 0;
}
