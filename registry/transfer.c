/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transfer goes from the network into a pipe without ever waiting for either:
 * what the pipe does not take is kept (one network buffer at most), and the
 * request is paused until it is gone.
 */
#include "registry/transfer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
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
#include "registry/client.h"
#include "registry/exchange.h"
#include "registry/session.h"

/* A receiver that gives up mostly does so because the bytes are wrong. That much is fetched still,
 * to be able to say so. */
#define ABANDONED_REST_MAX ((uint64_t)4 << 20)

enum transfer_state {
	TRANSFER_QUEUED,
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
	struct buffer pending;	/* came, but did not fit into the pipe */
	bool paused;
	bool abandoned;		/* the receiver has ended; the rest only counts for the digest */
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
	buffer_release(&transfer->pending);
	error_release(&transfer->failure);
	auto_close_fd(&transfer->asked.fd);
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
	auto_close_fd(&transfer->asked.fd);
	transfer->asked.fd = -1;
	transfer->state = TRANSFER_ENDED;
}

/* Writes what the pipe takes; the count. All is taken when nobody reads any more. */
static size_t write_some(struct transfer *transfer, const char *data, size_t size)
{
	size_t written = 0;

	while (written < size && !transfer->abandoned) {
		ssize_t count = write(transfer->asked.fd, data + written, size - written);

		if (count >= 0)
			written += (size_t)count;
		else if (errno == EAGAIN)
			return written;
		else if (errno != EINTR)
			transfer->abandoned = true;
	}
	return size;
}

static enum http_taken take_bytes(struct exchange *exchange, const void *data, size_t size)
{
	struct transfer *transfer = exchange->argument;
	const struct descriptor *blob = transfer->asked.blob;
	size_t written;

	if (transfer->pending.size) {
		transfer->paused = true;
		return HTTP_PAUSE;
	}
	if (size > blob->size - exchange->offset) {
		error_set(&exchange->failure, ERROR_INVALID,
			  "it is larger than the %llu bytes that the manifest says",
			  (unsigned long long)blob->size);
		return HTTP_REFUSED;
	}
	written = write_some(transfer, data, size);
	buffer_add(&transfer->pending, (const char *)data + written, size - written);
	sha256_update(transfer->hash, data, size);
	if (transfer->asked.progress)
		transfer->asked.progress(transfer->asked.argument, exchange->offset + size);
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
	return error_set(err, ERROR_INVALID, "wrong digest: sha256:%s came", found.hex);
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
	} else if (check_digest(transfer, &transfer->failure) < 0) {
		end_transfer(transfer);
	} else {
		transfer->state = TRANSFER_DRAINING;
	}
}

static void flush_pending(struct transfer *transfer)
{
	struct buffer *pending = &transfer->pending;

	if (pending->size)
		buffer_consume(pending, write_some(transfer, pending->data, pending->size));
	if (pending->size == 0 && transfer->paused) {
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
	close(take_fd(&transfer->asked.fd));
	transfer->state = TRANSFER_CLOSED;
}

static void advance(struct transfer *transfer)
{
	if (transfer->state == TRANSFER_RECEIVING || transfer->state == TRANSFER_DRAINING) {
		if (transfer->asked.receiver >= 0 && receiver_has_ended(transfer))
			transfer->abandoned = true;
		if (transfer->abandoned && rest(transfer) > ABANDONED_REST_MAX) {
			fail_abandoned(transfer);
			return;
		}
		flush_pending(transfer);
	}
	if (transfer->state == TRANSFER_RECEIVING) {
		exchange_advance(&transfer->exchange);
		if (transfer->exchange.state == EXCHANGE_ENDED)
			finish_receiving(transfer);
	}
	if (transfer->state == TRANSFER_DRAINING && transfer->abandoned)
		fail_abandoned(transfer);
	if (transfer->state == TRANSFER_DRAINING && transfer->pending.size == 0)
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
		transfer->state = TRANSFER_RECEIVING;
		exchange_start(&transfer->exchange);
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
		if (transfer->pending.size)
			waits[count++] = (struct curl_waitfd){ .fd = transfer->asked.fd,
							       .events = CURL_WAIT_POLLOUT };
		if (transfer->asked.receiver >= 0 && !transfer->abandoned)
			waits[count++] = (struct curl_waitfd){ .fd = transfer->asked.receiver,
							       .events = CURL_WAIT_POLLIN };
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

/* Set by SIGINT: what was begun is taken back before the command ends. */
static volatile sig_atomic_t interrupted;

static void note_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static int check_interrupt(struct error *err)
{
	return interrupted ? error_set(err, ERROR_CANCELLED, "interrupted") : 0;
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
			result = check_interrupt(err);
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
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	const struct sigaction note = { .sa_handler = note_interrupt };
	struct sigaction pipe_before, interrupt_before;
	int result;

	/* A receiver that has died is an error of its transfer. */
	sigaction(SIGPIPE, &ignore, &pipe_before);
	sigaction(SIGINT, NULL, &interrupt_before);
	if (interrupt_before.sa_handler != SIG_IGN) /* as for a command in the background */
		sigaction(SIGINT, &note, NULL);
	result = run_all(client->transfers, parallel, err);
	sigaction(SIGPIPE, &pipe_before, NULL);
	sigaction(SIGINT, &interrupt_before, NULL);
	return result;
}
