/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transfer goes from the network into a pipe without ever waiting for either: when the
 * pipe has no room (registry/blob-pipe.h), the request is paused until it has.
 */
#include "registry/transfer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "image/layer-partial.h"
#include "registry/blob-pipe.h"
#include "registry/client.h"
#include "registry/exchange.h"
#include "registry/interrupt.h"
#include "registry/session.h"

/* A receiver that gives up mostly does so because the bytes are wrong. That much is fetched still,
 * to be able to say so. */
#define ABANDONED_REST_MAX ((uint64_t)4 << 20)

enum transfer_state {
	TRANSFER_QUEUED,
	TRANSFER_FEEDING,	/* what there is of an earlier pull goes first */
	TRANSFER_RECEIVING,
	TRANSFER_DRAINING,	/* all has come, the pipe has not taken all */
	TRANSFER_CLOSED,	/* the receiver works on the rest */
	TRANSFER_ENDED,
};

struct transfer {
	struct registry_transfer asked;
	enum transfer_state state;
	char *repository;
	char *name;		/* familiar, for messages */
	char *path;
	char digest[DIGEST_TEXT_SIZE];
	struct exchange exchange;
	struct sha256 *hash;
	char *feed;		/* BLOB_PIPE_CHUNK bytes, while feeding */
	struct blob_pipe pipe;	/* once abandoned, the rest only counts for the digest */
	bool paused;
	struct error failure;
};

struct transfer_list {
	struct registry_client *client;
	struct transfer **items;	/* owned */
	size_t count;
	bool cancelled;
};

static void transfer_free(struct transfer *transfer)
{
	exchange_release(&transfer->exchange);
	sha256_free(transfer->hash);
	free(transfer->feed);
	error_release(&transfer->failure);
	blob_pipe_close(&transfer->pipe);
	free(transfer->repository);
	free(transfer->name);
	free(transfer->path);
	free(transfer);
}

struct transfer_list *transfer_list_new(struct registry_client *client)
{
	struct transfer_list *list = xcalloc(1, sizeof(*list));

	list->client = client;
	return list;
}

void transfer_list_free(struct transfer_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		transfer_free(list->items[i]);
	free(list->items);
	free(list);
}

/* Ends a transfer; the error, when there is one, is in transfer->failure. */
static void end_transfer(struct transfer *transfer)
{
	exchange_release(&transfer->exchange);
	blob_pipe_close(&transfer->pipe);
	transfer->state = TRANSFER_ENDED;
}

static void count_bytes(struct transfer *transfer, uint64_t offset, const void *data, size_t size)
{
	sha256_update(transfer->hash, data, size);
	if (transfer->asked.progress)
		transfer->asked.progress(transfer->asked.argument, offset + size);
}

/* Which server the kept bytes are from, before there are any. */
static void note_etag(const struct transfer *transfer)
{
	struct layer_partial *partial = transfer->asked.partial;

	if (partial && partial->size == 0 && transfer->exchange.offset == 0 &&
	    transfer->exchange.etag)
		layer_partial_set_etag(partial, transfer->exchange.etag);
}

static enum http_taken take_bytes(struct exchange *exchange, const void *data, size_t size)
{
	struct transfer *transfer = exchange->argument;
	const struct descriptor *blob = transfer->asked.blob;

	if (size > blob->size - exchange->offset) {
		error_set(&exchange->failure, ERROR_INVALID,
			  "it is larger than the %llu bytes that the manifest says",
			  (unsigned long long)blob->size);
		return HTTP_REFUSED;
	}
	note_etag(transfer);
	if (!blob_pipe_put(&transfer->pipe, data, size)) {
		transfer->paused = true;
		return HTTP_PAUSE;
	}
	count_bytes(transfer, exchange->offset, data, size);
	return HTTP_TAKEN;
}

int registry_transfer_add(struct registry_client *client, const char *repository,
			  const struct registry_transfer *asked, struct error *err)
{
	struct reference named = { .host = client->name, .repository = (char *)repository };
	struct transfer_list *list = client->transfers;
	struct transfer *transfer;

	if (fd_set_nonblocking(asked->fd, true) < 0)
		return error_errno(err, "cannot set up a transfer");
	transfer = xcalloc(1, sizeof(*transfer));
	transfer->asked = *asked;
	transfer->repository = xstrdup(repository);
	transfer->name = reference_name_familiar(&named);
	transfer->path = xasprintf("/v2/%s/blobs/sha256:%s", repository, asked->blob->digest.hex);
	transfer->hash = sha256_new();
	blob_pipe_init(&transfer->pipe, asked->fd, asked->partial);
	digest_format(&asked->blob->digest, transfer->digest);
	transfer->exchange = (struct exchange){
		.client = client,
		.repository = transfer->repository,
		.path = transfer->path,
		.subject = { .host = client->name, .name = transfer->name,
			     .blob = transfer->digest },
		.take = take_bytes,
		.argument = transfer,
		.resumable = true,
		.size = asked->blob->size,
		.etag = xstrdup(asked->partial ? asked->partial->etag : NULL),
	};
	list->items = xrealloc_array(list->items, list->count + 1, sizeof(*list->items));
	list->items[list->count++] = transfer;
	return 0;
}

void registry_transfers_cancel(struct registry_client *client)
{
	client->transfers->cancelled = true;
}

static int check_digest(struct transfer *transfer, struct error *err)
{
	struct digest found;

	sha256_finish(transfer->hash, found.hex);
	if (digest_equal(&found, &transfer->asked.blob->digest))
		return 0;
	error_set(err, ERROR_INVALID, "wrong digest: sha256:%s came", found.hex);
	err->errnum = EBADMSG;
	return -1;
}

/* All bytes have come. */
static void finish_bytes(struct transfer *transfer)
{
	if (check_digest(transfer, &transfer->failure) < 0)
		end_transfer(transfer);
	else
		transfer->state = TRANSFER_DRAINING;
}

/* The exchange has ended: with an error, too early, or with all bytes. */
static void finish_receiving(struct transfer *transfer)
{
	struct exchange *exchange = &transfer->exchange;
	unsigned long long size = transfer->asked.blob->size;

	if (exchange->failure.kind != ERROR_NONE) {
		error_move(&transfer->failure, &exchange->failure);
		end_transfer(transfer);
	} else if (exchange->offset < size) {
		/* 416: the registry knows that it has no more. */
		if (exchange->request.status != 416 && exchange_resume(exchange))
			return;
		error_set(&transfer->failure, ERROR_INVALID, "truncated: %llu of %llu bytes came",
			  (unsigned long long)exchange->offset, size);
		end_transfer(transfer);
	} else {
		finish_bytes(transfer);
	}
}

static void start_receiving(struct transfer *transfer)
{
	free(take_ptr(&transfer->feed));
	transfer->state = TRANSFER_RECEIVING;
	exchange_start(&transfer->exchange);
}

static void start(struct transfer *transfer)
{
	const struct layer_partial *partial = transfer->asked.partial;

	if (partial && partial->file >= 0 && partial->size > 0) {
		transfer->feed = xmalloc(BLOB_PIPE_CHUNK);
		transfer->state = TRANSFER_FEEDING;
	} else {
		start_receiving(transfer);
	}
}

/* One step of what an earlier pull has left. */
static void feed(struct transfer *transfer)
{
	const struct layer_partial *partial = transfer->asked.partial;
	uint64_t *offset = &transfer->exchange.offset;
	ssize_t count;

	if (!blob_pipe_is_empty(&transfer->pipe))
		return;
	if (*offset == transfer->asked.blob->size) {
		finish_bytes(transfer);
		return;
	}
	if (*offset == partial->size) {
		start_receiving(transfer);
		return;
	}
	count = layer_partial_read(partial, *offset, transfer->feed, BLOB_PIPE_CHUNK);
	if (count <= 0) {
		error_set(&transfer->failure, ERROR_INVALID,
			  "what an earlier pull left of it cannot be read");
		end_transfer(transfer);
		return;
	}
	blob_pipe_feed(&transfer->pipe, *offset, transfer->feed, (size_t)count);
	count_bytes(transfer, *offset, transfer->feed, (size_t)count);
	*offset += (uint64_t)count;
}

static void flush(struct transfer *transfer)
{
	blob_pipe_flush(&transfer->pipe);
	if (transfer->paused && blob_pipe_has_room(&transfer->pipe)) {
		transfer->paused = false;
		http_request_resume(&transfer->exchange.request);
	}
}

static bool receiver_has_ended(const struct transfer *transfer)
{
	struct pollfd receiver = { .fd = transfer->asked.receiver, .events = POLLIN };

	return transfer->asked.receiver < 0 || poll(&receiver, 1, 0) > 0;
}

static uint64_t rest(const struct transfer *transfer)
{
	return transfer->asked.blob->size - transfer->exchange.offset;
}

static void fail_abandoned(struct transfer *transfer)
{
	error_errnum(&transfer->failure, EPIPE, "cannot pass the blob on");
	end_transfer(transfer);
}

static void close_pipe(struct transfer *transfer)
{
	exchange_release(&transfer->exchange);
	blob_pipe_close(&transfer->pipe);
	transfer->state = TRANSFER_CLOSED;
}

static void look_at_receiver(struct transfer *transfer)
{
	if (transfer->asked.receiver >= 0 && receiver_has_ended(transfer))
		transfer->pipe.abandoned = true;
	if (transfer->pipe.abandoned && rest(transfer) > ABANDONED_REST_MAX)
		fail_abandoned(transfer);
}

static bool is_moving(const struct transfer *transfer)
{
	return transfer->state != TRANSFER_QUEUED && transfer->state < TRANSFER_CLOSED;
}

static void advance(struct transfer *transfer)
{
	if (is_moving(transfer))
		look_at_receiver(transfer);
	if (transfer->state == TRANSFER_FEEDING)
		feed(transfer);
	if (transfer->state == TRANSFER_RECEIVING) {
		exchange_advance(&transfer->exchange);
		if (transfer->exchange.state == EXCHANGE_ENDED)
			finish_receiving(transfer);
	}
	if (is_moving(transfer))
		flush(transfer);
	if (transfer->state == TRANSFER_DRAINING && transfer->pipe.abandoned)
		fail_abandoned(transfer);
	if (transfer->state == TRANSFER_DRAINING && blob_pipe_is_empty(&transfer->pipe))
		close_pipe(transfer);
	if (transfer->state == TRANSFER_CLOSED && receiver_has_ended(transfer))
		end_transfer(transfer);
}

/* Starts what is queued, as far as `parallel` allows. */
static void start_queued(struct transfer_list *list, unsigned int parallel)
{
	unsigned int active = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i]->state != TRANSFER_QUEUED)
			active++;
	}
	for (size_t i = 0; i < list->count && active < parallel; i++) {
		struct transfer *transfer = list->items[i];

		if (transfer->state != TRANSFER_QUEUED)
			continue;
		start(transfer);
		active++;
	}
}

static unsigned int gather_waits(const struct transfer_list *list, struct curl_waitfd *waits,
				 int *ret_timeout_ms)
{
	unsigned int count = 0;

	*ret_timeout_ms = 1000;
	for (size_t i = 0; i < list->count; i++) {
		const struct transfer *transfer = list->items[i];
		int timeout_ms = exchange_wait_ms(&transfer->exchange);

		if (transfer->state == TRANSFER_QUEUED)
			continue;
		if (!blob_pipe_is_empty(&transfer->pipe))
			waits[count++] = (struct curl_waitfd){ .fd = transfer->pipe.fd,
							       .events = CURL_WAIT_POLLOUT };
		if (transfer->asked.receiver >= 0 && !transfer->pipe.abandoned)
			waits[count++] = (struct curl_waitfd){ .fd = transfer->asked.receiver,
							       .events = CURL_WAIT_POLLIN };
		if (transfer->state == TRANSFER_FEEDING && blob_pipe_is_empty(&transfer->pipe))
			timeout_ms = 0;
		if (timeout_ms < *ret_timeout_ms)
			*ret_timeout_ms = timeout_ms;
	}
	return count;
}

static void fail_all(struct transfer_list *list, const struct error *why)
{
	for (size_t i = 0; i < list->count; i++) {
		struct transfer *transfer = list->items[i];

		if (transfer->state == TRANSFER_ENDED)
			continue;
		error_set(&transfer->failure, why->kind, "%s", why->message);
		end_transfer(transfer);
	}
}

static void tell_done(struct transfer *transfer)
{
	transfer->asked.done(transfer->asked.argument, &transfer->failure);
	transfer_free(transfer);
}

/* Takes the transfers that have ended off the list and tells their owners, who may add others. */
static void reap(struct transfer_list *list)
{
	for (size_t i = 0; i < list->count;) {
		struct transfer *transfer = list->items[i];

		if (transfer->state != TRANSFER_ENDED) {
			i++;
			continue;
		}
		memmove(list->items + i, list->items + i + 1,
			(list->count - i - 1) * sizeof(*list->items));
		list->count--;
		tell_done(transfer);
	}
}

static bool any_has_ended(const struct transfer_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i]->state == TRANSFER_ENDED)
			return true;
	return false;
}

/* What to wait for is only known after libcurl has run: it is then that a pipe turns out full. */
static int step(struct transfer_list *list, struct error *err)
{
	auto_free struct curl_waitfd *waits = xcalloc(list->count * 2 + 1, sizeof(*waits));
	unsigned int count;
	bool ended = false;
	int timeout_ms;

	if (transport_drive(list->client->transport, &ended, err) < 0)
		return -1;
	for (size_t i = 0; i < list->count; i++)
		advance(list->items[i]);
	if (ended || any_has_ended(list))
		return 0;
	count = gather_waits(list, waits, &timeout_ms);
	return transport_wait(list->client->transport, waits, count, timeout_ms, err);
}

static int run_all(struct transfer_list *list, unsigned int parallel, struct error *err)
{
	int result = 0;

	while (list->count > 0) {
		if (result == 0) {
			start_queued(list, parallel);
			result = step(list, err);
		}
		if (result == 0)
			result = interrupt_check(err);
		if (result < 0)
			fail_all(list, err);
		reap(list);
		if (list->cancelled) {
			auto_error why = { 0 };

			error_set(&why, ERROR_CANCELLED, "cancelled");
			fail_all(list, &why);
			reap(list);
		}
	}
	list->cancelled = false;
	return result;
}

int registry_transfers_run(struct registry_client *client, unsigned int parallel,
			   struct error *err)
{
	struct interrupt before;
	int result;

	interrupt_begin(&before);
	result = run_all(client->transfers, parallel, err);
	interrupt_end(&before);
	return result;
}
