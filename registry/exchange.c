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
#include "registry/session.h"
#include "registry/token.h"
#include "registry/url.h"

#define REDIRECTS_MAX 10
#define CHALLENGES_MAX 2		/* one for a token that has expired */
#define WAITS_MAX 3
#define RETRY_AFTER_MAX 60		/* seconds */
#define BREAKS_MAX 5			/* in a row, with less than this between them: */
#define BREAK_PROGRESS ((uint64_t)1 << 20)
#define BREAK_PAUSE_NS (NS_PER_SECOND / 8)
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

static const char *authorization_for(struct exchange *exchange)
{
	const char *token = token_find(exchange->client, exchange->repository);

	exchange->sent_basic = !token && exchange->client->basic;
	return token ? token : exchange->client->basic;
}

static int check_range(struct exchange *exchange)
{
	const struct http_request *request = &exchange->request;

	if (request->status != 206 || request->range_got == request->range_start)
		return 0;
	return error_set(&exchange->failure, ERROR_INVALID,
			 "%s sent another part of a blob than it was asked for",
			 exchange->client->name);
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
		exchange->skip = request->status == 200 ? request->range_start : 0;
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
	request->take = take_body;
	request->argument = exchange;
	request->url = exchange->url;
	request->authorization = home ? authorization_for(exchange) : NULL;
	request->with_certificate = home;
	request->direct = client->loopback && home;
	request->range_start = exchange->offset;
	request->connect_limit = may_fall_back(client) ? FALL_BACK_CONNECT_SECONDS : 0;
	if (http_request_start(client->transport, request, &exchange->failure) < 0)
		end_exchange(exchange);
	request->authorization = NULL;	/* copied; the token may be replaced meanwhile */
}

static void start_at_registry(struct exchange *exchange)
{
	free(exchange->url);
	exchange->url = xasprintf("%s%s", exchange->client->base, exchange->path);
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

/* Whether there is a new try for a connection that broke. */
static bool try_again(struct exchange *exchange)
{
	if (exchange->offset - exchange->progress_mark >= BREAK_PROGRESS) {
		exchange->progress_mark = exchange->offset;
		exchange->breaks = 0;
	}
	if (++exchange->breaks > BREAKS_MAX)
		return false;
	wait_for(exchange, BREAK_PAUSE_NS << (exchange->breaks - 1));
	return true;
}

/* Nobody there, on the first try, is an answer; later it may be a restart or a lost route. */
static bool is_break(const struct exchange *exchange)
{
	switch (exchange->request.failure) {
	case HTTP_FAILURE_BROKEN:
	case HTTP_FAILURE_STALLED:
		return true;
	case HTTP_FAILURE_CONNECT:
	case HTTP_FAILURE_CONNECT_TIMEOUT:
	case HTTP_FAILURE_RESOLVE:
		return exchange->offset > 0 || exchange->breaks > 0;
	default:
		return false;
	}
}

static void look_at_failure(struct exchange *exchange)
{
	enum http_failure failure = exchange->request.failure;

	if (failure == HTTP_FAILURE_REFUSED) {	/* `take` has said why */
		end_exchange(exchange);
		return;
	}
	if (failure != HTTP_FAILURE_RESOLVE && session_fall_back(exchange->client)) {
		start_at_registry(exchange);
		return;
	}
	if (is_break(exchange) && try_again(exchange))
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

static void follow_redirect(struct exchange *exchange)
{
	const char *location = exchange->request.location;
	struct error *err = &exchange->failure;
	auto_free char *url = NULL;

	if (location)
		url = url_resolve(exchange->url, location, err);
	else
		error_set(err, ERROR_INVALID, "%s redirects to nowhere", exchange->client->name);
	if (!url || check_redirect(exchange, url, err) < 0) {
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
	auto_release(challenge) struct challenge challenge = { 0 };
	const char *header = exchange->request.challenge;

	if (header && at_registry(exchange) && challenge_parse(header, &challenge, err) < 0)
		return error_context(err, "%s", exchange->client->name);
	if (challenge.scheme == CHALLENGE_BASIC)
		return answer_basic(exchange, err);
	if (challenge.scheme == CHALLENGE_NONE || exchange->challenges >= CHALLENGES_MAX)
		return failure_of_answer(&exchange->request, &exchange->subject, err);
	return token_fetch(exchange->client, &challenge, exchange->repository, err);
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

/* Too many requests, or a server that is down for a moment. */
static void come_back_later(struct exchange *exchange)
{
	uint64_t seconds = exchange->request.retry_after;

	if (exchange->waits >= WAITS_MAX || seconds > RETRY_AFTER_MAX) {
		failure_of_answer(&exchange->request, &exchange->subject, &exchange->failure);
		end_exchange(exchange);
		return;
	}
	if (seconds == 0)
		seconds = (uint64_t)1 << exchange->waits;
	exchange->waits++;
	wait_for(exchange, (int64_t)seconds * NS_PER_SECOND);
}

static void look_at_answer(struct exchange *exchange)
{
	struct registry_client *client = exchange->client;

	if (at_registry(exchange) && !client->settled) {
		client->settled = true;
		client->private_peer = is_private_host(exchange->request.address);
	}
	switch (exchange->request.status) {
	case 200:
	case 206:
	case 416:	/* there is nothing behind what came: the owner sees that it is too short */
		end_exchange(exchange);
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
	case 429:
	case 502:
	case 503:
	case 504:
		come_back_later(exchange);
		break;
	default:
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
	return try_again(exchange);
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
	exchange->url = NULL;
}
