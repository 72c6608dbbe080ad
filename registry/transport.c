/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 only: blobs come over connections of their own, whose windows are
 * the kernel's. A paused stream of HTTP/2 would be buffered by the library
 * instead, up to 32 MiB each.
 */
#include "registry/transport.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/strings.h"
#include "registry/address.h"
#include "registry/certificates.h"
#include "registry/interrupt.h"
#include "registry/proxy.h"
#include "registry/response.h"

#define CONNECT_SECONDS 30
#define STALL_SECONDS 60	/* with less than a byte a second */
#define SEND_STALL_SECONDS 300	/* a registry may work long on what it got */
#define RECEIVE_SIZE (256 * 1024)
#define SEND_SIZE (256 * 1024)
#define KEPT_CONNECTIONS 16

struct transport {
	CURLM *multi;
	const struct certificates *certificates;
	bool verify;
};

static int prepare_library(struct error *err)
{
	static bool prepared;

	if (!prepared && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(err, ERROR_OTHER, "cannot set up libcurl");
	prepared = true;
	return 0;
}

struct transport *transport_new(const struct certificates *certificates, bool verify,
				struct error *err)
{
	struct transport *transport;

	if (prepare_library(err) < 0)
		return NULL;
	transport = xcalloc(1, sizeof(*transport));
	transport->certificates = certificates;
	transport->verify = verify;
	transport->multi = curl_multi_init();
	if (!transport->multi) {
		error_set(err, ERROR_OTHER, "cannot set up libcurl's connections");
		transport_free(transport);
		return NULL;
	}
	curl_multi_setopt(transport->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
	return transport;
}

void transport_free(struct transport *transport)
{
	if (!transport)
		return;
	curl_multi_cleanup(transport->multi);
	free(transport);
}

static curl_socket_t open_socket(void *argument, curlsocktype purpose,
				 struct curl_sockaddr *address)
{
	struct http_request *request = argument;

	(void)purpose;
	if (request->public_only && address_is_private(&address->addr)) {
		request->private_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Options that must hold: the first one that the library does not take ends the request. */
#define SET(option, value)                                                  \
	do {                                                                \
		if (code == CURLE_OK)                                       \
			code = curl_easy_setopt(easy, (option), (value));   \
	} while (0)

static CURLcode set_protocol(CURL *easy)
{
	CURLcode code = CURLE_OK;

#if LIBCURL_VERSION_NUM >= 0x075500
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
	SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_USERAGENT, "proa/" PACKAGE_VERSION);
	SET(CURLOPT_BUFFERSIZE, (long)RECEIVE_SIZE);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	return code;
}

static CURLcode set_times(CURL *easy, const struct http_request *request)
{
	unsigned int connect = request->connect_limit ? request->connect_limit : CONNECT_SECONDS;
	bool sends = request->method > HTTP_HEAD;
	CURLcode code = CURLE_OK;

	SET(CURLOPT_CONNECTTIMEOUT, (long)connect);
	SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(CURLOPT_LOW_SPEED_TIME, sends ? (long)SEND_STALL_SECONDS : (long)STALL_SECONDS);
	SET(CURLOPT_TIMEOUT, (long)request->time_limit);
	return code;
}

static CURLcode set_tls(CURL *easy, const struct transport *transport,
			const struct http_request *request)
{
	const struct certificates *certificates = transport->certificates;
	CURLcode code = CURLE_OK;

	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, transport->verify ? 1L : 0L);
	SET(CURLOPT_SSL_VERIFYHOST, transport->verify ? 2L : 0L);
	if (certificates->authorities.size) {
		struct curl_blob blob = { .data = certificates->authorities.data,
					  .len = certificates->authorities.size,
					  .flags = CURL_BLOB_NOCOPY };

		SET(CURLOPT_CAINFO_BLOB, &blob);
	}
	if (request->with_certificate && certificates->certificate) {
		SET(CURLOPT_SSLCERT, certificates->certificate);
		SET(CURLOPT_SSLKEY, certificates->key);
	}
	return code;
}

static CURLcode set_handlers(CURL *easy, struct http_request *request)
{
	CURLcode code = CURLE_OK;

	SET(CURLOPT_PRIVATE, request);
	SET(CURLOPT_ERRORBUFFER, request->reason);
	SET(CURLOPT_HEADERFUNCTION, response_header);
	SET(CURLOPT_HEADERDATA, request);
	SET(CURLOPT_WRITEFUNCTION, response_body);
	SET(CURLOPT_WRITEDATA, request);
	SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(CURLOPT_OPENSOCKETDATA, request);
	/* A connection that is open already was not judged for this request. */
	SET(CURLOPT_FRESH_CONNECT, request->public_only ? 1L : 0L);
	return code;
}

static void add_header(struct http_request *request, const char *name, const char *value)
{
	auto_free char *line = NULL;
	struct curl_slist *longer;

	if (!value)
		return;
	line = xasprintf("%s: %s", name, value);
	longer = curl_slist_append(request->headers, line);
	explicit_bzero(line, strlen(line));
	if (!longer)
		abort();
	request->headers = longer;
}

static size_t read_body(char *data, size_t size, size_t count, void *argument)
{
	struct http_request *request = argument;
	size_t given = 0;

	switch (request->give(request, data, size * count, &given)) {
	case HTTP_GIVEN:
		return given;
	case HTTP_GIVE_LATER:
		return CURL_READFUNC_PAUSE;
	default:
		return CURL_READFUNC_ABORT;
	}
}

static CURLcode set_body(CURL *easy, struct http_request *request)
{
	curl_off_t length = request->body_length == HTTP_LENGTH_UNKNOWN ?
				    -1 : (curl_off_t)request->body_length;
	CURLcode code = CURLE_OK;

	if (request->give) {
		SET(CURLOPT_UPLOAD, 1L);
		SET(CURLOPT_UPLOAD_BUFFERSIZE, (long)SEND_SIZE);
		SET(CURLOPT_READFUNCTION, read_body);
		SET(CURLOPT_READDATA, request);
		SET(CURLOPT_INFILESIZE_LARGE, length);
		return code;
	}
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
	SET(CURLOPT_POSTFIELDS, request->body_size ? (const char *)request->body : "");
	return code;
}

static CURLcode set_method(CURL *easy, struct http_request *request)
{
	static const char *const names[] = {
		[HTTP_POST] = "POST", [HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH",
	};
	CURLcode code = CURLE_OK;

	if (request->form) {
		SET(CURLOPT_POSTFIELDS, request->form);
		return code;
	}
	if (request->method == HTTP_HEAD)
		SET(CURLOPT_NOBODY, 1L);
	if (request->method <= HTTP_HEAD)
		return code;
	code = set_body(easy, request);
	SET(CURLOPT_CUSTOMREQUEST, names[request->method]);
	return code;
}

/* Content-Type goes out even when nobody names one, or the library would call a body a form. */
static void add_body_headers(struct http_request *request)
{
	const char *type = request->body_type ? request->body_type : "application/octet-stream";

	if (request->form || request->method <= HTTP_HEAD)
		return;
	add_header(request, "Content-Type", type);
	add_header(request, "Content-Range", request->body_range);
	/* Whoever sends much has had an answer before: waiting for a "100 Continue" wins nothing. */
	add_header(request, "Expect", "");
}

static CURLcode set_question(CURL *easy, struct http_request *request)
{
	auto_free char *range = NULL;
	CURLcode code = CURLE_OK;

	if (request->range_start)
		range = xasprintf("bytes=%llu-", (unsigned long long)request->range_start);
	add_header(request, "Accept", request->accept);
	add_header(request, "Authorization", request->authorization);
	add_header(request, "Range", range);
	add_header(request, "If-Range", range ? request->if_range : NULL);
	add_body_headers(request);
	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_HTTPHEADER, request->headers);
	if (request->direct)
		SET(CURLOPT_PROXY, "");
	else if (has_prefix(request->url, "http:") && proxy_for_http())
		SET(CURLOPT_PROXY, proxy_for_http());
	return code == CURLE_OK ? set_method(easy, request) : code;
}

static CURLcode set_all(const struct transport *transport, struct http_request *request)
{
	CURLcode code = set_protocol(request->easy);

	if (code == CURLE_OK)
		code = set_times(request->easy, request);
	if (code == CURLE_OK)
		code = set_tls(request->easy, transport, request);
	if (code == CURLE_OK)
		code = set_handlers(request->easy, request);
	return code == CURLE_OK ? set_question(request->easy, request) : code;
}

int http_request_start(struct transport *transport, struct http_request *request,
		       struct error *err)
{
	CURLcode code;

	http_request_release(request);
	request->easy = curl_easy_init();
	if (!request->easy)
		return error_set(err, ERROR_OTHER, "cannot set up an HTTP request");
	code = set_all(transport, request);
	if (code == CURLE_OK && curl_multi_add_handle(transport->multi, request->easy) != CURLM_OK)
		code = CURLE_FAILED_INIT;
	if (code != CURLE_OK) {
		curl_easy_cleanup(request->easy);
		request->easy = NULL;
		return error_set(err, ERROR_OTHER, "cannot set up an HTTP request: %s",
				 curl_easy_strerror(code));
	}
	request->transport = transport;
	return 0;
}

void http_request_resume(struct http_request *request)
{
	if (request->easy)
		curl_easy_pause(request->easy, CURLPAUSE_CONT);
}

static void wipe_headers(struct http_request *request)
{
	for (struct curl_slist *item = request->headers; item; item = item->next)
		explicit_bzero(item->data, strlen(item->data));
	curl_slist_free_all(request->headers);
	request->headers = NULL;
}

static void end_request(struct http_request *request)
{
	if (request->easy) {
		curl_multi_remove_handle(request->transport->multi, request->easy);
		curl_easy_cleanup(request->easy);
		request->easy = NULL;
	}
	wipe_headers(request);
}

void http_request_release(struct http_request *request)
{
	end_request(request);
	response_reset(request);
}

/* Ends the requests that libcurl is through with; returns how many. */
static unsigned int collect(struct transport *transport)
{
	unsigned int count = 0;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(transport->multi, &left))) {
		CURLcode code = message->data.result;
		char *private = NULL;
		struct http_request *request;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
		request = (struct http_request *)private;
		response_finish(request, code);
		end_request(request);
		count++;
	}
	return count;
}

static int failed(CURLMcode code, struct error *err)
{
	return error_set(err, ERROR_OTHER, "libcurl: %s", curl_multi_strerror(code));
}

int transport_drive(struct transport *transport, bool *ret_ended, struct error *err)
{
	CURLMcode code;
	int running;

	code = curl_multi_perform(transport->multi, &running);
	if (code != CURLM_OK)
		return failed(code, err);
	*ret_ended = collect(transport) > 0;
	return 0;
}

int transport_wait(struct transport *transport, struct curl_waitfd *waits, unsigned int wait_count,
		   int timeout_ms, struct error *err)
{
	CURLMcode code = curl_multi_poll(transport->multi, waits, wait_count, timeout_ms, NULL);

	return code == CURLM_OK ? 0 : failed(code, err);
}

int transport_perform(struct transport *transport, struct http_request *request,
		      struct error *err)
{
	if (http_request_start(transport, request, err) < 0)
		return -1;
	for (;;) {
		bool ended = false;

		if (transport_drive(transport, &ended, err) < 0)
			return -1;
		if (request->done)
			return 0;
		if (!ended && transport_wait(transport, NULL, 0, 1000, err) < 0)
			return -1;
	}
}

int transport_pause(struct transport *transport, int64_t pause, struct error *err)
{
	int64_t until = clock_monotonic() + pause;
	int64_t left;
	bool ended;

	while ((left = until - clock_monotonic()) > 0) {
		int timeout_ms = left < NS_PER_SECOND ? (int)(left / 1000000) + 1 : 1000;

		if (interrupt_check(err) < 0 || transport_drive(transport, &ended, err) < 0 ||
		    transport_wait(transport, NULL, 0, timeout_ms, err) < 0)
			return -1;
	}
	return 0;
}
