/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to registry/upload*.c: one upload by the stream, as a machine that never waits.
 *
 *	ASKING -> MOUNTING* -> BEGINNING -> SENDING -> CLOSING -> COMMITTING -> ended
 *	                           ^           |
 *	                           +- LOCATING-+	what broke goes on where the registry says
 */
#ifndef REGISTRY_UPLOAD_INTERNAL_H
#define REGISTRY_UPLOAD_INTERNAL_H

#include "base/error.h"
#include "registry/exchange.h"
#include "registry/upload.h"

struct curl_waitfd;

enum upload_state {
	UPLOAD_QUEUED,
	UPLOAD_ASKING,		/* HEAD: is it there? */
	UPLOAD_MOUNTING,	/* POST ?mount= */
	UPLOAD_BEGINNING,	/* POST */
	UPLOAD_SENDING,		/* PATCH */
	UPLOAD_LOCATING,	/* GET: how much has come? */
	UPLOAD_CLOSING,		/* all was sent; the source has yet to say that this was all */
	UPLOAD_COMMITTING,	/* PUT ?digest= */
	UPLOAD_CHECKING,	/* HEAD again: a repeated PUT finds nothing to commit */
	UPLOAD_PAUSED,		/* until `wait_until`, then LOCATING */
	UPLOAD_ENDED,
};

struct upload {
	struct registry_upload asked;
	struct registry_client *client;
	enum upload_state state;
	struct exchange exchange;
	char *name;		/* of the repository, familiar */
	char *path;		/* what the exchange asks for */
	char *location;		/* of the session */
	char digest[8 + DIGEST_TEXT_SIZE];	/* for messages */
	char range[64];		/* Content-Range */
	size_t mounts;		/* that were tried */

	int fd;			/* the source; -1: not open */
	bool is_file;
	bool source_ended;
	bool stalled;		/* the request waits for the source */
	uint64_t position;	/* of the source: bytes read */
	uint64_t offset;	/* where the request at hand begins */

	struct patience patience;
	unsigned int redirects, restarts;
	bool resumed;
	uint64_t progress_mark;
	int64_t wait_until;
	struct error failure;
};

struct upload *upload_new(struct registry_client *client, const struct registry_upload *asked);
void upload_free(struct upload *upload);
void upload_start(struct upload *upload);
/* Goes on with whatever has happened; after each transport_drive(). */
void upload_advance(struct upload *upload);
/* Ends it; the error, when there is one, is in upload->failure. */
void upload_end(struct upload *upload);
/* What it waits for beside the network: *ret_wait, if that is something (true), and at most so long. */
bool upload_wait(const struct upload *upload, struct curl_waitfd *ret_wait, int *timeout_ms);

/* upload-source.c */
/* Opens the source, or opens it again, to give bytes from upload->offset on. */
int upload_source_open(struct upload *upload, struct error *err);
enum http_given upload_source_give(struct http_request *request, void *data, size_t room,
				   size_t *ret_size);
/* Whether there is something to read, or to know. */
bool upload_source_is_ready(const struct upload *upload);
/* Looks for the end that must come now: 1 it came and all is well; 0 not yet; -1. */
int upload_source_end(struct upload *upload, struct error *err);
void upload_source_close(struct upload *upload);

#endif
