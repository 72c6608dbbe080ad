/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image indexes while they are put together. The document is kept as JSON, so that members
 * of a struct descriptor know nothing (os.version, features, urls, ...) survive. The text
 * depends only on what the index holds: members in the order of adding, annotations sorted.
 */
#ifndef IMAGE_INDEX_EDIT_H
#define IMAGE_INDEX_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strings.h"
#include "image/manifest.h"

struct error;
struct index_edit;

struct index_edit *index_edit_new(void);
/* Takes a document of at most MANIFEST_SIZE_MAX bytes; NULL with *err. */
struct index_edit *index_edit_parse(const char *data, size_t size, struct error *err);
void index_edit_free(struct index_edit *edit);	/* NULL is fine */

/* What `manifest add` and `manifest annotate` can say of a member. NULL or empty: unchanged. */
struct index_changes {
	const char *os, *architecture, *variant, *os_version;
	struct strings os_features, features;	/* each replaces the list */
	struct strings annotations;		/* KEY=VALUE, each replaces its own; KEY= removes */
	const char *artifact_type;
	const struct descriptor *subject;	/* of the index itself */
};
void index_changes_release(struct index_changes *changes);	/* the lists */

size_t index_edit_count(const struct index_edit *edit);
bool index_edit_has(const struct index_edit *edit, const struct digest *digest);
/* Adds a member, in place of one with the same digest and platform. ERROR_INVALID when there would be
 * more than INDEX_MANIFESTS_MAX. */
int index_edit_add(struct index_edit *edit, const struct descriptor *member, struct error *err);
/* The same for the member at `at` of another index, with all that is said of it there. */
int index_edit_add_from(struct index_edit *edit, const struct index_edit *from, size_t at,
			struct error *err);
/* ERROR_NOT_FOUND. */
int index_edit_remove(struct index_edit *edit, const struct digest *digest, struct error *err);
/* Changes the member `digest`, or with NULL the index itself. ERROR_NOT_FOUND. */
int index_edit_change(struct index_edit *edit, const struct digest *digest,
		      const struct index_changes *changes, struct error *err);
/* What the index itself refers to; false if there is nothing. */
bool index_edit_subject(const struct index_edit *edit, struct descriptor *ret_subject);
/* The member `from` is `to` (digest, size, media type) from now on. */
void index_edit_replace(struct index_edit *edit, const struct digest *from,
			const struct descriptor *to);
/* OCI's or docker's form. Docker's has no annotations; ERROR_UNSUPPORTED if a member is
 * something that only OCI knows. */
int index_edit_set_docker(struct index_edit *edit, bool docker, struct error *err);
char *index_edit_text(const struct index_edit *edit);	/* new string */

#endif
