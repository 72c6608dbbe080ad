/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of one upload. Each is one exchange, which deals with tokens, redirects and waiting
 * by itself; except that a body which comes by the stream cannot be sent twice, so whatever
 * happens to that is dealt with here: we ask the registry how far it came, and open the source again.
 *
 * The Location that each answer carries is the session's from then on (some registries keep
 * their state in it).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/strings.h"
#include "image/reference.h"
#include "registry/failure.h"
#include "registry/session.h"
#include "registry/upload-internal.h"
#include "registry/url.h"

#define RESTARTS_MAX 3		/* of the whole blob */
#define REDIRECTS_MAX 10
#define MOUNTS_MAX 3
#define PROGRESS ((uint64_t)1 << 20)	/* enough to begin counting failures anew */
#define DOCUMENT_TIME_LIMIT 300		/* seconds: of a request without a body */

struct upload *upload_new(struct registry_client *client, const struct registry_upload *asked)
{
	struct reference named = { .host = client->name, .repository = (char *)asked->repository };
	struct upload *upload = xcalloc(1, sizeof(*upload));

	upload->asked = *asked;
	upload->client = client;
	upload->name = reference_name_familiar(&named);
	upload->fd = -1;
	snprintf(upload->digest, sizeof(upload->digest), "a blob");
	return upload;
}

void upload_end(struct upload *upload)
{
	exchange_release(&upload->exchange);
	upload_source_close(upload);
	upload->state = UPLOAD_ENDED;
}

void upload_free(struct upload *upload)
{
	upload_end(upload);
	error_release(&upload->failure);
	free(upload->name);
	free(upload->path);
	free(upload->location);
	free(upload);
}

static void succeed(struct upload *upload, enum upload_outcome outcome)
{
	upload->asked.outcome = outcome;
	upload_end(upload);
}

/* Gets an exchange ready for `path` (taken), whose answers `statuses` we look at ourselves. */
static struct exchange *prepare(struct upload *upload, enum upload_state state,
				enum http_method method, char *path, const long *statuses)
{
	if (digest_is_set(&upload->asked.digest))
		digest_format(&upload->asked.digest, upload->digest);
	exchange_release(&upload->exchange);
	free(upload->path);
	upload->path = path;
	upload->exchange = (struct exchange){
		.client = upload->client,
		.repository = upload->asked.repository,
		.path = upload->path,
		.push = true,
		.subject = { .host = upload->client->name, .name = upload->name,
			     .blob = upload->digest, .push = true },
		.argument = upload,
		.statuses = statuses,
		.request = { .method = method, .time_limit = DOCUMENT_TIME_LIMIT },
	};
	upload->state = state;
	return &upload->exchange;
}

static void check_blob(struct upload *upload, enum upload_state state)
{
	static const long statuses[] = { 404, 0 };

	exchange_start(prepare(upload, state, HTTP_HEAD,
			       xasprintf("/v2/%s/blobs/sha256:%s", upload->asked.repository,
					 upload->asked.digest.hex), statuses));
}

static const char *mount_candidate(const struct upload *upload)
{
	const struct strings *from = upload->asked.mount_from;

	return from && upload->mounts < from->count && upload->mounts < MOUNTS_MAX ?
		       from->items[upload->mounts] : NULL;
}

static void mount(struct upload *upload, const char *from)
{
	static const long statuses[] = { 201, 202, 400, 403, 404, 405, 500, 0 };
	auto_free char *source = url_escape(from);
	struct exchange *exchange =
		prepare(upload, UPLOAD_MOUNTING, HTTP_POST,
			xasprintf("/v2/%s/blobs/uploads/?mount=sha256%%3A%s&from=%s",
				  upload->asked.repository, upload->asked.digest.hex, source),
			statuses);

	exchange->mount_from = from;
	exchange_start(exchange);
}

static void begin(struct upload *upload)
{
	static const long statuses[] = { 202, 0 };

	upload->offset = 0;
	exchange_start(prepare(upload, UPLOAD_BEGINNING, HTTP_POST,
			       xasprintf("/v2/%s/blobs/uploads/", upload->asked.repository),
			       statuses));
}

static void locate(struct upload *upload)
{
	static const long statuses[] = { 204, 202, 400, 404, 405, 0 };

	exchange_start(prepare(upload, UPLOAD_LOCATING, HTTP_GET, xstrdup(upload->location),
			       statuses));
}

static void commit(struct upload *upload)
{
	static const long statuses[] = { 201, 204, 400, 404, 0 };
	char separator = strchr(upload->location, '?') ? '&' : '?';

	upload_source_close(upload);
	exchange_start(prepare(upload, UPLOAD_COMMITTING, HTTP_PUT,
			       xasprintf("%s%cdigest=sha256%%3A%s", upload->location, separator,
					 upload->asked.digest.hex), statuses));
}

/* Sends what the source has from `offset` on. */
static void send_rest(struct upload *upload)
{
	uint64_t size = upload->asked.size;
	struct exchange *exchange;

	if (upload->fd < 0 && upload_source_open(upload, &upload->failure) < 0) {
		upload_end(upload);
		return;
	}
	exchange = prepare(upload, UPLOAD_SENDING, HTTP_PATCH, xstrdup(upload->location), NULL);
	exchange->once = true;
	exchange->request.time_limit = 0;
	exchange->request.give = upload_source_give;
	exchange->request.body_length = size == UPLOAD_SIZE_UNKNOWN ? HTTP_LENGTH_UNKNOWN :
								      size - upload->offset;
	if (upload->offset > 0 && size != UPLOAD_SIZE_UNKNOWN) {
		snprintf(upload->range, sizeof(upload->range), "%llu-%llu",
			 (unsigned long long)upload->offset, (unsigned long long)size - 1);
		exchange->request.body_range = upload->range;
	}
	exchange_start(exchange);
}

static void mount_or_begin(struct upload *upload)
{
	const char *from = mount_candidate(upload);

	if (from)
		mount(upload, from);
	else if (!upload->asked.open)
		succeed(upload, UPLOAD_ABSENT);
	else
		begin(upload);
}

void upload_start(struct upload *upload)
{
	if (digest_is_set(&upload->asked.digest))
		check_blob(upload, UPLOAD_ASKING);
	else
		begin(upload);
}

static void fail(struct upload *upload, struct error *why)
{
	error_move(&upload->failure, why);
	upload_end(upload);
}

/* What the registry answered is no success. */
static void fail_by_answer(struct upload *upload)
{
	failure_of_answer(&upload->exchange.request, &upload->exchange.subject, &upload->failure);
	upload_end(upload);
}

/* Only what was never sent before counts: a registry that forgets it again and again is not
 * waited for. */
static void note_progress(struct upload *upload)
{
	if (upload->position < upload->progress_mark + PROGRESS)
		return;
	upload->progress_mark = upload->position;
	patience_renew(&upload->patience);
}

/* After what broke the sending: asks how much has come, at once or after a pause. */
static void locate_later(struct upload *upload, int64_t pause)
{
	exchange_release(&upload->exchange);
	upload->state = UPLOAD_PAUSED;
	upload->wait_until = clock_monotonic() + pause;
}

/* 401: the token has expired, asking gets a new one. 416: that was not where it stopped. */
static void locate_now(struct upload *upload)
{
	int64_t pause;

	note_progress(upload);
	if (patience_allows_more(&upload->patience, upload->client, &pause))
		locate(upload);
	else
		fail_by_answer(upload);
}

static void begin_again(struct upload *upload)
{
	if (++upload->restarts > RESTARTS_MAX) {
		error_set(&upload->failure, ERROR_OTHER,
			  "%s lost the upload %d times; try again later", upload->client->name,
			  RESTARTS_MAX);
		upload_end(upload);
		return;
	}
	upload_source_close(upload);
	begin(upload);
}

/* Takes the session's new place; without one the old stays, unless there must be one. */
static int keep_location(struct upload *upload, bool must_be)
{
	char *location;

	if (!must_be && !upload->exchange.request.location)
		return 0;
	location = exchange_location(&upload->exchange, &upload->failure);
	if (!location)
		return -1;
	free(upload->location);
	upload->location = location;
	return 0;
}

static void look_at_asking(struct upload *upload)
{
	if (upload->exchange.request.status == 404)
		mount_or_begin(upload);
	else
		succeed(upload, UPLOAD_EXISTED);
}

static void look_at_beginning(struct upload *upload)
{
	if (upload->exchange.request.status != 202)
		fail_by_answer(upload);
	else if (keep_location(upload, true) < 0)
		upload_end(upload);
	else
		send_rest(upload);
}

/* A failure to mount is no failure: the blob is sent then, and what is really wrong shows there. */
static void look_at_mounting(struct upload *upload)
{
	const struct http_request *request = &upload->exchange.request;
	const char *from = mount_candidate(upload);

	upload->mounts++;
	if (upload->exchange.failure.kind == ERROR_NONE && request->status == 201) {
		upload->asked.mounted_from = from;
		succeed(upload, UPLOAD_MOUNTED);
	} else if (upload->exchange.failure.kind == ERROR_NONE && request->status == 202 &&
		   upload->asked.open && !mount_candidate(upload)) {
		look_at_beginning(upload);	/* it has begun a session instead */
	} else {
		mount_or_begin(upload);
	}
}

static void follow_redirect(struct upload *upload)
{
	if (++upload->redirects > REDIRECTS_MAX) {
		error_set(&upload->failure, ERROR_INVALID, "%s redirects more than %d times",
			  upload->client->name, REDIRECTS_MAX);
		upload_end(upload);
	} else if (keep_location(upload, true) < 0) {
		upload_end(upload);
	} else {
		upload_source_close(upload);
		send_rest(upload);
	}
}

static void look_at_sent(struct upload *upload)
{
	switch (upload->exchange.request.status) {
	case 201:
	case 202:
	case 204:
		upload->state = UPLOAD_CLOSING;
		if (keep_location(upload, false) < 0)
			upload_end(upload);
		break;
	case 307:
	case 308:
		follow_redirect(upload);
		break;
	case 401:
	case 416:
		locate_now(upload);
		break;
	case 404:
		begin_again(upload);
		break;
	default:
		fail_by_answer(upload);
	}
}

static void look_at_sending(struct upload *upload)
{
	struct exchange *exchange = &upload->exchange;
	int64_t pause;

	if (upload->failure.kind != ERROR_NONE) {	/* the source's */
		upload_end(upload);
		return;
	}
	note_progress(upload);
	if (patience_allows(&upload->patience, upload->client, &exchange->request, &pause))
		locate_later(upload, pause);
	else if (exchange->failure.kind != ERROR_NONE)
		fail(upload, &exchange->failure);
	else
		look_at_sent(upload);
}

/* "0-1023": how many bytes there are. An empty session is "0-0" at some: as good as one byte. */
static uint64_t parse_range(const char *range)
{
	const char *last = range ? skip_prefix(range, "bytes=") : NULL;
	auto_error ignored = { 0 };
	uint64_t value = 0;

	last = skip_prefix(last ? last : range ? range : "", "0-");
	return last && parse_u64(last, &value, &ignored) == 0 && value > 0 &&
			       value < UPLOAD_SIZE_UNKNOWN - 1 ? value + 1 : 0;
}

static void look_at_locating(struct upload *upload)
{
	const struct http_request *request = &upload->exchange.request;
	uint64_t there = parse_range(request->range);

	if ((request->status != 204 && request->status != 202) || there == 0 ||
	    there > upload->position) {
		begin_again(upload);
		return;
	}
	if (keep_location(upload, false) < 0) {
		upload_end(upload);
		return;
	}
	upload->resumed = true;
	upload->offset = there;
	if (there < upload->position)
		upload_source_close(upload);
	if (upload->source_ended && upload->fd >= 0)
		upload->state = UPLOAD_CLOSING;
	else if (there == upload->asked.size && upload->fd >= 0)
		upload->state = UPLOAD_CLOSING;
	else
		send_rest(upload);
}

static void look_at_committing(struct upload *upload)
{
	switch (upload->exchange.request.status) {
	case 201:
	case 204:
		upload->asked.sent = upload->position;
		succeed(upload, UPLOAD_SENT);
		break;
	case 404:	/* the answer to an earlier try may have been lost */
		check_blob(upload, UPLOAD_CHECKING);
		break;
	case 400:
		if (upload->resumed && upload->restarts == 0)
			begin_again(upload);
		else
			fail_by_answer(upload);
		break;
	default:
		fail_by_answer(upload);
	}
}

static void look_at_checking(struct upload *upload)
{
	if (upload->exchange.request.status == 404) {
		begin_again(upload);
		return;
	}
	upload->asked.sent = upload->position;
	succeed(upload, UPLOAD_SENT);
}

/* The exchange of the step has ended. */
static void look_at_answer(struct upload *upload)
{
	enum upload_state state = upload->state;

	if (state == UPLOAD_SENDING)
		look_at_sending(upload);
	else if (state == UPLOAD_MOUNTING)
		look_at_mounting(upload);
	else if (upload->exchange.failure.kind != ERROR_NONE)
		fail(upload, &upload->exchange.failure);
	else if (state == UPLOAD_ASKING)
		look_at_asking(upload);
	else if (state == UPLOAD_BEGINNING)
		look_at_beginning(upload);
	else if (state == UPLOAD_LOCATING)
		look_at_locating(upload);
	else if (state == UPLOAD_COMMITTING)
		look_at_committing(upload);
	else
		look_at_checking(upload);
}

static void close_source(struct upload *upload)
{
	int ended = upload_source_end(upload, &upload->failure);

	if (ended < 0)
		upload_end(upload);
	else if (ended == 1)
		commit(upload);
}

static bool is_exchanging(const struct upload *upload)
{
	return upload->state != UPLOAD_QUEUED && upload->state != UPLOAD_CLOSING &&
	       upload->state != UPLOAD_PAUSED && upload->state != UPLOAD_ENDED;
}

void upload_advance(struct upload *upload)
{
	if (upload->state == UPLOAD_SENDING && upload->stalled && upload_source_is_ready(upload)) {
		upload->stalled = false;
		http_request_resume(&upload->exchange.request);
	}
	if (is_exchanging(upload)) {
		exchange_advance(&upload->exchange);
		if (upload->exchange.state == EXCHANGE_ENDED)
			look_at_answer(upload);
	}
	if (upload->state == UPLOAD_CLOSING)
		close_source(upload);
	if (upload->state == UPLOAD_PAUSED && clock_monotonic() >= upload->wait_until)
		locate(upload);
}

bool upload_wait(const struct upload *upload, struct curl_waitfd *ret_wait, int *timeout_ms)
{
	bool waits = (upload->state == UPLOAD_SENDING && upload->stalled) ||
		     upload->state == UPLOAD_CLOSING;
	int left = 1000;

	if (upload->state == UPLOAD_PAUSED) {
		int64_t pause = (upload->wait_until - clock_monotonic()) / 1000000 + 1;

		left = pause < 0 ? 0 : pause < 1000 ? (int)pause : 1000;
	} else if (is_exchanging(upload)) {
		left = exchange_wait_ms(&upload->exchange);
	}
	if (left < *timeout_ms)
		*timeout_ms = left;
	if (waits)
		*ret_wait = (struct curl_waitfd){ .fd = upload->fd, .events = CURL_WAIT_POLLIN };
	return waits;
}
