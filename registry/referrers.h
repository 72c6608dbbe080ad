/* SPDX-License-Identifier: Apache-2.0 */
/* What refers to a manifest, as its registry tells it. */
#ifndef REGISTRY_REFERRERS_H
#define REGISTRY_REFERRERS_H

struct buffer;
struct descriptor;
struct digest;
struct error;
struct reference;
struct registry_client;

/* Fetches the index of what refers to `subject` in the repository of `reference`: from the registry's
 * own list, or from under the fallback tag. Nothing refers to it: an empty index. */
int referrers_fetch(struct registry_client *client, const struct reference *reference,
		    const struct digest *subject, struct buffer *index, struct error *err);
/* Adds `referrer` to the index under the fallback tag, for a registry that has no list of its own. */
int referrers_add(struct registry_client *client, const struct reference *reference,
		  const struct digest *subject, const struct descriptor *referrer,
		  const char *artifact_type, struct error *err);

#endif
