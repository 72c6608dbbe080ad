/* SPDX-License-Identifier: Apache-2.0 */
/* `manifest add --artifact`: files become an artifact that is a member of the list. */
#ifndef REGISTRY_LIST_ARTIFACT_H
#define REGISTRY_LIST_ARTIFACT_H

struct error;
struct list_artifact;
struct list_members;

int list_artifact_add(struct list_members *members, const struct list_artifact *artifact,
		      struct error *err);

#endif
