/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A requirement of signatures holds when one signature does: made with one of the keys over
 * its payload, which names the digest that we have, and a name that the requirement accepts.
 */
#include "registry/trust.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"
#include "image/reference.h"
#include "registry/policy.h"
#include "registry/signature-key.h"
#include "registry/signature-list.h"
#include "registry/signature.h"

#define DIGESTS_MAX 2	/* the index's and the image's */

struct keys {
	struct signature_key **items;
	size_t count;
};

struct check {
	struct registry_client *client;
	const struct trust_subject *subject;
	struct digest digests[DIGESTS_MAX];
	size_t digest_count;
	struct signature_list lists[DIGESTS_MAX];	/* one for each digest */
	bool fetched;
};

static void keys_release(struct keys *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		signature_key_free(keys->items[i]);
	free(keys->items);
}

static int add_key(struct keys *keys, struct signature_key *key)
{
	if (!key)
		return -1;
	keys->items[keys->count++] = key;
	return 0;
}

static int load_keys(const struct policy_requirement *requirement, struct keys *keys,
		     struct error *err)
{
	const struct strings *paths = &requirement->key_paths;
	const struct strings *texts = &requirement->key_texts;

	keys->items = xcalloc(paths->count + texts->count, sizeof(*keys->items));
	for (size_t i = 0; i < paths->count; i++)
		if (add_key(keys, signature_public_key_file(paths->items[i], err)) < 0)
			return -1;
	for (size_t i = 0; i < texts->count; i++)
		if (add_key(keys, signature_public_key(texts->items[i], strlen(texts->items[i]),
						       "keyData", err)) < 0)
			return -1;
	return 0;
}

static void check_release(struct check *check)
{
	for (size_t i = 0; i < DIGESTS_MAX; i++)
		signature_list_release(&check->lists[i]);
}

static int fetch_lists(struct check *check, struct error *err)
{
	if (check->fetched)
		return 0;
	for (size_t i = 0; i < check->digest_count; i++)
		if (signature_list_fetch(check->client, check->subject->place, &check->digests[i],
					 &check->lists[i], err) < 0)
			return -1;
	check->fetched = true;
	return 0;
}

static bool verified(const struct keys *keys, const struct signature_entry *entry)
{
	for (size_t i = 0; i < keys->count; i++)
		if (signature_key_verify(keys->items[i],
					 entry->payload.data ? entry->payload.data : "",
					 entry->payload.size, entry->signature,
					 entry->signature_size))
			return true;
	return false;
}

/* A signature that is good: whether it is for this digest and this name. */
static int judge_claim(const struct check *check, const struct policy_requirement *requirement,
		       const struct signature_entry *entry, const struct digest *digest,
		       struct error *err)
{
	auto_release(signature_claim) struct signature_claim claim = { 0 };
	auto_free char *shown = NULL;

	if (signature_claim_decode(entry->payload.data ? entry->payload.data : "",
				   entry->payload.size, &claim, err) < 0)
		return -1;
	if (!digest_equal(&claim.digest, digest))
		return error_set(err, ERROR_INVALID, "its signature is for another image (sha256:%s)",
				 claim.digest.hex);
	if (policy_identity_matches(&requirement->identity, check->subject->reference,
				    claim.reference))
		return 0;
	shown = printable(claim.reference);
	return error_set(err, ERROR_INVALID, "its signature is for '%.300s', which '%s' does not accept",
			 shown, policy_match_word(requirement->identity.match));
}

/* 1: it will do. 0: it will not; *reason says why if its key was right. */
static int try_entry(const struct check *check, const struct policy_requirement *requirement,
		     const struct keys *keys, struct signature_entry *entry,
		     const struct digest *digest, struct error *reason, struct error *err)
{
	if (signature_entry_fetch(check->client, check->subject->place, entry, err) < 0)
		return -1;
	if (!verified(keys, entry))
		return 0;
	return judge_claim(check, requirement, entry, digest, reason) == 0;
}

static int no_signature(size_t count, struct error *reason, struct error *err)
{
	if (count == 0)
		return error_set(err, ERROR_OTHER,
				 "a signature was required, but no signature exists");
	if (reason->kind != ERROR_NONE) {
		error_move(err, reason);
		return -1;
	}
	return error_set(err, ERROR_OTHER, "none of its %zu signatures was made with the right key",
			 count);
}

static int check_signed(struct check *check, const struct policy_requirement *requirement,
			struct error *err)
{
	auto_release(keys) struct keys keys = { 0 };
	auto_error reason = { 0 };
	size_t count = 0;

	if (load_keys(requirement, &keys, err) < 0 || fetch_lists(check, err) < 0)
		return -1;
	for (size_t i = 0; i < check->digest_count; i++) {
		for (size_t s = 0; s < check->lists[i].count; s++, count++) {
			int good = try_entry(check, requirement, &keys, &check->lists[i].entries[s],
					     &check->digests[i], &reason, err);

			if (good)
				return good < 0 ? -1 : 0;
		}
	}
	return no_signature(count, &reason, err);
}

static int check_requirement(struct check *check, const struct policy_requirement *requirement,
			     struct error *err)
{
	if (requirement->check == POLICY_SIGSTORE)
		return check_signed(check, requirement, err);
	return policy_check_plain(requirement, err);
}

static int check_policy(struct check *check, const char *file, struct error *err)
{
	auto_release(policy) struct policy policy = { 0 };
	auto_release(strings) struct strings names = { 0 };
	const struct policy_scope *scope;

	if (policy_load(file, &policy, err) < 0)
		return -1;
	policy_names_of(check->subject->reference, &names);
	scope = policy_find(&policy, "docker", &names);
	for (size_t i = 0; i < scope->count; i++)
		if (check_requirement(check, &scope->requirements[i], err) < 0)
			return policy_rejects(&policy, scope, err);
	return 0;
}

/* What --verify asks for: this key, and this repository. */
static int check_key(struct check *check, const char *key, struct error *err)
{
	struct policy_requirement requirement = {
		.check = POLICY_SIGSTORE,
		.identity.match = MATCH_REPOSITORY,
	};
	int result;

	strings_add(&requirement.key_paths, key);
	result = check_signed(check, &requirement, err);
	strings_release(&requirement.key_paths);
	return result < 0 ? error_context(err, "not verified") : 0;
}

int trust_check(struct registry_client *client, const struct trust_request *request,
		const struct trust_subject *subject, struct error *err)
{
	auto_release(check) struct check check = { .client = client, .subject = subject };

	if (digest_is_set(&subject->index))
		check.digests[check.digest_count++] = subject->index;
	if (digest_is_set(&subject->image))
		check.digests[check.digest_count++] = subject->image;
	if (check_policy(&check, request->policy, err) < 0)
		return -1;
	return request->key ? check_key(&check, request->key, err) : 0;
}
