/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After every request one of these happens: the exchange has ended, a new
 * request is on its way, or a pause before one has begun. Each way of going on
 * has its own count, so that a registry cannot lead us in circles.
 */
#include "registry/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/strings.h"
#include "registry/challenge.h"
#include "registry/credentials.h"
#include "registry/headers.h"
#include "registry/session.h"
#include "registry/token.h"
#include "registry/url.h"

#define REDIRECTS_MAX 10
#define CHALLENGES_MAX 2		/* one for a token that has expired */
#define BREAK_PROGRESS ((uint64_t)1 << 20)	/* enough to count failures anew */
#define FALL_BACK_CONNECT_SECONDS 10	/* what answers no TLS hello may be plain HTTP */

static void end_exchange(struct exchange *exchange)
{
	exchange->state = EXCHANGE_ENDED;
}

static bool at_registry(const struct exchange *exchange)
{
	auto_error ignored = { 0 };
	auto_free char *origin = url_origin(exchange->url, &ignored);

	return origin && !strcmp(origin, exchange->client->origin);
}

static bool may_fall_back(const struct registry_client *client)
{
	return client->insecure && !client->settled && has_prefix(client->base, "https:");
}

static struct token_scope scope_of(const struct exchange *exchange)
{
	return (struct token_scope){ .repository = exchange->repository, .push = exchange->push,
				     .mount_from = exchange->mount_from };
}

static const char *authorization_for(struct exchange *exchange)
{
	const struct token_scope scope = scope_of(exchange);
	const char *token = token_find(exchange->client, &scope);

	exchange->sent_basic = !token && exchange->client->basic;
	return token ? token : exchange->client->basic;
}

static bool is_other_part(const struct exchange *exchange)
{
	const struct http_request *request = &exchange->request;

	return request->status == 206 &&
	       (request->range_got != request->range_start ||
		(exchange->size && request->range_total != RANGE_TOTAL_UNKNOWN &&
		 request->range_total != exchange->size));
}

/* Where ranges are not what they should be, the whole is asked for, once. */
static int check_range(struct exchange *exchange)
{
	if (!is_other_part(exchange))
		return 0;
	if (exchange->resumable && !exchange->no_ranges) {
		exchange->no_ranges = exchange->start_over = true;
		return -1;
	}
	return error_set(&exchange->failure, ERROR_INVALID,
			 "%s sent another part of a blob than it was asked for",
			 exchange->client->name);
}

static void note_etag(struct exchange *exchange)
{
	const char *etag = exchange->request.etag;

	if (exchange->offset == 0)
		replace_string(&exchange->etag, etag && etag_is_strong(etag) ? etag : NULL);
}

/* Bytes that were taken in an earlier request are passed over: not all servers know ranges. The
 * same bytes come again after a pause, so nothing may change before they are taken. */
static enum http_taken take_body(struct http_request *request, const void *data, size_t size)
{
	struct exchange *exchange = request->argument;
	enum http_taken taken = HTTP_TAKEN;
	size_t known;

	if (!exchange->body_begun) {
		if (check_range(exchange) < 0)
			return HTTP_REFUSED;
		exchange->body_begun = true;
		exchange->skip = request->status == 200 ? exchange->offset : 0;
		note_etag(exchange);
	}
	known = exchange->skip < size ? (size_t)exchange->skip : size;
	if (known < size)
		taken = exchange->take(exchange, (const char *)data + known, size - known);
	if (taken == HTTP_TAKEN) {
		exchange->skip -= known;
		exchange->offset += size - known;
	}
	return taken;
}

static void start_request(struct exchange *exchange)
{
	struct http_request *request = &exchange->request;
	struct registry_client *client = exchange->client;
	bool home = at_registry(exchange);

	exchange->state = EXCHANGE_RUNNING;
	exchange->body_begun = false;
	exchange->offset = exchange->resumable ? exchange->offset : 0;
	request->take = exchange->take ? take_body : NULL;
	request->argument = exchange;
	request->url = exchange->url;
	request->authorization = home ? authorization_for(exchange) : NULL;
	request->with_certificate = home;
	request->direct = client->loopback && home;
	request->range_start = exchange->no_ranges ? 0 : exchange->offset;
	request->if_range = exchange->etag;
	request->connect_limit = may_fall_back(client) ? FALL_BACK_CONNECT_SECONDS : 0;
	if (http_request_start(client->transport, request, &exchange->failure) < 0)
		end_exchange(exchange);
	request->authorization = NULL;	/* copied; the token may be replaced meanwhile */
}

static void start_at_registry(struct exchange *exchange)
{
	free(exchange->url);
	exchange->url = exchange->path[0] == '/' ?
				xasprintf("%s%s", exchange->client->base, exchange->path) :
				xstrdup(exchange->path);
	exchange->redirects = 0;
	start_request(exchange);
}

void exchange_start(struct exchange *exchange)
{
	start_at_registry(exchange);
}

static void wait_for(struct exchange *exchange, int64_t pause_ns)
{
	exchange->state = EXCHANGE_WAITING;
	exchange->wait_until = clock_monotonic() + pause_ns;
}

static void note_progress(struct exchange *exchange)
{
	if (exchange->offset - exchange->progress_mark < BREAK_PROGRESS)
		return;
	exchange->progress_mark = exchange->offset;
	exchange->challenges = 0;	/* a token may expire while a large blob comes */
	patience_renew(&exchange->patience);
}

/* Whether there is another try for the request that has ended. */
static bool try_again(struct exchange *exchange)
{
	int64_t pause;

	note_progress(exchange);
	if (!patience_allows(&exchange->patience, exchange->client, &exchange->request, &pause))
		return false;
	wait_for(exchange, pause);
	return true;
}

static void look_at_failure(struct exchange *exchange)
{
	enum http_failure failure = exchange->request.failure;

	if (exchange->start_over) {
		exchange->start_over = false;
		start_at_registry(exchange);
		return;
	}
	if (failure == HTTP_FAILURE_REFUSED) {	/* `take` has said why */
		end_exchange(exchange);
		return;
	}
	if (failure != HTTP_FAILURE_RESOLVE && session_fall_back(exchange->client)) {
		start_at_registry(exchange);
		return;
	}
	if (!exchange->once && try_again(exchange))
		return;
	failure_of_connection(&exchange->request, &exchange->failure);
	end_exchange(exchange);
}

static int check_redirect(const struct exchange *exchange, const char *url, struct error *err)
{
	if (exchange->redirects >= REDIRECTS_MAX)
		return error_set(err, ERROR_INVALID, "%s redirects more than %d times",
				 exchange->client->name, REDIRECTS_MAX);
	if (has_prefix(exchange->url, "https:") && !has_prefix(url, "https:") &&
	    !exchange->client->insecure)
		return error_set(err, ERROR_INVALID,
				 "%s redirects from https to http, which is refused",
				 exchange->client->name);
	return 0;
}

char *exchange_location(const struct exchange *exchange, struct error *err)
{
	const char *location = exchange->request.location;
	auto_free char *url = NULL;

	if (location)
		url = url_resolve(exchange->url, location, err);
	else
		error_set(err, ERROR_INVALID, "%s does not say where to go on (Location)",
			  exchange->client->name);
	return url && check_redirect(exchange, url, err) == 0 ? take_ptr(&url) : NULL;
}

static void follow_redirect(struct exchange *exchange)
{
	auto_free char *url = exchange_location(exchange, &exchange->failure);

	if (!url) {
		end_exchange(exchange);
		return;
	}
	exchange->redirects++;
	free(exchange->url);
	exchange->url = take_ptr(&url);
	start_request(exchange);
}

static int answer_basic(struct exchange *exchange, struct error *err)
{
	struct registry_client *client = exchange->client;
	const struct credentials *credentials = client->credentials;

	if (!credentials || is_empty(credentials->user) || !credentials->password)
		return failure_access_denied(&exchange->subject, "no basic auth credentials", err);
	if (exchange->sent_basic)
		return failure_wrong_password(client->name, err);
	free_secret(client->basic);
	client->basic = basic_authorization(credentials);
	return 0;
}

static int answer_challenge(struct exchange *exchange, struct error *err)
{
	const struct token_scope scope = scope_of(exchange);
	auto_release(challenge) struct challenge challenge = { 0 };
	const char *header = exchange->request.challenge;

	if (header && at_registry(exchange) && challenge_parse(header, &challenge, err) < 0)
		return error_context(err, "%s", exchange->client->name);
	if (challenge.scheme == CHALLENGE_BASIC)
		return answer_basic(exchange, err);
	if (challenge.scheme == CHALLENGE_NONE || exchange->challenges >= CHALLENGES_MAX)
		return failure_of_answer(&exchange->request, &exchange->subject, err);
	return token_fetch(exchange->client, &challenge, &scope, err);
}

static void meet_challenge(struct exchange *exchange)
{
	if (answer_challenge(exchange, &exchange->failure) < 0) {
		end_exchange(exchange);
		return;
	}
	exchange->challenges++;
	start_at_registry(exchange);
}

/* There is nothing behind what came. If the beginning came in an earlier exchange, the server may only
 * know nothing of ranges; else the owner sees that it is too short. */
static void look_at_end(struct exchange *exchange)
{
	if (exchange->resumable && exchange->offset > 0 && !exchange->no_ranges) {
		exchange->no_ranges = true;
		start_at_registry(exchange);
	} else {
		end_exchange(exchange);
	}
}

static bool is_for_owner(const struct exchange *exchange)
{
	for (const long *status = exchange->statuses; status && *status; status++) {
		if (*status == exchange->request.status)
			return true;
	}
	return exchange->once;
}

static void look_at_answer(struct exchange *exchange)
{
	struct registry_client *client = exchange->client;

	if (at_registry(exchange) && !client->settled) {
		client->settled = true;
		client->private_peer = is_private_host(exchange->request.address);
	}
	if (is_for_owner(exchange)) {
		end_exchange(exchange);
		return;
	}
	switch (exchange->request.status) {
	case 200:
	case 206:
		end_exchange(exchange);
		break;
	case 416:
		look_at_end(exchange);
		break;
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		follow_redirect(exchange);
		break;
	case 401:
		meet_challenge(exchange);
		break;
	default:
		if (try_again(exchange))
			break;
		failure_of_answer(&exchange->request, &exchange->subject, &exchange->failure);
		end_exchange(exchange);
	}
}

void exchange_advance(struct exchange *exchange)
{
	if (exchange->state == EXCHANGE_WAITING && clock_monotonic() >= exchange->wait_until)
		start_at_registry(exchange);
	/* A new request may fail to start at once, and never is done at once. */
	if (exchange->state != EXCHANGE_RUNNING || !exchange->request.done)
		return;
	if (exchange->request.failure != HTTP_FAILURE_NONE)
		look_at_failure(exchange);
	else
		look_at_answer(exchange);
}

int exchange_wait_ms(const struct exchange *exchange)
{
	int64_t left;

	if (exchange->state != EXCHANGE_WAITING)
		return 1000;
	left = (exchange->wait_until - clock_monotonic()) / 1000000 + 1;
	if (left < 0)
		return 0;
	return left < 1000 ? (int)left : 1000;
}

bool exchange_resume(struct exchange *exchange)
{
	int64_t pause;

	note_progress(exchange);
	/* Once the whole was asked for and came, more of it will not. */
	if (exchange->no_ranges ||
	    !patience_allows_more(&exchange->patience, exchange->client, &pause))
		return false;
	wait_for(exchange, pause);
	return true;
}

int exchange_run(struct exchange *exchange, struct error *err)
{
	struct transport *transport = exchange->client->transport;
	bool ended;

	exchange_start(exchange);
	for (;;) {
		if (transport_drive(transport, &ended, err) < 0)
			return -1;
		exchange_advance(exchange);
		if (exchange->state == EXCHANGE_ENDED)
			break;
		if (!ended &&
		    transport_wait(transport, NULL, 0, exchange_wait_ms(exchange), err) < 0)
			return -1;
	}
	if (exchange->failure.kind == ERROR_NONE)
		return 0;
	error_move(err, &exchange->failure);
	return -1;
}

void exchange_release(struct exchange *exchange)
{
	http_request_release(&exchange->request);
	error_release(&exchange->failure);
	free(exchange->url);
	free(exchange->etag);
	exchange->url = exchange->etag = NULL;
}
