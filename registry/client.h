/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One registry, over the OCI distribution protocol (distribution-spec 1.1, pull).
 *
 * Basic and bearer challenges are answered inside, tokens fetched and renewed:
 * callers see ERROR_UNAUTHORIZED only when the registry turns down the
 * credentials themselves. Credentials go to the registry's own host and to the
 * token realm it names, never along a redirect (R10). Nothing here knows of the
 * image store; bytes go where the caller says.
 */
#ifndef REGISTRY_CLIENT_H
#define REGISTRY_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/manifest.h"
#include "image/reference.h"

struct buffer;
struct credentials;
struct error;
struct layer_partial;
struct registry_client;

enum registry_tls {
	REGISTRY_TLS_VERIFY,	/* default; plain HTTP is tried on loopback only, as docker does */
	REGISTRY_TLS_INSECURE,	/* --tls-verify=false: any certificate, and plain HTTP if there is no TLS */
};

/* Prepares a session with `host` ("docker.io", "localhost:5000"), sending nothing yet.
 * `credentials` may be NULL, and is borrowed until registry_client_free(). `cert_dir` (--cert-dir)
 * may be NULL: then certs.d directories are searched. */
struct registry_client *registry_client_new(const char *host, const struct credentials *credentials,
					    enum registry_tls tls, const char *cert_dir,
					    struct error *err);
void registry_client_free(struct registry_client *client);	/* NULL is fine */
/* How often to try again what failed for a reason that may pass, and after how many ns; 0: pauses that
 * grow. The default is RETRIES_DEFAULT of these (registry/patience.h). */
void registry_client_set_retries(struct registry_client *client, unsigned int retries,
				 int64_t delay);

/* Fetches the manifest or index that `reference` names (its digest before its tag), at most
 * MANIFEST_SIZE_MAX bytes, verified against a digest that was asked for. *ret_descriptor gets
 * the media type it was served as, the digest of the bytes, and their size.
 * ERROR_NOT_FOUND, ERROR_UNAUTHORIZED, or others. */
int registry_fetch_manifest(struct registry_client *client, const struct reference *reference,
			    struct buffer *manifest, struct descriptor *ret_descriptor,
			    struct error *err);

/* Fetches a small blob (a config) of at most `max` bytes; size and digest are verified. */
int registry_fetch_blob(struct registry_client *client, const char *repository,
			const struct descriptor *blob, size_t max, struct buffer *content,
			struct error *err);

/*
 * Blobs by the stream, several at once.
 *
 * Each goes to a descriptor (a pipe's end); a full pipe pauses that transfer
 * alone. When a transfer has ended, `done` is told: `failure` is empty if length and
 * digest were right, and `fd` has been closed; a wrong digest has errno EBADMSG. A broken
 * connection is resumed by range requests a few times before it is a failure.
 */
struct registry_transfer {
	const struct descriptor *blob;	/* borrowed until done */
	int fd;				/* owned by the transfer */
	/* Becomes readable, or hung up, when whoever reads the bytes has ended: `done` waits for
	 * it, and if it comes too early the failure has errno EPIPE. Borrowed; -1: do not wait. */
	int receiver;
	/* What came in an earlier pull: it is passed on first, then the rest is asked for and added.
	 * Borrowed; NULL or without file: nothing is kept. */
	struct layer_partial *partial;
	void (*progress)(void *argument, uint64_t received);	/* may be NULL */
	void (*done)(void *argument, struct error *failure);
	void *argument;
};
/* Adds a transfer; registry_transfers_run() carries them out. */
int registry_transfer_add(struct registry_client *client, const char *repository,
			  const struct registry_transfer *transfer, struct error *err);
/* Ends all transfers: their `done` is told ERROR_CANCELLED. May be called from a `done`. */
void registry_transfers_cancel(struct registry_client *client);
/* Runs until all transfers have ended or `done` handlers stop adding, at most `parallel` at a time. */
int registry_transfers_run(struct registry_client *client, unsigned int parallel,
			   struct error *err);

#endif
