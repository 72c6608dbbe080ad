/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.json: which images may come in (containers-policy.json(5)).
 *
 * A policy is a list of requirements for each scope, and one for all else. All of a
 * list must hold. Requirements that we have no means to check are kept as such: an
 * image they apply to is refused, others are not concerned. Where there is no file,
 * everything is accepted, as docker does.
 *
 * The program itself reads it for `image trust`, the registry module for the rest.
 */
#ifndef REGISTRY_POLICY_H
#define REGISTRY_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strings.h"

struct error;
struct reference;

#define POLICY_SIZE_MAX ((size_t)1 << 20)
#define POLICY_SCOPES_MAX 10000
#define POLICY_REQUIREMENTS_MAX 100	/* in one list */
#define POLICY_KEYS_MAX 100		/* in one requirement */

enum policy_check {
	POLICY_ACCEPT,
	POLICY_REJECT,
	POLICY_SIGSTORE,	/* a signature by one of the keys */
	POLICY_UNCHECKED,	/* we cannot: `reason` */
};

/* What a signature must say of whose image it is. */
enum policy_match {
	MATCH_REPO_DIGEST_OR_EXACT,	/* the default: the same tag; by digest, the same repository */
	MATCH_EXACT,
	MATCH_REPOSITORY,		/* the same repository, whatever the tag */
	MATCH_EXACT_REFERENCE,		/* `name`, wherever the image was found */
	MATCH_EXACT_REPOSITORY,		/* the repository `name` */
	MATCH_REMAP,			/* as the default, `name` in front being `signed_prefix` */
};

struct policy_identity {
	enum policy_match match;
	char *name, *signed_prefix;	/* or NULL */
};

struct policy_requirement {
	enum policy_check check;
	char *type;			/* as it is written */
	char *reason;			/* of POLICY_UNCHECKED */
	struct strings key_paths;	/* POLICY_SIGSTORE: one of these or those will do */
	struct strings key_texts;	/* PEM */
	struct policy_identity identity;
};

struct policy_scope {
	char *transport;	/* "docker"; NULL: the default for all */
	char *name;		/* "docker.io/library", "*.example.com"; "" is all of the transport */
	struct policy_requirement *requirements;
	size_t count;		/* at least one */
};

struct policy {
	char *path;		/* NULL: there is no file */
	struct policy_scope *scopes;	/* the first one is the default */
	size_t scope_count;
};

/* The file that counts: `given`, $CONTAINERS_POLICY_JSON, the user's, the system's. New string, or
 * NULL when there is none. */
char *policy_find_file(const char *given);
/* Where the caller's own would be: root's is the system's. New string, or NULL without a home. */
char *policy_own_file(const char *given);

/* Reads the file that counts. A wrong one is an error that names it. */
int policy_load(const char *given, struct policy *ret_policy, struct error *err);
int policy_decode(const char *data, size_t size, struct policy *ret_policy, struct error *err);
void policy_release(struct policy *policy);

/* The most exact scope with one of these `names`, which are in this order; else the transport's,
 * else the default. Never NULL. */
const struct policy_scope *policy_find(const struct policy *policy, const char *transport,
				       const struct strings *names);
/* The names that scopes may have for an image of a registry: "host/path:tag", "host/path", "host",
 * "*.domain". */
void policy_names_of(const struct reference *reference, struct strings *ret_names);
/* The same for an absolute path, of an archive or a layout, and what is above it. */
void policy_names_of_path(const char *path, struct strings *ret_names);

/* Whether a requirement holds that asks for no signature. */
int policy_check_plain(const struct policy_requirement *requirement, struct error *err);
/* Puts in front of the reason why something was refused, what refuses it. Returns -1. */
int policy_rejects(const struct policy *policy, const struct policy_scope *scope,
		   struct error *err);
/* Whether an image of another transport ("docker-archive", "oci", "oci-archive", "dir") may come in;
 * it has no signature that we could check. `path` may be NULL: standard input. */
int policy_check_path(const char *given, const char *transport, const char *path,
		      struct error *err);

const char *policy_match_word(enum policy_match match);	/* "matchExact" */
/* Whether a signature for `signed_as` is one for `reference`. */
bool policy_identity_matches(const struct policy_identity *identity,
			     const struct reference *reference, const char *signed_as);

/* Puts one requirement (`type` with `keys`, paths) for `scope` of docker's transport into the
 * file, "default" being the default; everything else stays. ERROR_USAGE for a wrong combination. */
int policy_set(const char *given, const char *scope, const char *type, const struct strings *keys,
	       struct error *err);

#endif
