/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An entry in a file that is searched earlier would hide a new one: it is taken out.
 * Logging out takes out the entries of all files.
 */
#include "registry/login.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "registry/auth-edit.h"
#include "registry/auth-file.h"
#include "registry/auth-keys.h"
#include "registry/credential-helper.h"
#include "registry/credential-places.h"
#include "registry/credentials.h"
#include "registry/login-check.h"

/* The files in question: the one that was named, or all. */
static void find_places(const struct login_request *request, struct credential_places *places)
{
	if (!request->auth_file) {
		credential_places_find(places);
		return;
	}
	places->items[0] = (struct credential_place){
		.path = xstrdup(request->auth_file), .form = AUTH_FORM_CONFIG, .is_dockers = true,
	};
	places->count = 1;
}

/* Whether the document at `path` names a helper for the registry. */
static int names_helper(const char *path, const struct auth_server *server, struct error *err)
{
	auto_json json_t *document = credential_file_read(path, false, err);
	auto_free char *called = NULL;
	bool own;

	if (!document)
		return err->kind == ERROR_NONE ? 0 : -1;
	return auth_document_helper(document, &server->keys, &called, &own) ? 1 : 0;
}

/* Which of the places gets a new entry. */
static int choose_place(const struct credential_places *places, const struct auth_server *server,
			size_t *ret_chosen, struct error *err)
{
	size_t dockers = places->count;

	for (size_t i = 0; i < places->count; i++) {
		int helped = 0;

		if (places->items[i].is_dockers)
			dockers = i;
		if (places->items[i].form == AUTH_FORM_CONFIG)
			helped = names_helper(places->items[i].path, server, err);
		if (helped < 0)
			return -1;
		if (helped) {
			*ret_chosen = i;
			return 0;
		}
	}
	if (dockers == places->count)
		return error_set(err, ERROR_OTHER, "nowhere to keep the login: neither HOME nor "
				 "DOCKER_CONFIG is set; name a file with --authfile");
	*ret_chosen = dockers;
	return 0;
}

static int keep_in_helper(const char *helper, const char *called, const struct auth_server *server,
			  const struct credentials *credentials, struct error *err)
{
	if (!called)
		return error_set(err, ERROR_UNSUPPORTED,
				 "the credential helper '%s' keeps credentials for whole registries only; "
				 "log in at '%s'", helper, server->host);
	return credential_helper_store(helper, called, credentials, err);
}

static int keep_at(const char *path, const struct auth_server *server,
		   const struct credentials *credentials, struct login_result *result,
		   struct error *err)
{
	static const struct credentials elsewhere = { 0 };
	auto_release(auth_edit) struct auth_edit edit = AUTH_EDIT_NONE;
	auto_free char *called = NULL;
	const char *helper;
	bool own;

	if (auth_edit_begin(path, true, &edit, err) < 0)
		return -1;
	helper = auth_document_helper(edit.document, &server->keys, &called, &own);
	if (helper && keep_in_helper(helper, called, server, credentials, err) < 0)
		return error_context(err, "'%s'", path);
	auth_document_remove(edit.document, AUTH_FORM_CONFIG, &server->keys);
	if (auth_document_set(edit.document, path, server->key, helper ? &elsewhere : credentials,
			      err) < 0 ||
	    auth_edit_write(&edit, err) < 0)
		return -1;
	result->path = xstrdup(path);
	result->helper = xstrdup(helper);
	return 0;
}

/* Takes the entries of a file out. 1 if there were any, 0, -1. */
static int take_out(const struct credential_place *place, const struct auth_server *server,
		    struct error *err)
{
	auto_release(auth_edit) struct auth_edit edit = AUTH_EDIT_NONE;

	if (auth_edit_begin(place->path, false, &edit, err) < 0)
		return -1;
	if (!auth_document_remove(edit.document, place->form, &server->keys))
		return 0;
	return auth_edit_write(&edit, err) < 0 ? -1 : 1;
}

static int keep(const struct login_request *request, const struct auth_server *server,
		const struct credentials *credentials, struct login_result *result,
		struct error *err)
{
	auto_release(credential_places) struct credential_places places = { 0 };
	size_t chosen = 0;

	find_places(request, &places);
	if (choose_place(&places, server, &chosen, err) < 0 ||
	    keep_at(places.items[chosen].path, server, credentials, result, err) < 0)
		return error_context(err, "cannot keep the login");
	for (size_t i = 0; i < chosen; i++) {
		auto_error failure = { 0 };

		if (take_out(&places.items[i], server, &failure) < 0)
			warning("an older login may count first: %s", failure.message);
	}
	if (!request->auth_file && !is_empty(getenv("DOCKER_AUTH_CONFIG")))
		warning("DOCKER_AUTH_CONFIG is set, and what it holds counts before this login");
	return 0;
}

static int take_given(const struct login_request *request, struct credentials *credentials,
		      struct error *err)
{
	if (strchr(request->user, ':') || is_empty(request->user))
		return error_set(err, ERROR_USAGE, "a user name is not empty and has no colon");
	credentials->user = xstrdup(request->user);
	credentials->password = xstrdup(request->password);
	return 0;
}

static int not_logged_in(const struct auth_server *server, struct error *err)
{
	return error_set(err, ERROR_NOT_FOUND, "not logged into %s", server->host);
}

/* 0 with the credentials that are kept, or ERROR_NOT_FOUND. */
static int take_kept(const struct login_request *request, const struct auth_server *server,
		     struct credentials *credentials, struct error *err)
{
	/* A file that was named need not be there yet. */
	if (credentials_find_server(request->auth_file, server, credentials, err) < 0)
		return err->kind == ERROR_NOT_FOUND ? not_logged_in(server, err) : -1;
	if (is_empty(credentials->user) && is_empty(credentials->identity_token))
		return not_logged_in(server, err);
	return 0;
}

int login(const struct login_request *request, struct login_result *ret_result,
	  struct error *err)
{
	auto_release(auth_server) struct auth_server server = { 0 };
	auto_release(credentials) struct credentials credentials = { 0 };
	auto_release(login_result) struct login_result result = { 0 };
	bool given = request->user != NULL;

	if (auth_server_parse(request->server, &server, err) < 0)
		return -1;
	if (given ? take_given(request, &credentials, err) < 0 :
		    take_kept(request, &server, &credentials, err) < 0)
		return -1;
	if (login_check(&server, request, &credentials, err) < 0)
		return -1;
	if (given && keep(request, &server, &credentials, &result, err) < 0)
		return -1;
	result.server = xstrdup(server.key);
	result.user = xstrdup(credentials.user);
	*ret_result = result;
	result = (struct login_result){ 0 };
	return 0;
}

int login_name(const struct login_request *request, struct login_result *ret_result,
	       struct error *err)
{
	auto_release(auth_server) struct auth_server server = { 0 };
	auto_release(credentials) struct credentials credentials = { 0 };

	if (auth_server_parse(request->server, &server, err) < 0 ||
	    take_kept(request, &server, &credentials, err) < 0)
		return -1;
	*ret_result = (struct login_result){
		.server = xstrdup(server.key),
		.user = xstrdup(credentials.user ? credentials.user : "<token>"),
	};
	return 0;
}

/* Has the helper forget that the document names, if it names one. */
static void erase_from_helper(const json_t *document, const struct auth_server *server)
{
	auto_free char *called = NULL;
	auto_error failure = { 0 };
	bool own;
	const char *helper = auth_document_helper(document, &server->keys, &called, &own);

	if (helper && called && credential_helper_erase(helper, called, &failure) < 0)
		warning("could not erase credentials: %s", failure.message);
}

static int forget_at(const struct credential_place *place, const struct auth_server *server,
		     struct error *err)
{
	auto_json json_t *document = credential_file_read(place->path, false, err);

	if (!document)
		return err->kind == ERROR_NONE ? 0 : -1;
	if (place->form == AUTH_FORM_CONFIG)
		erase_from_helper(document, server);
	return take_out(place, server, err) < 0 ? -1 : 0;
}

int logout(const struct login_request *request, struct login_result *ret_result,
	   struct error *err)
{
	auto_release(credential_places) struct credential_places places = { 0 };
	auto_release(auth_server) struct auth_server server = { 0 };

	if (auth_server_parse(request->server, &server, err) < 0)
		return -1;
	find_places(request, &places);
	for (size_t i = 0; i < places.count; i++)
		if (forget_at(&places.items[i], &server, err) < 0)
			return -1;
	*ret_result = (struct login_result){ .server = xstrdup(server.key) };
	return 0;
}

static void add_keys(const json_t *document, const char *member, struct strings *names)
{
	const json_t *object = json_object_get(document, member);
	const char *key;
	json_t *value;

	if (json_is_object(object))
		json_object_foreach((json_t *)object, key, value)
			strings_add(names, key);
}

/* The names that the document has entries or helpers for. */
static int list_names(const struct credential_place *place, struct strings *names,
		      struct error *err)
{
	auto_json json_t *document = credential_file_read(place->path, false, err);
	const char *key;
	json_t *value;

	if (!document)
		return err->kind == ERROR_NONE ? 0 : -1;
	if (place->form == AUTH_FORM_FLAT && json_is_object(document)) {
		json_object_foreach(document, key, value)
			strings_add(names, key);
		return 0;
	}
	add_keys(document, "auths", names);
	add_keys(document, "credHelpers", names);
	return 0;
}

int logout_all(const struct login_request *request, struct error *err)
{
	auto_release(credential_places) struct credential_places places = { 0 };

	find_places(request, &places);
	for (size_t i = 0; i < places.count; i++) {
		auto_release(strings) struct strings names = { 0 };

		if (list_names(&places.items[i], &names, err) < 0)
			return -1;
		for (size_t n = 0; n < names.count; n++) {
			auto_release(auth_server) struct auth_server server = { 0 };

			if (auth_server_parse(names.items[n], &server, err) < 0 ||
			    forget_at(&places.items[i], &server, err) < 0)
				return error_context(err, "'%s'", places.items[i].path);
		}
	}
	return 0;
}
