/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bringing blobs and manifests to a registry (distribution-spec 1.1, "Push").
 *
 * Everything here needs the right to push, and asks the token server for it. Where an
 * upload goes to is the registry's word (Location); on another host it gets no
 * credentials of ours (R10). A registry that is busy is waited for, and an upload that
 * broke goes on where the registry says that it stopped. Nothing is ever deleted.
 *
 * The functions named registry_blob_* and those for small things do one thing and wait
 * for it. Uploads by the stream are added, and then run side by side.
 */
#ifndef REGISTRY_UPLOAD_H
#define REGISTRY_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "image/digest.h"

struct error;
struct reference;
struct registry_client;

/* Whether `repository` has the blob: 1, 0, or -1 with *err. */
int registry_blob_exists(struct registry_client *client, const char *repository,
			 const struct digest *blob, struct error *err);

/* Mounts a blob from `from`, another repository of the same registry. 1: `repository` has it now;
 * 0: the registry did not do it, whatever the reason. */
int registry_blob_mount(struct registry_client *client, const char *repository,
			const struct digest *blob, const char *from, struct error *err);

/* Uploads a small blob (a config, an artifact's file) unless it is there already. `blob` is its
 * digest, which the caller has computed. */
int registry_upload_bytes(struct registry_client *client, const char *repository,
			  const struct digest *blob, const void *data, size_t size,
			  struct error *err);

/* The same for a regular file of `size` bytes, read from its beginning. `file` is borrowed. */
int registry_upload_file(struct registry_client *client, const char *repository,
			 const struct digest *blob, int file, uint64_t size, struct error *err);

/* Uploads a manifest or index under the digest that `reference` has, else under its tag.
 * *ret_subject_seen (may be NULL): the registry has understood the manifest's `subject` (it sent
 * OCI-Subject), so that it needs no fallback tag. */
int registry_upload_manifest(struct registry_client *client, const struct reference *reference,
			     const char *media_type, const void *data, size_t size,
			     bool *ret_subject_seen, struct error *err);

enum upload_outcome {
	UPLOAD_SENT,
	UPLOAD_EXISTED,		/* nothing had to be sent */
	UPLOAD_MOUNTED,		/* from `mounted_from` */
	UPLOAD_ABSENT,		/* it is not there, and there was no source */
};

#define UPLOAD_SIZE_UNKNOWN UINT64_MAX

/* One blob. First the registry is asked whether it has it, then to mount it, then it is sent. */
struct registry_upload {
	const char *repository;		/* borrowed until `done` */
	struct digest digest;		/* unset: only `finish` knows it; nothing to ask for then */
	uint64_t size;			/* or UPLOAD_SIZE_UNKNOWN */
	const struct strings *mount_from;	/* repositories of this registry to try; or NULL */

	/* Opens the bytes from the beginning; the upload owns *ret_fd, a file or a pipe. Called again
	 * after a broken connection, and must give the same bytes then. NULL: there is no source. */
	int (*open)(void *argument, int *ret_fd, struct error *err);
	/* Called once *ret_fd has come to its end: whether it was the right one (a child may have
	 * died), and the digest if it was not known. NULL: an end is an end. */
	int (*finish)(void *argument, struct digest *ret_digest, struct error *err);
	void (*progress)(void *argument, uint64_t sent);	/* may be NULL */
	/* Told once. `failure` is empty on success; then `outcome` tells. May add other uploads. */
	void (*done)(void *argument, const struct registry_upload *upload, struct error *failure);
	void *argument;

	/* The result, for `done`. */
	enum upload_outcome outcome;
	uint64_t sent;			/* bytes of the blob, of UPLOAD_SENT */
	const char *mounted_from;	/* of UPLOAD_MOUNTED: one of `mount_from` */
};

/* How often and how long after a failure something is tried again. */
struct upload_retry {
	unsigned int limit;	/* in a row without progress */
	int64_t delay_ns;	/* between tries; 0: pauses that grow */
};
#define UPLOAD_RETRY_DEFAULT ((struct upload_retry){ .limit = 3 })

struct uploads;
/* Sets the client's retries, too. */
struct uploads *uploads_new(struct registry_client *client, const struct upload_retry *retry);
void uploads_free(struct uploads *uploads);	/* NULL is fine; no `done` is told */
/* Adds one (copied). */
void uploads_add(struct uploads *uploads, const struct registry_upload *upload);
/* Ends all: their `done` is told ERROR_CANCELLED. May be called from a `done`. */
void uploads_cancel(struct uploads *uploads);
/* Runs until all have ended and `done` adds no more, at most `parallel` at a time. SIGINT is
 * ERROR_CANCELLED. -1 only for what concerns all of them. */
int uploads_run(struct uploads *uploads, unsigned int parallel, struct error *err);

#endif
