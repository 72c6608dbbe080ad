/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading policy.json. A member that we do not know may be a condition: in a requirement it
 * makes that one uncheckable, elsewhere the file is wrong.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "image/reference.h"
#include "registry/base64.h"
#include "registry/policy.h"

static const struct {
	const char *word;
	enum policy_match match;
	const char *name_member;	/* NULL: none */
} matches[] = {
	{ "matchRepoDigestOrExact", MATCH_REPO_DIGEST_OR_EXACT, NULL },
	{ "matchExact", MATCH_EXACT, NULL },
	{ "matchRepository", MATCH_REPOSITORY, NULL },
	{ "exactReference", MATCH_EXACT_REFERENCE, "dockerReference" },
	{ "exactRepository", MATCH_EXACT_REPOSITORY, "dockerRepository" },
	{ "remapIdentity", MATCH_REMAP, "prefix" },
};

const char *policy_match_word(enum policy_match match)
{
	for (size_t i = 0; i < ARRAY_SIZE(matches); i++)
		if (matches[i].match == match)
			return matches[i].word;
	return "";
}

/* The first member of `object` that is none of `known` (ends with NULL), or NULL. */
static const char *unknown_member(const json_t *object, const char *const *known)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value) {
		const char *const *k = known;

		while (*k && strcmp(*k, key) != 0)
			k++;
		if (!*k)
			return key;
	}
	return NULL;
}

static void cannot_check(struct policy_requirement *requirement, const char *what)
{
	auto_free char *shown = printable(what);

	requirement->check = POLICY_UNCHECKED;
	free(requirement->reason);
	requirement->reason = xasprintf("it asks for '%.100s', which proa cannot check", shown);
}

static int decode_match(const json_t *json, size_t which, struct policy_identity *identity,
			struct error *err)
{
	const char *member = matches[which].name_member;
	const char *known[] = { "type", member ? member : "type",
				matches[which].match == MATCH_REMAP ? "signedPrefix" : "type", NULL };
	const char *unknown = unknown_member(json, known);

	if (unknown)
		return error_set(err, ERROR_INVALID, "signedIdentity: unknown member '%.100s'",
				 unknown);
	identity->match = matches[which].match;
	identity->name = member ? json_copy_string(json, member) : NULL;
	if (member && is_empty(identity->name))
		return error_set(err, ERROR_INVALID, "signedIdentity: '%s' is missing", member);
	if (identity->match != MATCH_REMAP)
		return 0;
	identity->signed_prefix = json_copy_string(json, "signedPrefix");
	if (is_empty(identity->signed_prefix))
		return error_set(err, ERROR_INVALID, "signedIdentity: 'signedPrefix' is missing");
	return 0;
}

static int decode_identity(const json_t *json, struct policy_identity *identity,
			   struct error *err)
{
	const char *type = json_string_value(json_object_get(json, "type"));

	if (!json)
		return 0;
	for (size_t i = 0; type && i < ARRAY_SIZE(matches); i++)
		if (strcmp(matches[i].word, type) == 0)
			return decode_match(json, i, identity, err);
	return error_set(err, ERROR_INVALID, "signedIdentity: unknown type");
}

static int take_key(const char *text, bool is_path, struct policy_requirement *requirement,
		    struct error *err)
{
	struct strings *keys = is_path ? &requirement->key_paths : &requirement->key_texts;
	auto_free char *pem = NULL;
	size_t size = 0;

	if (keys->count >= POLICY_KEYS_MAX)
		return error_set(err, ERROR_INVALID, "more than %d keys", POLICY_KEYS_MAX);
	if (is_empty(text))
		return error_set(err, ERROR_INVALID, "a key is missing or empty");
	if (is_path) {
		strings_add(keys, text);
		return 0;
	}
	pem = base64_decode(text, &size);
	if (!pem || strlen(pem) != size)
		return error_set(err, ERROR_INVALID, "a key is not base64 of PEM");
	strings_add(keys, pem);
	return 0;
}

static int take_keys(const json_t *value, bool is_list, bool is_path,
		     struct policy_requirement *requirement, struct error *err)
{
	const json_t *item;
	size_t i;

	if (!is_list)
		return take_key(json_string_value(value), is_path, requirement, err);
	if (json_array_size(value) == 0)
		return error_set(err, ERROR_INVALID, "an empty list of keys");
	json_array_foreach(value, i, item)
		if (take_key(json_string_value(item), is_path, requirement, err) < 0)
			return -1;
	return 0;
}

static int decode_keys(const json_t *json, struct policy_requirement *requirement,
		       struct error *err)
{
	static const struct {
		const char *member;
		bool is_list, is_path;
	} forms[] = {
		{ "keyPath", false, true }, { "keyPaths", true, true },
		{ "keyData", false, false }, { "keyDatas", true, false },
	};
	unsigned int found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		const json_t *value = json_object_get(json, forms[i].member);

		if (!value)
			continue;
		found++;
		if (take_keys(value, forms[i].is_list, forms[i].is_path, requirement, err) < 0)
			return error_context(err, "%s", forms[i].member);
	}
	if (found != 1)
		return error_set(err, ERROR_INVALID,
				 "sigstoreSigned needs exactly one of keyPath, keyPaths, keyData, keyDatas");
	return 0;
}

static int decode_sigstore(const json_t *json, struct policy_requirement *requirement,
			   struct error *err)
{
	static const char *const known[] = {
		"type", "keyPath", "keyPaths", "keyData", "keyDatas", "signedIdentity", NULL,
	};
	const char *unknown = unknown_member(json, known);

	requirement->check = POLICY_SIGSTORE;
	if (unknown) {
		cannot_check(requirement, unknown);
		return 0;
	}
	if (decode_identity(json_object_get(json, "signedIdentity"), &requirement->identity, err) < 0)
		return -1;
	return decode_keys(json, requirement, err);
}

static int decode_requirement(const json_t *json, struct policy_requirement *requirement,
			      struct error *err)
{
	static const char *const plain[] = { "type", NULL };
	const char *type = json_string_value(json_object_get(json, "type"));
	const char *unknown;

	if (!type)
		return error_set(err, ERROR_INVALID, "a requirement without a type");
	requirement->type = xstrdup(type);
	if (strcmp(type, "sigstoreSigned") == 0)
		return decode_sigstore(json, requirement, err);
	if (strcmp(type, "insecureAcceptAnything") != 0 && strcmp(type, "reject") != 0) {
		cannot_check(requirement, type);
		return 0;
	}
	requirement->check = *type == 'r' ? POLICY_REJECT : POLICY_ACCEPT;
	unknown = unknown_member(json, plain);
	if (unknown)
		cannot_check(requirement, unknown);
	return 0;
}

/* What was decoded before a failure stays in *scope, for policy_release(). */
static int decode_scope(const json_t *list, struct policy_scope *scope, struct error *err)
{
	size_t count = json_array_size(list);

	if (count == 0)
		return error_set(err, ERROR_INVALID, "a list of requirements is missing or empty");
	if (count > POLICY_REQUIREMENTS_MAX)
		return error_set(err, ERROR_INVALID, "more than %d requirements",
				 POLICY_REQUIREMENTS_MAX);
	scope->requirements = xcalloc(count, sizeof(*scope->requirements));
	for (; scope->count < count; scope->count++)
		if (decode_requirement(json_array_get(list, scope->count),
				       &scope->requirements[scope->count], err) < 0) {
			scope->count++;
			return -1;
		}
	return 0;
}

static int add_scope(struct policy *policy, const char *transport, const char *name,
		     const json_t *list, struct error *err)
{
	struct policy_scope *scope;
	auto_free char *shown = printable(name);

	if (policy->scope_count > POLICY_SCOPES_MAX)
		return error_set(err, ERROR_INVALID, "more than %d scopes", POLICY_SCOPES_MAX);
	policy->scopes = xrealloc_array(policy->scopes, policy->scope_count + 1,
					sizeof(*policy->scopes));
	scope = &policy->scopes[policy->scope_count++];
	*scope = (struct policy_scope){ .transport = xstrdup(transport), .name = xstrdup(name) };
	if (decode_scope(list, scope, err) < 0)
		return error_context(err, "%s '%.200s'", transport ? transport : "the", shown);
	return 0;
}

static int decode_transports(const json_t *transports, struct policy *policy, struct error *err)
{
	const char *transport, *name;
	json_t *scopes, *list;

	if (transports && !json_is_object(transports))
		return error_set(err, ERROR_INVALID, "'transports' is no object");
	if (!transports)
		return 0;
	json_object_foreach((json_t *)transports, transport, scopes) {
		if (!json_is_object(scopes))
			return error_set(err, ERROR_INVALID, "'transports': its members are objects");
		json_object_foreach(scopes, name, list)
			if (add_scope(policy, transport, name, list, err) < 0)
				return -1;
	}
	return 0;
}

int policy_decode(const char *data, size_t size, struct policy *ret_policy, struct error *err)
{
	static const char *const known[] = { "default", "transports", NULL };
	auto_release(policy) struct policy policy = { 0 };
	auto_json json_t *json = json_parse(data, size, "policy", err);
	const char *unknown;

	if (!json)
		return -1;
	if (!json_is_object(json))
		return error_set(err, ERROR_INVALID, "not a JSON object");
	unknown = unknown_member(json, known);
	if (unknown) {
		auto_free char *shown = printable(unknown);

		return error_set(err, ERROR_INVALID, "unknown member '%.100s'", shown);
	}
	if (add_scope(&policy, NULL, "default", json_object_get(json, "default"), err) < 0 ||
	    decode_transports(json_object_get(json, "transports"), &policy, err) < 0)
		return -1;
	*ret_policy = policy;
	policy = (struct policy){ 0 };
	return 0;
}
