/* SPDX-License-Identifier: Apache-2.0 */
/* Docker Hub has three names, and a key that is none of them. */
#include "registry/auth-keys.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "image/reference.h"
#include "registry/url.h"

#define DOCKER_HUB "docker.io"

static const char *const hub_names[] = { DOCKER_HUB, "index.docker.io", "registry-1.docker.io" };

void auth_keys_release(struct auth_keys *keys)
{
	strings_release(&keys->exact);
	strings_release(&keys->hosts);
}

static void add_hosts(const char *host, struct strings *hosts)
{
	if (strcmp(host, DOCKER_HUB) != 0) {
		strings_add(hosts, host);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(hub_names); i++)
		strings_add(hosts, hub_names[i]);
}

/* "repository" with its last part cut off; false when there was only one. */
static bool cut_last_part(char *repository)
{
	char *slash = strrchr(repository, '/');

	if (slash)
		*slash = '\0';
	return slash != NULL;
}

void auth_keys_of(const struct reference *reference, struct auth_keys *ret_keys)
{
	auto_free char *part = xstrdup(reference->repository);

	add_hosts(reference->host, &ret_keys->hosts);
	do {
		for (size_t i = 0; i < ret_keys->hosts.count; i++)
			strings_addf(&ret_keys->exact, "%s/%s", ret_keys->hosts.items[i], part);
	} while (cut_last_part(part));
	for (size_t i = 0; i < ret_keys->hosts.count; i++)
		strings_add(&ret_keys->exact, ret_keys->hosts.items[i]);
}

void auth_server_release(struct auth_server *server)
{
	free(server->host);
	free(server->path);
	free(server->key);
	auth_keys_release(&server->keys);
}

/* Takes `text` apart at its first slash. What old versions wrote behind a host is no path. */
static void split(const char *text, bool is_url, struct auth_server *server)
{
	size_t host = strcspn(text, "/");
	const char *path = text + host + strspn(text + host, "/");
	size_t length = strlen(path);

	while (length > 0 && path[length - 1] == '/')
		length--;
	server->host = xstrndup(text, host);
	if (length > 0 && !is_url)
		server->path = xstrndup(path, length);
	if (server->path && (!strcmp(server->path, "v1") || !strcmp(server->path, "v2")))
		replace_string(&server->path, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(hub_names); i++)
		if (strcmp(server->host, hub_names[i]) == 0)
			replace_string(&server->host, DOCKER_HUB);
}

/* A host that no reference could name would never be looked up again. */
static int check(const struct auth_server *server, const char *text, struct error *err)
{
	auto_free char *name = xasprintf("%s/%s", server->host, server->path ? server->path : "x");
	auto_release(reference) struct reference reference = { 0 };
	auto_error ignored = { 0 };
	auto_free char *shown = url_shown(text);

	if (reference_parse(name, &reference, &ignored) < 0 ||
	    strcmp(reference.host, server->host) != 0 ||
	    (server->path && strpbrk(server->path, ":@")))
		return error_set(err, ERROR_USAGE,
				 "'%s' is no registry: a host has a dot, a port, or is 'localhost'", shown);
	return 0;
}

static void file_under(struct auth_server *server)
{
	struct strings hosts = { 0 };

	add_hosts(server->host, &hosts);
	for (size_t i = 0; i < hosts.count; i++) {
		strings_addf(&server->keys.exact, "%s%s%s", hosts.items[i], server->path ? "/" : "",
			     server->path ? server->path : "");
		/* Entries under URLs are compared by their hosts; they are good for all of it. */
		if (!server->path)
			strings_add(&server->keys.hosts, hosts.items[i]);
	}
	strings_release(&hosts);
	server->key = !server->path && strcmp(server->host, DOCKER_HUB) == 0 ?
			      xstrdup(DOCKER_HUB_KEY) : xstrdup(server->keys.exact.items[0]);
}

int auth_server_parse(const char *text, struct auth_server *ret_server, struct error *err)
{
	auto_release(auth_server) struct auth_server server = { 0 };
	const char *scheme = text ? strstr(text, "://") : NULL;
	const char *rest = is_empty(text) ? DOCKER_HUB : text;

	if (scheme)
		rest = scheme + 3;
	if (scheme && !has_prefix(text, "https://") && !has_prefix(text, "http://"))
		return error_set(err, ERROR_USAGE, "the URL of a registry begins with https://");
	split(rest, scheme != NULL, &server);
	if (check(&server, rest, err) < 0)
		return -1;
	file_under(&server);
	*ret_server = server;
	server = (struct auth_server){ 0 };
	return 0;
}
