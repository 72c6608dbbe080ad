/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose image a signature is for. A name without a tag or digest, as cosign writes it, is no
 * exact one: it matches only where repositories alone are compared.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "image/reference.h"
#include "registry/policy.h"

/* A name that stands in a signature or a policy. */
struct named {
	struct reference reference;
	bool has_version;	/* a tag or a digest was written */
};

static void named_release(struct named *named)
{
	reference_release(&named->reference);
}

static bool parse(const char *text, struct named *ret_named)
{
	const char *slash = strrchr(text, '/');
	auto_error ignored = { 0 };

	if (reference_parse(text, &ret_named->reference, &ignored) < 0)
		return false;
	/* A port's colon stands before a slash. */
	ret_named->has_version = strpbrk(slash ? slash : text, ":@") != NULL;
	return true;
}

static bool same_repository(const struct reference *a, const struct reference *b)
{
	return !strcmp(a->host, b->host) && !strcmp(a->repository, b->repository);
}

static bool same_reference(const struct reference *a, const struct reference *b)
{
	const char *a_tag = a->tag ? a->tag : "";
	const char *b_tag = b->tag ? b->tag : "";

	return same_repository(a, b) && !strcmp(a_tag, b_tag) && digest_equal(&a->digest, &b->digest);
}

static bool matches_exactly(const struct reference *wanted, const struct named *found)
{
	return found->has_version && same_reference(wanted, &found->reference);
}

/* By digest, that one was compared already. */
static bool matches_digest_or_exactly(const struct reference *wanted, const struct named *found)
{
	if (!found->has_version)
		return false;
	if (digest_is_set(&wanted->digest))
		return same_repository(wanted, &found->reference);
	return same_reference(wanted, &found->reference);
}

static bool matches_name(const char *name, bool whole, const struct named *found)
{
	auto_release(named) struct named wanted = { 0 };

	if (!parse(name, &wanted))
		return false;
	if (!whole)
		return same_repository(&wanted.reference, &found->reference);
	return wanted.has_version && matches_exactly(&wanted.reference, found);
}

/* What `prefix` begins, begins with `signed_prefix` in the signature. */
static bool matches_remapped(const struct policy_identity *identity,
			     const struct reference *wanted, const struct named *found)
{
	auto_free char *name = reference_name_full(wanted);
	const char *rest = skip_prefix(name, identity->name);
	auto_release(reference) struct reference remapped = { 0 };
	auto_free char *text = NULL;
	auto_error ignored = { 0 };

	if (!rest || (*rest != '\0' && *rest != '/'))
		return matches_digest_or_exactly(wanted, found);
	text = xasprintf("%s%s", identity->signed_prefix, rest);
	if (reference_parse(text, &remapped, &ignored) < 0)
		return false;
	replace_string(&remapped.tag, wanted->tag);
	remapped.digest = wanted->digest;
	return matches_digest_or_exactly(&remapped, found);
}

bool policy_identity_matches(const struct policy_identity *identity,
			     const struct reference *reference, const char *signed_as)
{
	auto_release(named) struct named found = { 0 };
	auto_release(reference) struct reference wanted = { 0 };

	if (!parse(signed_as, &found))
		return false;
	reference_copy(&wanted, reference);
	if (digest_is_set(&wanted.digest))	/* then a tag means nothing */
		replace_string(&wanted.tag, NULL);
	switch (identity->match) {
	case MATCH_REPO_DIGEST_OR_EXACT:
		return matches_digest_or_exactly(&wanted, &found);
	case MATCH_EXACT:
		return matches_exactly(&wanted, &found);
	case MATCH_REPOSITORY:
		return same_repository(&wanted, &found.reference);
	case MATCH_EXACT_REFERENCE:
		return matches_name(identity->name, true, &found);
	case MATCH_EXACT_REPOSITORY:
		return matches_name(identity->name, false, &found);
	case MATCH_REMAP:
		return matches_remapped(identity, &wanted, &found);
	}
	return false;
}
