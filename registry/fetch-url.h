/* SPDX-License-Identifier: Apache-2.0 */
/* A file from the web that the user named, for import. */
#ifndef REGISTRY_FETCH_URL_H
#define REGISTRY_FETCH_URL_H

struct error;
struct store;

/* Fetches `url` (http or https) into a file without a name in the store's tmp/; its descriptor, at the
 * beginning. No credentials are sent. */
int fetch_url(struct store *store, const char *url, struct error *err);

#endif
