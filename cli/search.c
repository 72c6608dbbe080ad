/* SPDX-License-Identifier: Apache-2.0 */
/* proa search: images in a registry by a word, or the tags of one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/filter.h"
#include "cli/format.h"
#include "registry/search.h"

#define TABLE "{{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}"
#define TABLE_COMPATIBLE TABLE "\t{{.IsAutomated}}"
#define TABLE_TAGS "{{.Name}}\t{{.Tag}}"
#define DESCRIPTION_COLUMNS 45

struct search_args {
	const char *auth_file, *cert_dir, *creds, *format;
	struct strings filters;
	long long limit;
	bool compatible, list_tags, no_trunc, tls_verify;
};

static const struct option search_options[] = {
	OPTION_STRING(0, "authfile", "FILE", struct search_args, auth_file,
		      "Read registry credentials from this file"),
	OPTION_STRING(0, "cert-dir", "DIRECTORY", struct search_args, cert_dir,
		      "Registry certificates"),
	OPTION_FLAG(0, "compatible", struct search_args, compatible,
		    "Show whether images are automated, too"),
	OPTION_STRING(0, "creds", "USER:PASSWORD", struct search_args, creds,
		      "Registry credentials"),
	OPTION_LIST('f', "filter", "KEY=VALUE", struct search_args, filters,
		    "Show only those that match: is-official=, stars= (at least), is-automated="),
	OPTION_STRING(0, "format", "FORMAT", struct search_args, format,
		      "table, json, 'table TEMPLATE', or a Go template"),
	OPTION_INTEGER(0, "limit", "NUMBER", struct search_args, limit,
		       "Show at most so many (default 25)"),
	OPTION_FLAG(0, "list-tags", struct search_args, list_tags,
		    "List the tags of the repository TERM"),
	OPTION_FLAG(0, "no-trunc", struct search_args, no_trunc, "Cut nothing short"),
	OPTION_FLAG(0, "tls-verify", struct search_args, tls_verify,
		    "Check the registry's certificate (default true)"),
	OPTION_END,
};

static const struct list_field search_fields[] = {
	{ "Name", "NAME" }, { "Description", "DESCRIPTION" }, { "StarCount", "STARS" },
	{ "IsOfficial", "OFFICIAL" }, { "IsAutomated", "AUTOMATED" }, { "Tag", "TAG" },
	{ "Index", "INDEX" }, { "Stars", "STARS" }, { "Official", "OFFICIAL" },
	{ "Automated", "AUTOMATED" }, { NULL, NULL },
};

static const char *const filter_keys[] = { "is-automated", "is-official", "stars", NULL };

/* What the filters ask for; -1: anything. */
struct wanted {
	int official, automated;
	uint64_t stars;
};

static void search_defaults(void *args)
{
	((struct search_args *)args)->tls_verify = true;
}

static int want_bool(const struct filters *filters, const char *key, int *ret_wanted,
		     struct error *err)
{
	const char *value = filters_value(filters, key);
	bool wanted;

	*ret_wanted = -1;
	if (!value)
		return 0;
	if (filter_parse_bool(key, value, &wanted, err) < 0)
		return -1;
	*ret_wanted = wanted;
	return 0;
}

static int read_filters(const struct search_args *args, struct wanted *ret_wanted,
			struct error *err)
{
	auto_release(filters) struct filters filters = { 0 };
	const char *stars;

	ret_wanted->stars = 0;
	if (filters_parse(&args->filters, filter_keys, &filters, err) < 0 ||
	    want_bool(&filters, "is-official", &ret_wanted->official, err) < 0 ||
	    want_bool(&filters, "is-automated", &ret_wanted->automated, err) < 0)
		return -1;
	stars = filters_value(&filters, "stars");
	if (stars && parse_u64(stars, &ret_wanted->stars, err) < 0)
		return error_set(err, ERROR_INVALID, "invalid filter 'stars=%s'", stars);
	return 0;
}

static bool is_wanted(const struct wanted *wanted, const struct search_result *result)
{
	return (wanted->official < 0 || wanted->official == result->official) &&
	       (wanted->automated < 0 || wanted->automated == result->automated) &&
	       result->stars >= wanted->stars;
}

/* At most so many characters, the last of them an ellipsis where there are more. */
static char *shorten(const char *text)
{
	size_t columns = 0, cut = 0, i = 0;

	for (; text[i]; i++) {
		if (((unsigned char)text[i] & 0xc0) == 0x80)
			continue;
		if (columns == DESCRIPTION_COLUMNS - 1)
			cut = i;
		if (columns++ == DESCRIPTION_COLUMNS)
			return xasprintf("%.*s\xe2\x80\xa6", (int)cut, text);
	}
	return xstrdup(text);
}

static void put(json_t *row, const char *key, const char *value)
{
	json_object_set_new(row, key, json_string(value ? value : ""));
}

/* What docker has, and, but in JSON, podman's names for it. */
static json_t *row_of(const struct search_args *args, const struct search_results *results,
		      const struct search_result *result)
{
	bool json = args->format && strcmp(args->format, "json") == 0;
	auto_free char *stars = xasprintf("%llu", (unsigned long long)result->stars);
	auto_free char *text = args->no_trunc ? xstrdup(result->description) :
						shorten(result->description);
	const char *official = result->official ? "[OK]" : "";
	const char *automated = result->automated ? "[OK]" : "";
	json_t *row = json_object();

	put(row, "Name", result->name);
	if (result->tag || !json)
		put(row, "Tag", result->tag);
	if (result->tag && json)
		return row;
	put(row, "Description", text);
	put(row, "StarCount", stars);
	put(row, "IsOfficial", official);
	put(row, "IsAutomated", automated);
	if (json)
		return row;
	put(row, "Index", results->index);
	put(row, "Stars", stars);
	put(row, "Official", official);
	put(row, "Automated", automated);
	return row;
}

static int by_stars(const void *a, const void *b)
{
	const struct search_result *first = a, *second = b;

	if (first->stars != second->stars)
		return first->stars > second->stars ? -1 : 1;
	return strcmp(first->name, second->name);
}

static int check_limit(const struct search_args *args, struct error *err)
{
	long long max = args->list_tags ? UINT32_MAX : SEARCH_LIMIT_MAX;

	if (args->limit < 0 || args->limit > max)
		return error_set(err, ERROR_INVALID, "limit %lld is outside the range of [1, %lld]",
				 args->limit, max);
	if (args->list_tags && args->filters.count > 0)
		return error_set(err, ERROR_USAGE, "--filter and --list-tags are mutually exclusive");
	return 0;
}

static int print(const struct search_args *args, const struct wanted *wanted,
		 const struct search_results *results, struct error *err)
{
	auto_json json_t *rows = json_array();
	const char *table = args->list_tags ? TABLE_TAGS : args->compatible ? TABLE_COMPATIBLE : TABLE;

	for (size_t i = 0; i < results->count; i++)
		if (is_wanted(wanted, &results->items[i]))
			json_array_append_new(rows, row_of(args, results, &results->items[i]));
	return format_list(args->format, table, search_fields, rows, err);
}

static int search_run(const struct invocation *invocation, struct error *err)
{
	const struct search_args *args = invocation->args;
	auto_release(search_results) struct search_results results = { 0 };
	struct wanted wanted;
	struct search_request request = {
		.term = invocation->operands[0],
		.limit = args->limit ? (unsigned int)args->limit : SEARCH_LIMIT_DEFAULT,
		.list_tags = args->list_tags,
		.tls = args->tls_verify ? REGISTRY_TLS_VERIFY : REGISTRY_TLS_INSECURE,
		.cert_dir = args->cert_dir,
		.credentials = { .given = args->creds, .auth_file = args->auth_file },
	};

	if (!request.credentials.auth_file)
		request.credentials.auth_file = getenv("REGISTRY_AUTH_FILE");
	if (check_limit(args, err) < 0 || read_filters(args, &wanted, err) < 0 ||
	    registry_search(&request, &results, err) < 0)
		return -1;
	if (!args->list_tags && results.count > 0)
		qsort(results.items, results.count, sizeof(*results.items), by_stars);
	return print(args, &wanted, &results, err);
}

const struct command command_search = {
	.name = "search",
	.group = "image",
	.alias = "search",
	.operands = "TERM",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "Search a registry for images",
	.examples = "  proa search --filter is-official=true nginx\n"
		    "  proa search localhost:5000/app\n"
		    "  proa search --list-tags debian\n",
	.options = search_options,
	.args_size = sizeof(struct search_args),
	.defaults = search_defaults,
	.run = search_run,
};
