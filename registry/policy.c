/* SPDX-License-Identifier: Apache-2.0 */
/* Where policies are, and which part of one applies. */
#include "registry/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "image/reference.h"

#define SYSTEM_FILE "/etc/containers/policy.json"
#define VENDOR_FILE "/usr/share/containers/policy.json"

/* What cannot be looked at is there: it must not be passed over. */
static bool may_exist(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static char *user_file(void)
{
	const char *folder = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	if (!is_empty(folder))
		return xasprintf("%s/containers/policy.json", folder);
	return is_empty(home) ? NULL : xasprintf("%s/.config/containers/policy.json", home);
}

char *policy_find_file(const char *given)
{
	const char *named = is_empty(given) ? getenv("CONTAINERS_POLICY_JSON") : given;
	auto_free char *users = user_file();

	if (!is_empty(named))
		return xstrdup(named);
	if (users && may_exist(users))
		return take_ptr(&users);
	if (may_exist(SYSTEM_FILE))
		return xstrdup(SYSTEM_FILE);
	return may_exist(VENDOR_FILE) ? xstrdup(VENDOR_FILE) : NULL;
}

char *policy_own_file(const char *given)
{
	const char *named = is_empty(given) ? getenv("CONTAINERS_POLICY_JSON") : given;
	auto_free char *users = user_file();

	if (!is_empty(named))
		return xstrdup(named);
	if (geteuid() == 0 && !(users && may_exist(users)))
		return xstrdup(SYSTEM_FILE);
	return take_ptr(&users);
}

static void requirement_release(struct policy_requirement *requirement)
{
	free(requirement->type);
	free(requirement->reason);
	strings_release(&requirement->key_paths);
	strings_release(&requirement->key_texts);
	free(requirement->identity.name);
	free(requirement->identity.signed_prefix);
}

void policy_release(struct policy *policy)
{
	for (size_t i = 0; i < policy->scope_count; i++) {
		struct policy_scope *scope = &policy->scopes[i];

		for (size_t r = 0; r < scope->count; r++)
			requirement_release(&scope->requirements[r]);
		free(scope->requirements);
		free(scope->transport);
		free(scope->name);
	}
	free(policy->scopes);
	free(policy->path);
	*policy = (struct policy){ 0 };
}

int policy_load(const char *given, struct policy *ret_policy, struct error *err)
{
	static const char accept_all[] = "{\"default\":[{\"type\":\"insecureAcceptAnything\"}]}";
	auto_free char *path = policy_find_file(given);
	auto_release(buffer) struct buffer text = { 0 };

	if (!path)
		return policy_decode(accept_all, strlen(accept_all), ret_policy, err);
	if (file_read(AT_FDCWD, path, POLICY_SIZE_MAX, &text, err) < 0)
		return error_context(err, "signature policy");
	if (policy_decode(text.data ? text.data : "", text.size, ret_policy, err) < 0)
		return error_context(err, "signature policy '%s'", path);
	ret_policy->path = take_ptr(&path);
	return 0;
}

static const struct policy_scope *find_scope(const struct policy *policy, const char *transport,
					     const char *name)
{
	for (size_t i = 1; i < policy->scope_count; i++) {
		const struct policy_scope *scope = &policy->scopes[i];

		if (!strcmp(scope->transport, transport) && !strcmp(scope->name, name))
			return scope;
	}
	return NULL;
}

const struct policy_scope *policy_find(const struct policy *policy, const char *transport,
				       const struct strings *names)
{
	const struct policy_scope *found = NULL;

	for (size_t i = 0; i < names->count && !found; i++)
		found = find_scope(policy, transport, names->items[i]);
	if (!found)
		found = find_scope(policy, transport, "");
	return found ? found : &policy->scopes[0];
}

/* "a/b/c", "a/b", "a". */
static void add_parents(const char *path, struct strings *names)
{
	auto_free char *part = xstrdup(path);
	char *slash;

	do {
		strings_add(names, part);
		slash = strrchr(part, '/');
		if (slash)
			*slash = '\0';
	} while (slash && slash != part);
}

void policy_names_of(const struct reference *reference, struct strings *ret_names)
{
	auto_free char *name = reference_name_full(reference);

	/* By digest, the tag is no more than a word beside it. */
	if (digest_is_set(&reference->digest))
		strings_addf(ret_names, "%s@sha256:%s", name, reference->digest.hex);
	else
		strings_addf(ret_names, "%s:%s", name, reference->tag);
	add_parents(name, ret_names);
	for (const char *dot = strchr(reference->host, '.'); dot; dot = strchr(dot + 1, '.'))
		strings_addf(ret_names, "*%s", dot);
}

void policy_names_of_path(const char *path, struct strings *ret_names)
{
	add_parents(path, ret_names);
}

int policy_check_plain(const struct policy_requirement *requirement, struct error *err)
{
	switch (requirement->check) {
	case POLICY_ACCEPT:
		return 0;
	case POLICY_REJECT:
		return error_set(err, ERROR_OTHER, "it is rejected by policy");
	case POLICY_SIGSTORE:
		return error_set(err, ERROR_OTHER,
				 "it asks for a signature, which only images in registries have");
	case POLICY_UNCHECKED:
		return error_set(err, ERROR_UNSUPPORTED, "%s", requirement->reason);
	}
	return -1;
}

int policy_rejects(const struct policy *policy, const struct policy_scope *scope,
		   struct error *err)
{
	auto_free char *shown = printable(scope->transport ? scope->name : "default");

	return error_context(err, "source image rejected: policy '%s', scope '%s'",
			     policy->path ? policy->path : "", *shown ? shown : scope->transport);
}

int policy_check_path(const char *given, const char *transport, const char *path,
		      struct error *err)
{
	auto_free char *absolute = path ? realpath(path, NULL) : NULL;
	auto_release(policy) struct policy policy = { 0 };
	auto_release(strings) struct strings names = { 0 };
	const struct policy_scope *scope;

	if (policy_load(given, &policy, err) < 0)
		return -1;
	/* Archives of docker are all one: only the transport itself is a scope. */
	if (absolute && strcmp(transport, "docker-archive") != 0)
		policy_names_of_path(absolute, &names);
	scope = policy_find(&policy, transport, &names);
	for (size_t i = 0; i < scope->count; i++)
		if (policy_check_plain(&scope->requirements[i], err) < 0)
			return policy_rejects(&policy, scope, err);
	return 0;
}
