/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl takes URLs apart, so that what is judged here is what it will connect to. */
#include "registry/url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/strings.h"
#include "registry/address.h"

#define URL_LENGTH_MAX 16384

static void auto_free_url(CURLU **url)
{
	curl_url_cleanup(*url);
}
#define auto_url __attribute__((cleanup(auto_free_url)))

static void auto_free_curl(char **text)
{
	curl_free(*text);
}
#define auto_curl_free __attribute__((cleanup(auto_free_curl)))

char *url_shown(const char *url)
{
	const char *scheme = strstr(url, "://");
	const char *host = scheme ? scheme + 3 : url;
	const char *at = memrchr(host, '@', strcspn(host, "/?#"));
	auto_free char *text = NULL;

	if (!at)
		return printable(url);
	text = xasprintf("%.*s***%s", (int)(host - url), url, at);
	return printable(text);
}

static int invalid_url(const char *text, struct error *err)
{
	auto_free char *shown = url_shown(text);

	return error_set(err, ERROR_INVALID, "'%.200s' is no usable http or https URL", shown);
}

static bool has_web_scheme(CURLU *url)
{
	auto_curl_free char *scheme = NULL;

	return curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	       (!strcasecmp(scheme, "http") || !strcasecmp(scheme, "https"));
}

static int parse_url(CURLU *url, const char *text, struct error *err)
{
	if (!url || strlen(text) > URL_LENGTH_MAX ||
	    curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) != CURLUE_OK ||
	    !has_web_scheme(url))
		return invalid_url(text, err);
	return 0;
}

char *url_origin(const char *url, struct error *err)
{
	auto_url CURLU *parts = curl_url();
	auto_curl_free char *scheme = NULL;
	auto_curl_free char *host = NULL;
	auto_curl_free char *port = NULL;
	char *origin;

	if (parse_url(parts, url, err) < 0)
		return NULL;
	if (curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
	    curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK) {
		invalid_url(url, err);
		return NULL;
	}
	origin = xasprintf("%s://%s:%s", scheme, host, port);
	for (char *c = origin; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return origin;
}

char *url_host(const char *url)
{
	auto_url CURLU *parts = curl_url();
	auto_curl_free char *host = NULL;
	auto_error ignored = { 0 };
	size_t length;

	if (parse_url(parts, url, &ignored) < 0 ||
	    curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		return NULL;
	length = strlen(host);
	if (host[0] == '[' && host[length - 1] == ']')
		return xstrndup(host + 1, length - 2);
	return xstrdup(host);
}

char *url_resolve(const char *base, const char *location, struct error *err)
{
	auto_url CURLU *parts = curl_url();
	auto_curl_free char *resolved = NULL;

	/* The second one is seen from the first, if it is relative. */
	if (parse_url(parts, base, err) < 0 || parse_url(parts, location, err) < 0)
		return NULL;
	curl_url_set(parts, CURLUPART_FRAGMENT, NULL, 0);
	if (curl_url_get(parts, CURLUPART_URL, &resolved, 0) != CURLUE_OK) {
		invalid_url(location, err);
		return NULL;
	}
	return xstrdup(resolved);
}

char *url_escape(const char *text)
{
	auto_release(buffer) struct buffer escaped = { 0 };

	for (; *text; text++) {
		if (isascii(*text) && (isalnum((unsigned char)*text) || strchr("-._~", *text)))
			buffer_putc(&escaped, *text);
		else
			buffer_printf(&escaped, "%%%02X", (unsigned char)*text);
	}
	return escaped.size ? buffer_take(&escaped) : xstrdup("");
}

bool is_loopback_host(const char *host)
{
	struct sockaddr_storage address;

	if (!strcasecmp(host, "localhost"))
		return true;
	return address_parse(host, &address) && address_is_loopback((struct sockaddr *)&address);
}

bool is_private_host(const char *host)
{
	struct sockaddr_storage address;

	if (!strcasecmp(host, "localhost") || has_suffix(host, ".localhost"))
		return true;
	return address_parse(host, &address) && address_is_private((struct sockaddr *)&address);
}
