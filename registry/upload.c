/* SPDX-License-Identifier: Apache-2.0 */
/* The uploads of one client, side by side. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "registry/client.h"
#include "registry/interrupt.h"
#include "registry/session.h"
#include "registry/upload-internal.h"

struct uploads {
	struct registry_client *client;
	struct upload **items;	/* owned */
	size_t count;
	bool cancelled;
};

struct uploads *uploads_new(struct registry_client *client, const struct upload_retry *retry)
{
	struct uploads *uploads = xcalloc(1, sizeof(*uploads));

	uploads->client = client;
	registry_client_set_retries(client, retry->limit, retry->delay_ns);
	return uploads;
}

void uploads_free(struct uploads *uploads)
{
	if (!uploads)
		return;
	for (size_t i = 0; i < uploads->count; i++)
		upload_free(uploads->items[i]);
	free(uploads->items);
	free(uploads);
}

void uploads_add(struct uploads *uploads, const struct registry_upload *asked)
{
	uploads->items = xrealloc_array(uploads->items, uploads->count + 1,
					sizeof(*uploads->items));
	uploads->items[uploads->count++] = upload_new(uploads->client, asked);
}

void uploads_cancel(struct uploads *uploads)
{
	uploads->cancelled = true;
}

static void start_queued(struct uploads *uploads, unsigned int parallel)
{
	unsigned int active = 0;

	for (size_t i = 0; i < uploads->count; i++) {
		if (uploads->items[i]->state != UPLOAD_QUEUED)
			active++;
	}
	for (size_t i = 0; i < uploads->count && active < parallel; i++) {
		if (uploads->items[i]->state == UPLOAD_QUEUED) {
			upload_start(uploads->items[i]);
			active++;
		}
	}
}

static bool any_has_ended(const struct uploads *uploads)
{
	for (size_t i = 0; i < uploads->count; i++)
		if (uploads->items[i]->state == UPLOAD_ENDED)
			return true;
	return false;
}

static int step(struct uploads *uploads, struct error *err)
{
	auto_free struct curl_waitfd *waits = xcalloc(uploads->count + 1, sizeof(*waits));
	unsigned int count = 0;
	int timeout_ms = 1000;
	bool ended = false;

	if (transport_drive(uploads->client->transport, &ended, err) < 0)
		return -1;
	for (size_t i = 0; i < uploads->count; i++)
		if (uploads->items[i]->state != UPLOAD_QUEUED)
			upload_advance(uploads->items[i]);
	if (ended || any_has_ended(uploads))
		return 0;
	for (size_t i = 0; i < uploads->count; i++)
		if (uploads->items[i]->state != UPLOAD_QUEUED &&
		    upload_wait(uploads->items[i], &waits[count], &timeout_ms))
			count++;
	return transport_wait(uploads->client->transport, waits, count, timeout_ms, err);
}

static void fail_all(struct uploads *uploads, enum error_kind kind, const char *message)
{
	for (size_t i = 0; i < uploads->count; i++) {
		struct upload *upload = uploads->items[i];

		if (upload->state == UPLOAD_ENDED)
			continue;
		error_set(&upload->failure, kind, "%s", message);
		upload_end(upload);
	}
}

/* Takes those that have ended off the list and tells their owners, who may add others. */
static void reap(struct uploads *uploads)
{
	for (size_t i = 0; i < uploads->count;) {
		struct upload *upload = uploads->items[i];

		if (upload->state != UPLOAD_ENDED) {
			i++;
			continue;
		}
		memmove(uploads->items + i, uploads->items + i + 1,
			(uploads->count - i - 1) * sizeof(*uploads->items));
		uploads->count--;
		upload->asked.done(upload->asked.argument, &upload->asked, &upload->failure);
		upload_free(upload);
	}
}

static int run_all(struct uploads *uploads, unsigned int parallel, struct error *err)
{
	int result = 0;

	while (uploads->count > 0) {
		if (result == 0) {
			start_queued(uploads, parallel);
			result = step(uploads, err);
		}
		if (result == 0)
			result = interrupt_check(err);
		if (result < 0)
			fail_all(uploads, err->kind, err->message);
		else if (uploads->cancelled)
			fail_all(uploads, ERROR_CANCELLED, "cancelled");
		reap(uploads);
	}
	uploads->cancelled = false;
	return result;
}

int uploads_run(struct uploads *uploads, unsigned int parallel, struct error *err)
{
	struct interrupt interrupt;
	int result;

	interrupt_begin(&interrupt);
	result = run_all(uploads, parallel, err);
	interrupt_end(&interrupt);
	return result;
}
