/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Getting one document or blob from the registry, whatever it takes: tokens,
 * redirects, waiting when there is too much traffic, new connections for
 * broken ones. One exchange is several requests, one after the other.
 *
 * The Authorization header goes to the registry's own origin alone (R10); the
 * token server gets its own, see registry/token.h.
 */
#ifndef REGISTRY_EXCHANGE_H
#define REGISTRY_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "registry/failure.h"
#include "registry/patience.h"
#include "registry/transport.h"

struct registry_client;

enum exchange_state { EXCHANGE_IDLE, EXCHANGE_RUNNING, EXCHANGE_WAITING, EXCHANGE_ENDED };

struct exchange {
	/* What is asked; borrowed. */
	struct registry_client *client;
	const char *repository;
	const char *path;		/* below the registry's base: "/v2/...", or a whole URL */
	bool push;			/* it takes the right to push to `repository` */
	const char *mount_from;		/* and to pull from this one; or NULL */
	struct failure_subject subject;
	/* Gets the body, each byte once. Fills `failure` before it returns HTTP_REFUSED. */
	enum http_taken (*take)(struct exchange *exchange, const void *data, size_t size);
	void *argument;
	bool resumable;			/* or the body comes anew, and `take` sees offset 0 again */
	/* What else than 200, 206 and 416 is an answer that the owner looks at; ends with 0. Or NULL. */
	const long *statuses;
	/* The request's body is a stream that cannot begin again: all answers are the owner's to look at,
	 * and a broken connection is a failure. */
	bool once;
	/* .accept, .time_limit, .method and the body are the owner's to set. */
	struct http_request request;
	uint64_t offset;		/* body bytes that have been taken, in earlier exchanges too */
	uint64_t size;			/* of the whole body; 0: not known */
	char *etag;			/* of the server that gave the bytes, for If-Range; owned, or NULL */

	enum exchange_state state;
	struct error failure;		/* once ended */

	/* Kept by exchange.c. */
	char *url;
	bool body_begun;
	uint64_t skip;			/* body bytes to pass over: no range was given */
	uint64_t progress_mark;
	unsigned int redirects, challenges;
	struct patience patience;
	bool sent_basic;
	bool no_ranges;			/* the server makes nonsense of them */
	bool start_over;		/* it has just done so */
	int64_t wait_until;		/* clock_monotonic() */
};

void exchange_start(struct exchange *exchange);
/* Goes on with whatever has happened; call it after each transport_drive(). */
void exchange_advance(struct exchange *exchange);
/* How long nothing but a request can move it, in ms: for transport_wait(). */
int exchange_wait_ms(const struct exchange *exchange);
/* The body ended too early: whether there is another try to get the rest. */
bool exchange_resume(struct exchange *exchange);
/* The URL that the answer's Location leads to, checked as redirects are. New string. */
char *exchange_location(const struct exchange *exchange, struct error *err);
/* Starts and runs it to the end. 0, or -1 with its failure. */
int exchange_run(struct exchange *exchange, struct error *err);
void exchange_release(struct exchange *exchange);

#endif
