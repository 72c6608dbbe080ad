/* SPDX-License-Identifier: Apache-2.0 */
/* Pauses have a random part, so that many who were turned away together do not come back together. */
#include "registry/patience.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "registry/session.h"
#include "registry/transport.h"

#define PAUSE_FIRST (NS_PER_SECOND / 2)
#define PAUSE_MAX (30 * NS_PER_SECOND)
#define WAIT_FIRST NS_PER_SECOND
#define WAITED_MAX (120 * NS_PER_SECOND)	/* in all, as servers ask for it */
#define WAIT_TOLD (3 * NS_PER_SECOND)		/* one that the user should know of */

/* `pause` doubled `times` times, and then between a half and all of it. */
static int64_t grown(int64_t pause, unsigned int times)
{
	while (times-- > 0 && pause < PAUSE_MAX)
		pause *= 2;
	if (pause > PAUSE_MAX)
		pause = PAUSE_MAX;
	return pause / 2 + (int64_t)((double)pause / 2 * random_u32() / UINT32_MAX);
}

bool patience_allows_more(struct patience *patience, const struct registry_client *client,
			  int64_t *ret_pause)
{
	if (patience->failures >= client->retries)
		return false;
	*ret_pause = client->retry_delay ? client->retry_delay :
					   grown(PAUSE_FIRST, patience->failures);
	patience->failures++;
	return true;
}

/* Too many requests, or a server that tells when it will be back. */
static bool wait_as_told(struct patience *patience, const struct registry_client *client,
			 const struct http_request *request, int64_t *ret_pause)
{
	int64_t left = WAITED_MAX - patience->waited;
	int64_t pause;

	if (patience->waits >= client->retries || left < 0 ||
	    request->retry_after > (uint64_t)(left / NS_PER_SECOND))
		return false;
	pause = (int64_t)request->retry_after * NS_PER_SECOND;
	/* A moment more than it says: its clock is not ours. */
	pause = pause ? pause + grown(NS_PER_SECOND / 8, 0) : grown(WAIT_FIRST, patience->waits);
	if (pause >= WAIT_TOLD)
		warning("%s has too much to do: asking again in %lld seconds", client->name,
			(long long)(pause / NS_PER_SECOND));
	patience->waits++;
	patience->waited += pause;
	*ret_pause = pause;
	return true;
}

bool patience_allows(struct patience *patience, const struct registry_client *client,
		     const struct http_request *request, int64_t *ret_pause)
{
	switch (request->failure) {
	case HTTP_FAILURE_NONE:
		break;
	case HTTP_FAILURE_BROKEN:
	case HTTP_FAILURE_STALLED:
		return patience_allows_more(patience, client, ret_pause);
	case HTTP_FAILURE_CONNECT:
	case HTTP_FAILURE_CONNECT_TIMEOUT:
	case HTTP_FAILURE_RESOLVE:
		return client->settled && patience_allows_more(patience, client, ret_pause);
	default:
		return false;
	}
	switch (request->status) {
	case 429:
		return wait_as_told(patience, client, request, ret_pause);
	case 503:
		if (request->retry_after)
			return wait_as_told(patience, client, request, ret_pause);
		return patience_allows_more(patience, client, ret_pause);
	case 408:
	case 500:
	case 502:
	case 504:
		return patience_allows_more(patience, client, ret_pause);
	default:
		return false;
	}
}

void patience_renew(struct patience *patience)
{
	patience->failures = 0;
}
