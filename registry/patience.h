/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to ask again, and how long to wait before. Failures in a row are counted, each pause is about
 * twice the one before; what a server asks for with Retry-After it gets, up to a sum.
 */
#ifndef REGISTRY_PATIENCE_H
#define REGISTRY_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

struct http_request;
struct registry_client;

#define RETRIES_DEFAULT 5

/* What was used up of it by one exchange. */
struct patience {
	unsigned int failures;	/* in a row */
	unsigned int waits;	/* for a server that has too much to do */
	int64_t waited;		/* ns, for the same */
};

/* Whether the request, which is done, is to be made again after *ret_pause ns: its connection broke, or
 * the server said that it might go better later. That nobody answers counts only where somebody did. */
bool patience_allows(struct patience *patience, const struct registry_client *client,
		     const struct http_request *request, int64_t *ret_pause);
/* The same where all that came was too little. */
bool patience_allows_more(struct patience *patience, const struct registry_client *client,
			  int64_t *ret_pause);
/* Something went well: failures are counted anew. */
void patience_renew(struct patience *patience);

#endif
