/* SPDX-License-Identifier: Apache-2.0 */
/* From a name to what a list gets: descriptors, and the manifests themselves. */
#ifndef REGISTRY_LIST_MEMBERS_H
#define REGISTRY_LIST_MEMBERS_H

#include <stddef.h>

#include "image/index-edit.h"
#include "image/platform.h"
#include "registry/access.h"

struct error;
struct store;

/* What is to be added, gathered before the list is touched. */
struct list_members {
	struct store *store;
	const struct registry_access *access;
	const struct platform *platform;	/* this machine's */
	bool all;
	int folder;			/* gets the manifests, named by their hex digits */
	struct index_edit *index;	/* the members so far */
	struct strings sources;		/* "sha256:HEX=REFERENCE" */
	struct strings local;		/* "sha256:HEX" of those that are all in the store */
};
void list_members_release(struct list_members *members);	/* the index and the lists */

/* Adds what `name` stands for: of the store ("docker://" before it: not), else of a registry
 * ("containers-storage:": not). */
int list_members_add(struct list_members *members, const char *name, struct error *err);
/* Adds one whose documents are in `folder` or in the store. */
int list_members_add_local(struct list_members *members, const struct descriptor *member,
			   const char *artifact_type, struct error *err);

#endif
