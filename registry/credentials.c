/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The places that are searched, in this order; the first entry found counts:
 *
 *	--creds
 *	--authfile or $REGISTRY_AUTH_FILE, and then nothing else
 *	$DOCKER_AUTH_CONFIG
 *	$XDG_RUNTIME_DIR/containers/auth.json (else /run/containers/UID/auth.json)
 *	$XDG_CONFIG_HOME/containers/auth.json (else ~/.config/...)
 *	$DOCKER_CONFIG/config.json (else ~/.docker/config.json)
 *	~/.dockercfg
 */
#include "registry/credentials.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "image/reference.h"
#include "registry/auth-file.h"

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

static void auth_keys_release(struct auth_keys *keys)
{
	strings_release(&keys->exact);
	strings_release(&keys->hosts);
}

/* Docker Hub has three names. */
static void add_hosts(const char *host, struct strings *hosts)
{
	strings_add(hosts, host);
	if (strcmp(host, "docker.io") != 0)
		return;
	strings_add(hosts, "index.docker.io");
	strings_add(hosts, "registry-1.docker.io");
}

/* "repository" with its last part cut off; false when there was only one. */
static bool cut_last_part(char *repository)
{
	char *slash = strrchr(repository, '/');

	if (slash)
		*slash = '\0';
	return slash != NULL;
}

static void auth_keys_of(const struct reference *reference, struct auth_keys *keys)
{
	auto_free char *part = xstrdup(reference->repository);

	add_hosts(reference->host, &keys->hosts);
	do {
		for (size_t i = 0; i < keys->hosts.count; i++)
			strings_addf(&keys->exact, "%s/%s", keys->hosts.items[i], part);
	} while (cut_last_part(part));
	for (size_t i = 0; i < keys->hosts.count; i++)
		strings_add(&keys->exact, keys->hosts.items[i]);
}

/* The user's id as the machine knows it: inside his user namespace getuid() is 0. */
static unsigned int outer_uid(void)
{
	auto_file FILE *map = fopen("/proc/self/uid_map", "re");
	unsigned int inside, outside, count;

	while (map && fscanf(map, "%u %u %u", &inside, &outside, &count) == 3) {
		if (getuid() >= inside && getuid() - inside < count)
			return outside + (getuid() - inside);
	}
	return getuid();
}

/* $`variable`/`below`, else HOME/`home_below`; NULL when neither is there. */
static char *place(const char *variable, const char *below, const char *home_below)
{
	const char *folder = variable ? getenv(variable) : NULL;
	const char *home = getenv("HOME");

	if (!is_empty(folder))
		return xasprintf("%s/%s", folder, below);
	return is_empty(home) ? NULL : xasprintf("%s/%s", home, home_below);
}

static char *runtime_place(void)
{
	const char *folder = getenv("XDG_RUNTIME_DIR");

	if (!is_empty(folder))
		return xasprintf("%s/containers/auth.json", folder);
	return xasprintf("/run/containers/%u/auth.json", outer_uid());
}

/* The JSON library quotes what it stumbles over, and that may be a secret. */
static int hide_content(const char *name, struct error *err)
{
	if (err->kind == ERROR_INVALID)
		return error_set(err, ERROR_INVALID, "'%s' is no valid JSON", name);
	return -1;
}

/* 1 when the file had an entry, 0 when not (or when there is no file, unless `needed`), -1. */
static int search_file(const char *path, enum auth_form form, bool needed,
		       const struct auth_keys *keys, struct credentials *ret_credentials,
		       struct error *err)
{
	auto_json json_t *document = NULL;

	if (!path)
		return 0;
	document = json_read_file(AT_FDCWD, path, AUTH_FILE_SIZE_MAX, err);
	if (!document && err->kind == ERROR_NOT_FOUND && !needed) {
		error_release(err);
		return 0;
	}
	if (!document)
		return hide_content(path, err);
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
	if (!document)
		return hide_content("DOCKER_AUTH_CONFIG", err);
	/* Docker takes nothing but "auths" from here, so helpers do not count. */
	json_object_del(document, "credHelpers");
	json_object_del(document, "credsStore");
	return auth_document_find(document, AUTH_FORM_CONFIG, "DOCKER_AUTH_CONFIG", keys,
				  ret_credentials, err);
}

static int search_places(const struct auth_keys *keys, struct credentials *ret_credentials,
			 struct error *err)
{
	const struct {
		char *path;
		enum auth_form form;
	} places[] = {
		{ runtime_place(), AUTH_FORM_CONFIG },
		{ place("XDG_CONFIG_HOME", "containers/auth.json", ".config/containers/auth.json"),
		  AUTH_FORM_CONFIG },
		{ place("DOCKER_CONFIG", "config.json", ".docker/config.json"), AUTH_FORM_CONFIG },
		{ place(NULL, NULL, ".dockercfg"), AUTH_FORM_FLAT },
	};
	int found = search_variable(keys, ret_credentials, err);

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (!found)
			found = search_file(places[i].path, places[i].form, false, keys,
					    ret_credentials, err);
		free(places[i].path);
	}
	return found;
}

int credentials_find(const struct credential_sources *sources, const struct reference *reference,
		     struct credentials *ret_credentials, struct error *err)
{
	auto_release(credentials) struct credentials found = { 0 };
	auto_release(auth_keys) struct auth_keys keys = { 0 };
	int result;

	if (sources->given) {
		if (credentials_split(sources->given, &found) < 0)
			return error_set(err, ERROR_USAGE, "--creds is not of the form USER:PASSWORD");
	} else {
		auth_keys_of(reference, &keys);
		if (sources->auth_file)
			result = search_file(sources->auth_file, AUTH_FORM_CONFIG, true, &keys,
					     &found, err);
		else
			result = search_places(&keys, &found, err);
		if (result < 0)
			return error_context(err, "cannot read credentials");
	}
	*ret_credentials = found;
	found = (struct credentials){ 0 };
	return 0;
}
