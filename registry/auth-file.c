/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order inside a document: a helper for this very registry, the helper for
 * all, then the entries written down. Docker files an entry for Docker Hub
 * under an URL, old versions did so for every registry: where no key matches
 * as it is, keys are compared by their host alone.
 */
#include "registry/auth-file.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "registry/credential-helper.h"
#include "registry/credentials.h"

#define DOCKER_HUB_KEY "https://index.docker.io/v1/"

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	if (c == '/' || c == '_')
		return 63;
	return -1;
}

/* The decoded text as a string, or NULL. Docker once padded with NUL bytes: those are cut. */
static char *base64_decode_text(const char *text)
{
	size_t length = strlen(text);
	char *plain = xcalloc(length + 1, 1);
	size_t size = 0;
	uint32_t bits = 0;
	unsigned int bit_count = 0;

	while (length > 0 && text[length - 1] == '=')
		length--;
	for (size_t i = 0; i < length; i++) {
		int value = base64_value(text[i]);

		if (value < 0)
			goto invalid;
		bits = bits << 6 | (uint32_t)value;
		bit_count += 6;
		if (bit_count < 8)
			continue;
		bit_count -= 8;
		plain[size++] = (char)(bits >> bit_count & 0xff);
	}
	while (size > 0 && !plain[size - 1])
		size--;
	if (strlen(plain) == size)
		return plain;

invalid:
	explicit_bzero(plain, size);
	free(plain);
	return NULL;
}

static int entry_decode_auth(const char *auth, struct credentials *credentials)
{
	char *plain = base64_decode_text(auth);
	int result;

	if (!plain)
		return -1;
	result = credentials_split(plain, credentials);
	explicit_bzero(plain, strlen(plain));
	free(plain);
	return result;
}

static int entry_decode(const json_t *entry, const char *name, const char *key,
			struct credentials *ret_credentials, struct error *err)
{
	auto_release(credentials) struct credentials found = { 0 };
	const char *auth = json_string_value(json_object_get(entry, "auth"));

	if (!json_is_object(entry))
		return error_set(err, ERROR_INVALID, "%s: the entry of '%s' is no object", name, key);
	if (!is_empty(auth) && entry_decode_auth(auth, &found) < 0)
		return error_set(err, ERROR_INVALID,
				 "%s: 'auth' of '%s' is not base64 of user:password", name, key);
	if (!found.user) {
		found.user = json_copy_string(entry, "username");
		found.password = json_copy_string(entry, "password");
	}
	found.identity_token = json_copy_string(entry, "identitytoken");
	if (is_empty(found.user) && is_empty(found.identity_token))
		return 0;
	*ret_credentials = found;
	found = (struct credentials){ 0 };
	return 1;
}

/* The host of a key such as "https://registry.example.com/v1/": a new string. */
static char *key_host(const char *key)
{
	const char *scheme_end = strstr(key, "://");
	const char *host = scheme_end ? scheme_end + 3 : key;

	return xstrndup(host, strcspn(host, "/"));
}

static const json_t *find_by_host(const json_t *entries, const struct auth_keys *keys,
				  const char **ret_key)
{
	const char *key;
	const json_t *entry;

	json_object_foreach((json_t *)entries, key, entry) {
		auto_free char *host = key_host(key);

		/* "host/path" is somebody else's part of the registry; "host/v1/" is all of it. */
		if (!strstr(key, "://") && !has_suffix(key, "/v1/") && !has_suffix(key, "/v2/"))
			continue;
		if (strings_contain(&keys->hosts, host)) {
			*ret_key = key;
			return entry;
		}
	}
	return NULL;
}

static const json_t *find_entry(const json_t *entries, const struct auth_keys *keys,
				const char **ret_key)
{
	for (size_t i = 0; i < keys->exact.count; i++) {
		const json_t *entry = json_object_get(entries, keys->exact.items[i]);

		if (entry) {
			*ret_key = keys->exact.items[i];
			return entry;
		}
	}
	return find_by_host(entries, keys, ret_key);
}

static const char *helper_server(const struct auth_keys *keys, const char *key)
{
	/* docker files Docker Hub under this key in every helper. */
	return strings_contain(&keys->hosts, "docker.io") ? DOCKER_HUB_KEY : key;
}

static int ask_helpers(const json_t *document, const char *name, const struct auth_keys *keys,
		       struct credentials *ret_credentials, struct error *err)
{
	const json_t *helpers = json_object_get(document, "credHelpers");
	const char *store = json_string_value(json_object_get(document, "credsStore"));
	const char *key = NULL;
	const json_t *helper = json_is_object(helpers) ? find_entry(helpers, keys, &key) : NULL;
	auto_error failure = { 0 };
	int found;

	if (!is_empty(json_string_value(helper))) {
		found = credential_helper_get(json_string_value(helper), helper_server(keys, key),
					      ret_credentials, err);
		return found < 0 ? error_context(err, "%s: credHelpers", name) : found;
	}
	if (is_empty(store))
		return 0;
	/* This helper is meant for every registry, and most pulls need none: tell, and go on. */
	found = credential_helper_get(store, helper_server(keys, keys->hosts.items[0]),
				      ret_credentials, &failure);
	if (found < 0)
		warning("%s: credsStore: %s", name, failure.message);
	return found > 0;
}

int auth_document_find(const json_t *document, enum auth_form form, const char *name,
		       const struct auth_keys *keys, struct credentials *ret_credentials,
		       struct error *err)
{
	const json_t *entries = document, *entry;
	const char *key = NULL;
	int found;

	if (!json_is_object(document))
		return error_set(err, ERROR_INVALID, "%s: not a JSON object", name);
	if (form == AUTH_FORM_CONFIG) {
		found = ask_helpers(document, name, keys, ret_credentials, err);
		if (found)
			return found;
		entries = json_object_get(document, "auths");
		if (!entries || json_is_null(entries))
			return 0;
		if (!json_is_object(entries))
			return error_set(err, ERROR_INVALID, "%s: 'auths' is no object", name);
	}
	entry = find_entry(entries, keys, &key);
	return entry ? entry_decode(entry, name, key, ret_credentials, err) : 0;
}
