/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifest lists: put together in the store, pushed, and looked at where they are.
 *
 * A member is an image, a list or an artifact of the store, or else one of a registry, of
 * which the manifest alone is fetched: a push takes the rest from there. The program calls
 * these functions, which load the registry module; list_change() and so on are inside it.
 */
#ifndef REGISTRY_MANIFEST_LIST_H
#define REGISTRY_MANIFEST_LIST_H

#include <stdbool.h>

#include "base/strings.h"
#include "image/index-edit.h"
#include "image/reference.h"
#include "registry/access.h"
#include "registry/push.h"

struct buffer;
struct error;
struct store;

enum list_presence {
	LIST_MUST_EXIST,
	LIST_MUST_BE_NEW,
	LIST_MAY_EXIST,		/* it is made if need be */
};

/* Files that become an artifact, as a member of a list. */
struct list_artifact {
	struct strings paths;		/* empty: no artifact */
	const char *type;		/* or NULL: unknown */
	const char *config;		/* a file, or NULL: {} */
	const char *config_type, *file_type;	/* media types, or NULL */
	const char *subject;		/* a reference, or NULL */
	struct strings annotations;	/* of its manifest */
	bool without_titles;
};

struct list_change {
	const char *list;		/* its name */
	enum list_presence presence;
	struct strings members;		/* to add; as the user names them */
	bool all;			/* each image of a list that is added, not only this machine's */
	struct platform platform;	/* this machine's */
	struct list_artifact artifact;	/* to add, too */
	const char *remove;		/* the digest of a member, or NULL */
	const char *annotate;		/* the member to change, by digest or name; NULL: what is added */
	bool annotate_index;		/* `changes` are about the index itself */
	struct index_changes changes;
	const char *subject;		/* of the index: a reference, or NULL */
	struct registry_access access;
	struct strings keep;		/* diff IDs that containers need, where `remove` is set */
};
/* Changes a list, or makes it. *ret_digest is what it is now. ERROR_EXISTS, ERROR_NOT_FOUND. */
int registry_list_change(struct store *store, const struct list_change *change,
			 struct digest *ret_digest, struct error *err);

struct list_push {
	const char *list;		/* as store_item_find() takes it */
	struct reference destination;
	bool all;			/* the members, too; else the index alone */
	enum push_format format;
	enum layer_compression compression;
	bool force_compression;
	struct registry_access access;
	struct upload_retry retry;
	/* A line about what is being done; may be NULL. */
	void (*tell)(void *argument, const char *line);
	void *argument;
};
/* Pushes a list. What has a source goes from registry to registry, what is of the store as
 * registry_push() does it: after engine_enter(). *ret_digest is the index's. */
int registry_list_push(struct store *store, const struct list_push *push,
		       struct digest *ret_digest, struct error *err);

/* Fetches the manifest or index that `reference` names, verified. */
int registry_show_manifest(const struct registry_access *access,
			   const struct reference *reference, struct buffer *text,
			   struct descriptor *ret_descriptor, struct error *err);

#endif
