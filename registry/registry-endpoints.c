/* SPDX-License-Identifier: Apache-2.0 */
/* What registries.conf(5) means for one image: where it is, and what a short name stands for. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "registry/registries-conf.h"

#define DOCKER_HOST "docker.io"

void registry_endpoints_release(struct registry_endpoints *endpoints)
{
	for (size_t i = 0; i < endpoints->count; i++)
		reference_release(&endpoints->items[i].reference);
	free(endpoints->items);
	*endpoints = (struct registry_endpoints){ 0 };
}

/* How much of `name` ("host/path") the prefix covers; 0: it is about others. */
static size_t match_length(const char *prefix, const char *name)
{
	size_t length = strlen(prefix), host = strcspn(name, "/");

	if (prefix[0] == '*') {
		const char *domain = prefix + 1;	/* ".example.com" */
		size_t domain_length = length - 1;

		if (host <= domain_length ||
		    strncmp(name + host - domain_length, domain, domain_length) != 0)
			return 0;
		return host;
	}
	if (strncmp(name, prefix, length) != 0 || (name[length] && name[length] != '/'))
		return 0;
	return length;
}

static const struct registry_rule *find_rule(const struct registries *registries, const char *name,
					     size_t *ret_length)
{
	const struct registry_rule *best = NULL;

	for (size_t i = 0; i < registries->rule_count; i++) {
		const struct registry_rule *rule = &registries->rules[i];
		size_t length = match_length(rule->prefix, name);

		/* The longest prefix as it is written counts: a wildcard less than its match. */
		if (!length || (best && strlen(rule->prefix) <= strlen(best->prefix)))
			continue;
		best = rule;
		*ret_length = length;
	}
	return best;
}

/* Whether the first part of `name` is a host, by the rule of image/reference.h. */
static bool has_host(const char *name)
{
	size_t length = strcspn(name, "/");
	auto_free char *first = NULL;

	if (!name[length])
		return false;
	first = xstrndup(name, length);
	if (!strcmp(first, "localhost") || strpbrk(first, ".:"))
		return true;
	for (const char *c = first; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			return true;
	return false;
}

/* Adds the place that has `location` where the name of `reference` has its first `length` bytes;
 * location NULL: as it is. */
static int add_endpoint(struct registry_endpoints *endpoints, const struct registry_rule *rule,
			const struct reference *reference, const char *location, size_t length,
			struct error *err)
{
	struct registry_endpoint *endpoint;
	auto_release(reference) struct reference moved = { 0 };
	auto_free char *name = reference_name_full(reference);
	auto_free char *there = location ? xasprintf("%s%s", location, name + length) : NULL;

	/* What has no host would be completed to another image, docker.io's. */
	if (there && !has_host(there))
		return error_set(err, ERROR_INVALID,
				 "%s:%u: location '%s' makes '%s' of it, which is no host with a path",
				 rule->file, rule->line, location, there);
	if (there && reference_parse(there, &moved, err) < 0)
		return error_context(err, "%s:%u: location '%s'", rule->file, rule->line, location);
	endpoints->items = xrealloc_array(endpoints->items, endpoints->count + 1,
					  sizeof(*endpoints->items));
	endpoint = &endpoints->items[endpoints->count++];
	*endpoint = (struct registry_endpoint){ 0 };
	reference_copy(&endpoint->reference, reference);
	if (there) {
		replace_string(&endpoint->reference.host, moved.host);
		replace_string(&endpoint->reference.repository, moved.repository);
	}
	return 0;
}

static bool serves(const struct registry_mirror *mirror, const struct reference *reference)
{
	bool by_digest = digest_is_set(&reference->digest);

	return mirror->use == MIRROR_FOR_ALL || (mirror->use == MIRROR_FOR_DIGESTS) == by_digest;
}

static int add_mirrors(struct registry_endpoints *endpoints, const struct registry_rule *rule,
		       const struct reference *reference, size_t length, struct error *err)
{
	for (size_t i = 0; i < rule->mirror_count; i++) {
		const struct registry_mirror *mirror = &rule->mirrors[i];

		if (!serves(mirror, reference))
			continue;
		if (add_endpoint(endpoints, rule, reference, mirror->location, length, err) < 0)
			return -1;
		endpoints->items[endpoints->count - 1].insecure = mirror->insecure;
		endpoints->items[endpoints->count - 1].is_mirror = true;
	}
	return 0;
}

static int fill(const struct registries *registries, const struct reference *reference,
		enum registry_purpose purpose, struct registry_endpoints *endpoints,
		struct error *err)
{
	auto_free char *name = reference_name_full(reference);
	size_t length = 0;
	const struct registry_rule *rule = find_rule(registries, name, &length);

	if (!rule)
		return add_endpoint(endpoints, NULL, reference, NULL, 0, err);
	if (rule->blocked)
		return error_set(err, ERROR_OTHER, "registry '%s' is blocked in %s:%u",
				 rule->prefix, rule->file, rule->line);
	if (purpose == REGISTRY_FOR_PULL &&
	    add_mirrors(endpoints, rule, reference, length, err) < 0)
		return -1;
	if (add_endpoint(endpoints, rule, reference, rule->location, length, err) < 0)
		return -1;
	endpoints->items[endpoints->count - 1].insecure = rule->insecure;
	return 0;
}

int registries_find(const struct registries *registries, const struct reference *reference,
		    enum registry_purpose purpose, struct registry_endpoints *ret_endpoints,
		    struct error *err)
{
	struct registry_endpoints endpoints = { 0 };

	if (fill(registries, reference, purpose, &endpoints, err) < 0) {
		registry_endpoints_release(&endpoints);
		return -1;
	}
	*ret_endpoints = endpoints;
	return 0;
}

int registry_endpoints_find(const struct reference *reference, enum registry_purpose purpose,
			    struct registry_endpoints *ret_endpoints, struct error *err)
{
	auto_release(registries) struct registries registries = { 0 };

	if (registries_load(&registries, err) < 0)
		return -1;
	return registries_find(&registries, reference, purpose, ret_endpoints, err);
}

int registry_host_is_insecure(const char *host, bool *ret_insecure, struct error *err)
{
	auto_release(registries) struct registries registries = { 0 };
	const struct registry_rule *rule;
	size_t length;

	if (registries_load(&registries, err) < 0)
		return -1;
	rule = find_rule(&registries, host, &length);
	*ret_insecure = rule && rule->insecure;
	return 0;
}

/* What of `name` stands before its tag and digest. */
static size_t path_length(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *last = slash ? slash : name;

	return (size_t)(last - name) + strcspn(last, ":@");
}

static int fail_ambiguous(const struct registries *registries, const char *name, struct error *err)
{
	auto_free char *shown = printable(name);
	auto_free char *hosts = strings_join(&registries->search, ", ");

	error_set(err, ERROR_INVALID,
		  "short name '%.255s' may be at any of %s, and short-name-mode is \"enforcing\" in %s",
		  shown, hosts, registries->enforced_by);
	return error_remedy(err, "give the full name");
}

int registries_complete(const struct registries *registries, const char *name,
			struct strings *ret_names, struct error *err)
{
	size_t length = path_length(name);
	auto_free char *path = xstrndup(name, length);
	const char *alias = strings_get_value(&registries->aliases, path);

	strings_release(ret_names);
	if (has_host(name) || (!alias && registries->search.count == 0)) {
		strings_add(ret_names, name);	/* which docker.io's is, if it has no host */
		return 0;
	}
	if (alias) {
		strings_addf(ret_names, "%s%s", alias, name + length);
		return 0;
	}
	if (registries->enforcing && registries->search.count > 1)
		return fail_ambiguous(registries, name, err);
	for (size_t i = 0; i < registries->search.count; i++) {
		const char *host = registries->search.items[i];

		if (!strcmp(host, DOCKER_HOST))
			strings_add(ret_names, name);
		else
			strings_addf(ret_names, "%s/%s", host, name);
	}
	return 0;
}

int registry_names_find(const char *name, struct strings *ret_names, struct error *err)
{
	auto_release(registries) struct registries registries = { 0 };

	if (has_host(name)) {	/* no file has a say in it */
		strings_release(ret_names);
		strings_add(ret_names, name);
		return 0;
	}
	if (registries_load(&registries, err) < 0)
		return -1;
	return registries_complete(&registries, name, ret_names, err);
}
