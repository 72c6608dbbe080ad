/* SPDX-License-Identifier: Apache-2.0 */
/* The tags of a repository (distribution-spec, "Listing Tags"). */
#ifndef REGISTRY_TAGS_H
#define REGISTRY_TAGS_H

struct error;
struct pull_request;
struct strings;

#define TAGS_MAX 100000

/* All tags of the repository that `request` names, as the registry orders them. The program calls this;
 * it loads the registry module, where tags_list() does it. ERROR_NOT_FOUND. */
int registry_list_tags(const struct pull_request *request, struct strings *ret_tags,
		       struct error *err);
int tags_list(const struct pull_request *request, struct strings *ret_tags, struct error *err);

#endif
