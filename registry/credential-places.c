/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In this order:
 *
 *	$XDG_RUNTIME_DIR/containers/auth.json (else /run/containers/UID/auth.json)
 *	$XDG_CONFIG_HOME/containers/auth.json (else ~/.config/...)
 *	$DOCKER_CONFIG/config.json (else ~/.docker/config.json)
 *	~/.dockercfg
 */
#include "registry/credential-places.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

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

static void add_place(struct credential_places *places, char *path, enum auth_form form,
		      bool is_dockers)
{
	if (path)
		places->items[places->count++] = (struct credential_place){
			.path = path, .form = form, .is_dockers = is_dockers,
		};
}

void credential_places_find(struct credential_places *ret_places)
{
	*ret_places = (struct credential_places){ 0 };
	add_place(ret_places, runtime_place(), AUTH_FORM_CONFIG, false);
	add_place(ret_places,
		  place("XDG_CONFIG_HOME", "containers/auth.json", ".config/containers/auth.json"),
		  AUTH_FORM_CONFIG, false);
	add_place(ret_places, place("DOCKER_CONFIG", "config.json", ".docker/config.json"),
		  AUTH_FORM_CONFIG, true);
	add_place(ret_places, place(NULL, NULL, ".dockercfg"), AUTH_FORM_FLAT, false);
}

void credential_places_release(struct credential_places *places)
{
	for (size_t i = 0; i < places->count; i++)
		free(places->items[i].path);
	places->count = 0;
}

json_t *credential_file_read(const char *path, bool needed, struct error *err)
{
	json_t *document = json_read_file(AT_FDCWD, path, AUTH_FILE_SIZE_MAX, err);

	if (document)
		return document;
	if (err->kind == ERROR_NOT_FOUND && !needed)
		error_release(err);
	else if (err->kind == ERROR_INVALID)	/* the parser quotes what it stumbles over */
		error_set(err, ERROR_INVALID, "'%s' is no valid JSON", path);
	return NULL;
}
