/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error bodies: distribution-spec, "Error Codes": {"errors": [{"code": "NAME_UNKNOWN",
 * "message": "..."}]}; Docker Hub's token server has {"details": "..."}.
 */
#include "registry/failure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "registry/proxy.h"
#include "registry/transport.h"
#include "registry/url.h"

#define SERVER_TEXT_MAX 300
#define RATE_SECONDS_MAX (30 * 86400)	/* what is longer is no time to tell */

struct server_error {
	char *code;	/* lower case, with blanks: "manifest unknown"; or NULL */
	char *message;	/* printable, or NULL */
};

static void server_error_release(struct server_error *error)
{
	free(error->code);
	free(error->message);
}

static char *short_printable(const char *text)
{
	auto_free char *start = NULL;

	if (is_empty(text))
		return NULL;
	start = xstrndup(text, SERVER_TEXT_MAX);
	return printable(start);
}

static char *code_words(const char *code)
{
	char *words = short_printable(code);

	for (char *c = words; c && *c; c++) {
		if (*c == '_')
			*c = ' ';
		else if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	}
	return words;
}

static void decode_server_error(const struct buffer *text, struct server_error *ret_error)
{
	auto_error ignored = { 0 };
	auto_json json_t *body = NULL;
	const json_t *first;
	const char *details;

	if (text->size == 0)
		return;
	body = json_parse(text->data, text->size, "error", &ignored);
	if (!json_is_object(body))
		return;
	first = json_array_get(json_object_get(body, "errors"), 0);
	details = json_string_value(json_object_get(body, "details"));
	ret_error->code = code_words(json_string_value(json_object_get(first, "code")));
	ret_error->message = short_printable(json_string_value(json_object_get(first, "message")));
	if (!ret_error->message)
		ret_error->message = short_printable(details);
}

/* "code: message", or the one that there is, or `otherwise`. New string. */
static char *describe(const struct server_error *error, const char *otherwise)
{
	if (error->code && error->message && strcmp(error->code, error->message) != 0)
		return xasprintf("%s: %s", error->code, error->message);
	if (error->code || error->message)
		return xstrdup(error->code ? error->code : error->message);
	return xstrdup(otherwise);
}

static bool has_code(const struct server_error *error, const char *code)
{
	return error->code && !strcmp(error->code, code);
}

/* "host:port" of where a request went, without a usual port. New string. */
static char *peer_of(const struct http_request *request)
{
	auto_error ignored = { 0 };
	auto_free char *origin = url_origin(request->url, &ignored);
	const char *peer = origin ? strstr(origin, "://") : NULL;
	char *shown;

	if (!peer)
		return xstrdup("the registry");
	shown = printable(peer + 3);
	if (has_prefix(origin, "https:") && has_suffix(shown, ":443"))
		shown[strlen(shown) - 4] = '\0';
	else if (has_prefix(origin, "http:") && has_suffix(shown, ":80"))
		shown[strlen(shown) - 3] = '\0';
	return shown;
}

/* Whether libcurl may have gone through a proxy: then it is the proxy that does not answer. */
static bool may_use_proxy(const struct http_request *request)
{
	static const char *const variables[] = {
		"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
	};

	if (request->direct)
		return false;
	if (has_prefix(request->url, "http:"))
		return !is_empty(getenv("http_proxy")) || proxy_for_http();
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
		if (!is_empty(getenv(variables[i])))
			return true;
	}
	return false;
}

static int failure_of_connect(const struct http_request *request, const char *peer,
			      struct error *err)
{
	if (may_use_proxy(request))
		return error_set(err, ERROR_OTHER,
				 "cannot connect to %s: %s; a proxy is set in the environment, is it right?",
				 peer, request->reason);
	if (request->errnum == ECONNREFUSED)
		return error_set(err, ERROR_OTHER,
				 "connection refused by %s; is the registry running?", peer);
	if (request->errnum)
		return error_errnum(err, request->errnum, "cannot connect to %s", peer);
	return error_set(err, ERROR_OTHER, "cannot connect to %s: %s", peer, request->reason);
}

static int failure_of_tls(const struct http_request *request, const char *peer, struct error *err)
{
	auto_free char *reason = printable(request->reason);

	/* What OpenSSL says when the first bytes are those of HTTP. */
	if (strstr(reason, "wrong version number") || strstr(reason, "packet length too long") ||
	    strstr(reason, "http request"))
		return error_set(err, ERROR_OTHER,
				 "%s gave an HTTP response to an HTTPS client; use "
				 "--tls-verify=false if plain HTTP is meant", peer);
	return error_set(err, ERROR_OTHER, "cannot speak TLS with %s: %s", peer, reason);
}

static int failure_of_certificate(const char *peer, const char *reason, struct error *err)
{
	error_set(err, ERROR_OTHER, "cannot trust the certificate of %s: %s", peer, reason);
	/* OpenSSL's words for an authority that it does not know. */
	if (strstr(reason, "issuer certificate") || strstr(reason, "self"))
		error_remedy(err, "put its authority into /etc/containers/certs.d/%s/ca.crt", peer);
	return -1;
}

int failure_of_connection(const struct http_request *request, struct error *err)
{
	auto_free char *peer = peer_of(request);
	auto_free char *reason = printable(request->reason);

	switch (request->failure) {
	case HTTP_FAILURE_RESOLVE:
		return error_set(err, ERROR_OTHER,
				 "no such host '%s'; check the name and the network", peer);
	case HTTP_FAILURE_CONNECT:
		return failure_of_connect(request, peer, err);
	case HTTP_FAILURE_CONNECT_TIMEOUT:
		return error_set(err, ERROR_OTHER, "%s does not answer; check the network", peer);
	case HTTP_FAILURE_TLS:
		return failure_of_tls(request, peer, err);
	case HTTP_FAILURE_CERTIFICATE:
		return failure_of_certificate(peer, reason, err);
	case HTTP_FAILURE_STALLED:
		return error_set(err, ERROR_OTHER, "%s sent nothing for a minute; try again", peer);
	case HTTP_FAILURE_BROKEN:
		return error_set(err, ERROR_OTHER, "the connection to %s broke: %s; try again",
				 peer, reason);
	default:
		return error_set(err, ERROR_OTHER, "cannot talk to %s: %s", peer, reason);
	}
}

int failure_access_denied(const struct failure_subject *subject, const char *why,
			  struct error *err)
{
	return error_set(err, ERROR_UNAUTHORIZED,
			 "%s access denied for %s, repository does not exist or may require "
			 "'proa login'%s%s", subject->push ? "push" : "pull", subject->name,
			 why ? ": " : "", why ? why : "");
}

int failure_wrong_password(const char *host, struct error *err)
{
	return error_set(err, ERROR_UNAUTHORIZED,
			 "unauthorized: incorrect username or password for %s; log in again with "
			 "'proa login %s'", host, host);
}

int failure_private_realm(const char *host, const char *realm, struct error *err)
{
	auto_free char *shown = short_printable(realm);

	return error_set(err, ERROR_INVALID,
			 "%s names a token server inside the private network ('%s'), which is refused",
			 host, shown ? shown : "");
}

/* " until HH:MM", local time, with the day if that is not today; "" when the server does not tell. */
static void format_until(uint64_t seconds, char *ret_text, size_t size)
{
	time_t now = time(NULL), then = now;
	struct tm today, day;

	*ret_text = '\0';
	if (seconds == 0 || seconds > RATE_SECONDS_MAX)
		return;
	then += (time_t)seconds + 59;	/* the minute in which it is over */
	if (localtime_r(&now, &today) && localtime_r(&then, &day))
		strftime(ret_text, size, today.tm_yday == day.tm_yday ? " until %H:%M" :
									" until %F %H:%M", &day);
}

static int failure_of_rate(const struct http_request *request, const char *host,
			   const struct server_error *error, struct error *err)
{
	auto_free char *what = describe(error, "toomanyrequests");
	char until[64];

	format_until(request->retry_after, until, sizeof(until));
	return error_set(err, ERROR_OTHER,
			 "rate limited by %s%s: %s; log in with 'proa login', or use a mirror "
			 "(registries.conf)", host, until, what);
}

static int failure_not_found(const struct server_error *error,
			     const struct failure_subject *subject, struct error *err)
{
	auto_free char *what = describe(error, subject->reference ? "manifest unknown" :
								    "blob unknown");

	if (!subject->reference)
		return error_set(err, ERROR_NOT_FOUND, "%s has no blob %s of %s: %s",
				 subject->host, subject->blob, subject->name, what);
	if (has_code(error, "name unknown"))
		return error_set(err, ERROR_NOT_FOUND, "repository %s not found: %s",
				 subject->name, what);
	return error_set(err, ERROR_NOT_FOUND, "manifest for %s not found: %s",
			 subject->reference, what);
}

int failure_of_answer(const struct http_request *request, const struct failure_subject *subject,
		      struct error *err)
{
	auto_release(server_error) struct server_error error = { 0 };
	auto_free char *peer = peer_of(request);
	auto_free char *what = NULL;

	decode_server_error(&request->text, &error);
	if (request->status == 404)
		return failure_not_found(&error, subject, err);
	if (request->status == 429)
		return failure_of_rate(request, peer, &error, err);
	if (request->status == 413) {
		what = describe(&error, "HTTP status 413");
		return error_set(err, ERROR_OTHER,
				 "%s, or a proxy before it, takes no blob that large (%s)", peer, what);
	}
	if (request->status == 401 || request->status == 403) {
		what = describe(&error, "denied");
		return failure_access_denied(subject, what, err);
	}
	what = describe(&error, "no reason given");
	return error_set(err, ERROR_OTHER, "%s answered with HTTP status %ld (%s)", peer,
			 request->status, what);
}

int failure_of_token_server(const struct http_request *request, const char *host,
			    struct error *err)
{
	auto_release(server_error) struct server_error error = { 0 };
	auto_free char *peer = peer_of(request);
	auto_free char *what = NULL;

	decode_server_error(&request->text, &error);
	if (request->status == 429)
		return failure_of_rate(request, peer, &error, err);
	if ((request->status == 401 || request->status == 403) &&
	    (request->authorization || request->form))
		return failure_wrong_password(host, err);
	what = describe(&error, "no reason given");
	if (request->status == 401 || request->status == 403)
		return error_set(err, ERROR_UNAUTHORIZED,
				 "unauthorized: %s gives no token without 'proa login %s': %s",
				 peer, host, what);
	return error_set(err, ERROR_OTHER, "the token server %s answered with HTTP status %ld (%s)",
			 peer, request->status, what);
}
