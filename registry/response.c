/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only the headers that somebody reads are kept, each with a maximum; all of
 * them together have one too.
 */
#include "registry/response.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/strings.h"
#include "registry/headers.h"
#include "registry/transport.h"

#define HEADER_VALUE_MAX 16384
#define HEADERS_SIZE_MAX 262144

static bool is_success(long status)
{
	return status == 200 || status == 206;
}

static void forget_headers(struct http_request *request)
{
	replace_string(&request->content_type, NULL);
	replace_string(&request->location, NULL);
	replace_string(&request->challenge, NULL);
	replace_string(&request->digest, NULL);
	replace_string(&request->range, NULL);
	replace_string(&request->subject, NULL);
	replace_string(&request->link, NULL);
	replace_string(&request->etag, NULL);
	request->retry_after = 0;
	request->range_got = 0;
	request->range_total = RANGE_TOTAL_UNKNOWN;
}

void response_reset(struct http_request *request)
{
	forget_headers(request);
	buffer_release(&request->text);
	request->done = false;
	request->failure = HTTP_FAILURE_NONE;
	request->errnum = 0;
	request->reason[0] = '\0';
	request->status = 0;
	request->address[0] = '\0';
	request->header_bytes = 0;
	request->private_refused = false;
}

/* Several headers of one name are one list (RFC 9110, 5.3). */
static void append_challenge(struct http_request *request, const char *value)
{
	auto_free char *before = take_ptr(&request->challenge);

	request->challenge = before ? xasprintf("%.*s, %s", HEADER_VALUE_MAX, before, value) :
				      xstrdup(value);
}

static void keep_header(struct http_request *request, const char *name, const char *value)
{
	if (!strcasecmp(name, "content-type"))
		replace_string(&request->content_type, value);
	else if (!strcasecmp(name, "location"))
		replace_string(&request->location, value);
	else if (!strcasecmp(name, "www-authenticate"))
		append_challenge(request, value);
	else if (!strcasecmp(name, "docker-content-digest"))
		replace_string(&request->digest, value);
	else if (!strcasecmp(name, "range"))
		replace_string(&request->range, value);
	else if (!strcasecmp(name, "oci-subject"))
		replace_string(&request->subject, value);
	else if (!strcasecmp(name, "link"))
		replace_string(&request->link, value);
	else if (!strcasecmp(name, "etag"))
		replace_string(&request->etag, value);
	else if (!strcasecmp(name, "retry-after"))
		request->retry_after = retry_after_parse(value, clock_now() / NS_PER_SECOND);
	else if (!strcasecmp(name, "content-range"))
		(void)content_range_parse(value, &request->range_got, &request->range_total);
}

size_t response_header(char *line, size_t size, size_t count, void *argument)
{
	struct http_request *request = argument;
	size_t length = size * count;
	const char *colon = memchr(line, ':', length);
	auto_free char *name = NULL, *value = NULL;
	const char *start, *end = line + length;

	request->header_bytes += length;
	if (request->header_bytes > HEADERS_SIZE_MAX)
		return 0;
	if (length > 5 && !memcmp(line, "HTTP/", 5)) {	/* after a 100, say, comes another */
		forget_headers(request);
		return length;
	}
	if (!colon || length > HEADER_VALUE_MAX)
		return length;
	for (start = colon + 1; start < end && (*start == ' ' || *start == '\t'); start++)
		;
	while (end > start && strchr(" \t\r\n", end[-1]))
		end--;
	name = xstrndup(line, colon - line);
	value = xstrndup(start, end - start);
	keep_header(request, name, value);
	return length;
}

static size_t keep_text(struct http_request *request, const char *data, size_t size)
{
	size_t room = HTTP_TEXT_SIZE_MAX - request->text.size;

	buffer_add(&request->text, data, size < room ? size : room);
	return size <= room ? size : 0;
}

size_t response_body(char *data, size_t size, size_t count, void *argument)
{
	struct http_request *request = argument;

	size *= count;
	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &request->status);
	if (!is_success(request->status) || !request->take)
		return keep_text(request, data, size);
	switch (request->take(request, data, size)) {
	case HTTP_TAKEN:
		return size;
	case HTTP_PAUSE:
		return CURL_WRITEFUNC_PAUSE;
	default:
		return 0;
	}
}

/* A timeout before anything was sent means that there is nobody. */
static enum http_failure timeout_of(CURL *easy)
{
	curl_off_t sent_at = 0;

	curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &sent_at);
	return sent_at > 0 ? HTTP_FAILURE_STALLED : HTTP_FAILURE_CONNECT_TIMEOUT;
}

/* Whether a proxy has refused to connect us. */
static bool proxy_refused(CURL *easy)
{
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status >= 300;
}

static enum http_failure failure_of(const struct http_request *request, CURLcode code)
{
	switch (code) {
	case CURLE_OK:
		return HTTP_FAILURE_NONE;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return HTTP_FAILURE_RESOLVE;
	case CURLE_COULDNT_CONNECT:
		return request->private_refused ? HTTP_FAILURE_PRIVATE : HTTP_FAILURE_CONNECT;
	case CURLE_OPERATION_TIMEDOUT:
		return timeout_of(request->easy);
	case CURLE_SSL_CONNECT_ERROR:
		return HTTP_FAILURE_TLS;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
		return HTTP_FAILURE_CERTIFICATE;
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_SEND_FAIL_REWIND:
	case CURLE_GOT_NOTHING:
		return proxy_refused(request->easy) ? HTTP_FAILURE_OTHER : HTTP_FAILURE_BROKEN;
	case CURLE_ABORTED_BY_CALLBACK:
		return HTTP_FAILURE_REFUSED;
	case CURLE_WRITE_ERROR:
		if (request->header_bytes > HEADERS_SIZE_MAX)
			return HTTP_FAILURE_OTHER;
		return is_success(request->status) ? HTTP_FAILURE_REFUSED : HTTP_FAILURE_NONE;
	default:
		return HTTP_FAILURE_OTHER;
	}
}

void response_finish(struct http_request *request, CURLcode code)
{
	const char *address = NULL;
	long os_errno = 0;

	request->done = true;
	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &request->status);
	curl_easy_getinfo(request->easy, CURLINFO_OS_ERRNO, &os_errno);
	curl_easy_getinfo(request->easy, CURLINFO_PRIMARY_IP, &address);
	request->errnum = (int)os_errno;
	snprintf(request->address, sizeof(request->address), "%s", address ? address : "");
	request->failure = failure_of(request, code);
	if (request->header_bytes > HEADERS_SIZE_MAX)
		snprintf(request->reason, sizeof(request->reason), "its headers are too large");
	else if (request->failure != HTTP_FAILURE_NONE && !request->reason[0])
		snprintf(request->reason, sizeof(request->reason), "%s", curl_easy_strerror(code));
}
