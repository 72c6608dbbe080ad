/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The places that are searched, in this order; the first entry found counts:
 *
 *	--creds
 *	--authfile or $REGISTRY_AUTH_FILE, and then nothing else
 *	$DOCKER_AUTH_CONFIG
 *	the files of credential-places.c
 */
#include "registry/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "image/reference.h"
#include "registry/auth-file.h"
#include "registry/auth-keys.h"
#include "registry/credential-places.h"

static void wipe_string(char **secret)
{
	if (*secret)
		explicit_bzero(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}

void credentials_release(struct credentials *credentials)
{
	replace_string(&credentials->user, NULL);
	wipe_string(&credentials->password);
	wipe_string(&credentials->identity_token);
}

int credentials_split(const char *text, struct credentials *ret_credentials)
{
	const char *colon = strchr(text, ':');

	if (!colon || colon == text)
		return -1;
	ret_credentials->user = xstrndup(text, colon - text);
	ret_credentials->password = xstrdup(colon + 1);
	return 0;
}

/* 1 when the file had an entry, 0 when not (or when there is no file, unless `needed`), -1. */
static int search_file(const char *path, enum auth_form form, bool needed,
		       const struct auth_keys *keys, struct credentials *ret_credentials,
		       struct error *err)
{
	auto_json json_t *document = credential_file_read(path, needed, err);

	if (!document)
		return err->kind == ERROR_NONE ? 0 : -1;
	return auth_document_find(document, form, path, keys, ret_credentials, err);
}

static int search_variable(const struct auth_keys *keys, struct credentials *ret_credentials,
			   struct error *err)
{
	const char *text = getenv("DOCKER_AUTH_CONFIG");
	auto_json json_t *document = NULL;

	if (is_empty(text))
		return 0;
	if (strlen(text) > AUTH_FILE_SIZE_MAX)
		return error_set(err, ERROR_INVALID, "DOCKER_AUTH_CONFIG: larger than %zu bytes",
				 AUTH_FILE_SIZE_MAX);
	document = json_parse(text, strlen(text), "DOCKER_AUTH_CONFIG", err);
	if (!document)	/* the parser quotes what it stumbles over */
		return error_set(err, ERROR_INVALID, "DOCKER_AUTH_CONFIG is no valid JSON");
	/* Docker takes nothing but "auths" from here, so helpers do not count. */
	json_object_del(document, "credHelpers");
	json_object_del(document, "credsStore");
	return auth_document_find(document, AUTH_FORM_CONFIG, "DOCKER_AUTH_CONFIG", keys,
				  ret_credentials, err);
}

static int search_places(const struct auth_keys *keys, struct credentials *ret_credentials,
			 struct error *err)
{
	auto_release(credential_places) struct credential_places places = { 0 };
	int found = search_variable(keys, ret_credentials, err);

	credential_places_find(&places);
	for (size_t i = 0; i < places.count && !found; i++)
		found = search_file(places.items[i].path, places.items[i].form, false, keys,
				    ret_credentials, err);
	return found;
}

static int search(const char *auth_file, const struct auth_keys *keys,
		  struct credentials *ret_credentials, struct error *err)
{
	int found = auth_file ? search_file(auth_file, AUTH_FORM_CONFIG, true, keys,
					    ret_credentials, err) :
				search_places(keys, ret_credentials, err);

	return found < 0 ? error_context(err, "cannot read credentials") : 0;
}

int credentials_find_server(const char *auth_file, const struct auth_server *server,
			    struct credentials *ret_credentials, struct error *err)
{
	auto_release(credentials) struct credentials found = { 0 };

	if (search(auth_file, &server->keys, &found, err) < 0)
		return -1;
	*ret_credentials = found;
	found = (struct credentials){ 0 };
	return 0;
}

int credentials_find(const struct credential_sources *sources, const struct reference *reference,
		     struct credentials *ret_credentials, struct error *err)
{
	auto_release(credentials) struct credentials found = { 0 };
	auto_release(auth_keys) struct auth_keys keys = { 0 };

	if (sources->given) {
		if (credentials_split(sources->given, &found) < 0)
			return error_set(err, ERROR_USAGE, "--creds is not of the form USER:PASSWORD");
	} else {
		auth_keys_of(reference, &keys);
		if (search(sources->auth_file, &keys, &found, err) < 0)
			return -1;
	}
	*ret_credentials = found;
	found = (struct credentials){ 0 };
	return 0;
}
