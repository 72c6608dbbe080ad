/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP as registries need it, on libcurl: requests side by side in one thread,
 * bodies handed out while they arrive.
 *
 * Nothing is followed or repeated here. A redirect, a challenge, a broken
 * connection are answers like others; the layers above decide, so that no header
 * of ours reaches a host by itself.
 */
#ifndef REGISTRY_TRANSPORT_H
#define REGISTRY_TRANSPORT_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct certificates;
struct error;
struct transport;

enum http_taken {
	HTTP_TAKEN,
	HTTP_PAUSE,	/* bring the same bytes again after http_request_resume() */
	HTTP_REFUSED,	/* end the request */
};

enum http_failure {
	HTTP_FAILURE_NONE,	/* there is an answer: look at `status` */
	HTTP_FAILURE_RESOLVE,
	HTTP_FAILURE_CONNECT,	/* `errnum` tells why */
	HTTP_FAILURE_CONNECT_TIMEOUT,
	HTTP_FAILURE_TLS,	/* the other side does not speak it */
	HTTP_FAILURE_CERTIFICATE,
	HTTP_FAILURE_BROKEN,	/* the connection ended in the middle */
	HTTP_FAILURE_STALLED,
	HTTP_FAILURE_REFUSED,	/* by `take` or `give` */
	HTTP_FAILURE_PRIVATE,	/* public_only, and the address is not */
	HTTP_FAILURE_OTHER,
};

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH };

/* What a `give` has for the request. */
enum http_given {
	HTTP_GIVEN,	/* so many bytes; none: that was all */
	HTTP_GIVE_LATER,	/* ask again after http_request_resume() */
	HTTP_GIVE_UP,	/* end the request */
};

#define HTTP_LENGTH_UNKNOWN UINT64_MAX
#define HTTP_TEXT_SIZE_MAX 16384	/* of an answer that is no success */

struct http_request {
	/* What is asked; all borrowed while the request runs. */
	const char *url;
	const char *authorization;	/* value of the header, or NULL */
	const char *accept;		/* or NULL */
	const char *form;		/* POST with this body */
	enum http_method method;	/* where there is no form */
	const char *body_type;		/* Content-Type of what is sent, or NULL */
	const void *body;		/* what is sent, where there is no `give` */
	size_t body_size;
	/* Gives the body as it is sent, `body_length` bytes; HTTP_LENGTH_UNKNOWN goes in chunks. */
	enum http_given (*give)(struct http_request *request, void *data, size_t room,
				size_t *ret_size);
	uint64_t body_length;
	const char *body_range;		/* Content-Range, or NULL */
	uint64_t range_start;		/* ask for bytes from here on */
	const char *if_range;		/* but for all of it if this entity tag has changed; or NULL */
	unsigned int time_limit;	/* seconds for all of it; 0: only stalling counts */
	unsigned int connect_limit;	/* seconds; 0: 30 */
	bool with_certificate;		/* show the client certificate, if there is one */
	bool direct;			/* past any proxy */
	bool public_only;		/* refuse private, loopback and link-local addresses (R10) */
	/* Gets the body of 200 and 206. */
	enum http_taken (*take)(struct http_request *request, const void *data, size_t size);
	void *argument;

	/* The answer, complete when `done`. Once the body comes, the headers are. */
	bool done;
	enum http_failure failure;
	int errnum;
	char reason[CURL_ERROR_SIZE];	/* the library's words for the failure */
	long status;
	char *content_type, *location, *challenge, *digest;	/* headers, NULL where absent */
	char *range, *subject, *link;	/* Range of an upload, OCI-Subject, Link */
	uint64_t retry_after;		/* seconds, 0: not told */
	char *etag;
	uint64_t range_got;		/* of 206: where its body begins; 0 if that makes no sense */
	uint64_t range_total;		/* and how much there is; RANGE_TOTAL_UNKNOWN */
	struct buffer text;		/* body of anything else, its beginning */
	char address[64];		/* of the peer */

	/* Kept by transport.c. */
	struct transport *transport;
	CURL *easy;
	struct curl_slist *headers;
	size_t header_bytes;
	bool private_refused;
};

/* `verify`: hold certificates against the authorities. `certificates` is borrowed. */
struct transport *transport_new(const struct certificates *certificates, bool verify,
				struct error *err);
void transport_free(struct transport *transport);	/* requests are ended first; NULL is fine */

/* Starts a request; it stays where it is until http_request_release(). */
int http_request_start(struct transport *transport, struct http_request *request,
		       struct error *err);
void http_request_resume(struct http_request *request);	/* after HTTP_PAUSE */
/* Ends it if it runs, wipes and frees what it holds; what was asked stays. */
void http_request_release(struct http_request *request);

/* Moves what bytes there are; *ret_ended tells if some request is done. */
int transport_drive(struct transport *transport, bool *ret_ended, struct error *err);
/* Waits until there is something to drive, one of `waits` is ready, or `timeout_ms` is over. */
int transport_wait(struct transport *transport, struct curl_waitfd *waits, unsigned int wait_count,
		   int timeout_ms, struct error *err);
/* Runs one request to its end; others go on beside it. */
int transport_perform(struct transport *transport, struct http_request *request,
		      struct error *err);

/* Lets other requests go on for `pause` ns. */
int transport_pause(struct transport *transport, int64_t pause, struct error *err);

#endif
