/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order inside a document: a helper for this very registry, the helper for
 * all, then the entries written down. Docker files an entry for Docker Hub
 * under an URL, old versions did so for every registry: where no key matches
 * as it is, keys are compared by their host alone.
 */
#include "registry/auth-file.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "registry/auth-keys.h"
#include "registry/base64.h"
#include "registry/credential-helper.h"
#include "registry/credentials.h"

/* The decoded text as a string, or NULL. Docker once padded with NUL bytes: those are cut. */
static char *decode_text(const char *text)
{
	size_t size = 0;
	char *plain = base64_decode(text, &size);

	if (!plain)
		return NULL;
	while (size > 0 && !plain[size - 1])
		size--;
	if (strlen(plain) == size)
		return plain;
	explicit_bzero(plain, size);
	free(plain);
	return NULL;
}

static int entry_decode_auth(const char *auth, struct credentials *credentials)
{
	char *plain = decode_text(auth);
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

const char *auth_document_helper(const json_t *document, const struct auth_keys *keys,
				 char **ret_server, bool *ret_own)
{
	const json_t *helpers = json_object_get(document, "credHelpers");
	const char *key = NULL;
	const json_t *own = json_is_object(helpers) ? find_entry(helpers, keys, &key) : NULL;
	const char *name = json_string_value(own);

	*ret_own = !is_empty(name);
	*ret_server = NULL;
	if (!*ret_own) {
		name = json_string_value(json_object_get(document, "credsStore"));
		/* A part of a registry has no hosts, and this helper knows only whole ones. */
		key = keys->hosts.count ? keys->hosts.items[0] : NULL;
	}
	if (is_empty(name))
		return NULL;
	if (key)
		*ret_server = xstrdup(helper_server(keys, key));
	return name;
}

static int ask_helpers(const json_t *document, const char *name, const struct auth_keys *keys,
		       struct credentials *ret_credentials, struct error *err)
{
	auto_free char *server = NULL;
	auto_error failure = { 0 };
	bool own;
	const char *helper = auth_document_helper(document, keys, &server, &own);
	int found;

	if (!helper || !server)
		return 0;
	if (own) {
		found = credential_helper_get(helper, server, ret_credentials, err);
		return found < 0 ? error_context(err, "%s: credHelpers", name) : found;
	}
	/* This helper is meant for every registry, and most pulls need none: tell, and go on. */
	found = credential_helper_get(helper, server, ret_credentials, &failure);
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

static json_t *new_entry(const struct credentials *credentials)
{
	json_t *entry = json_object();
	bool token = !is_empty(credentials->identity_token);
	char *plain, *encoded;

	if (token)
		json_object_set_new(entry, "identitytoken",
				    json_string(credentials->identity_token));
	if (is_empty(credentials->user))
		return entry;
	/* With an identity token, docker writes the name and no password. */
	plain = xasprintf("%s:%s", credentials->user,
			  credentials->password && !token ? credentials->password : "");
	encoded = base64_encode(plain, strlen(plain));
	json_object_set_new(entry, "auth", json_string(encoded));
	explicit_bzero(plain, strlen(plain));
	explicit_bzero(encoded, strlen(encoded));
	free(plain);
	free(encoded);
	return entry;
}

int auth_document_set(json_t *document, const char *name, const char *key,
		      const struct credentials *credentials, struct error *err)
{
	json_t *entries = json_object_get(document, "auths");

	if (!entries || json_is_null(entries)) {
		entries = json_object();
		json_object_set_new(document, "auths", entries);
	}
	if (!json_is_object(entries))
		return error_set(err, ERROR_INVALID, "%s: 'auths' is no object", name);
	json_object_set_new(entries, key, new_entry(credentials));
	return 0;
}

bool auth_document_remove(json_t *document, enum auth_form form, const struct auth_keys *keys)
{
	json_t *entries = form == AUTH_FORM_FLAT ? document : json_object_get(document, "auths");
	bool removed = false;
	const char *key;

	while (json_is_object(entries) && find_entry(entries, keys, &key)) {
		auto_free char *copy = xstrdup(key);

		json_object_del(entries, copy);
		removed = true;
	}
	return removed;
}
