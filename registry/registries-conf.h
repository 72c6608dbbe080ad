/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registries.conf(5), version 2: what a short name means, and where an image is to be had.
 *
 * The file is the first there is of CONTAINERS_REGISTRIES_CONF (used alone),
 * $XDG_CONFIG_HOME/containers, /etc/containers and /usr/share/containers; then the files
 * *.conf of the registries.conf.d folders are laid over it, sorted by name (a file hides
 * one of the same name in a folder that counts less), then what
 * CONTAINERS_REGISTRIES_CONF_OVERRIDE names. Errors name file and line.
 *
 * Where nothing is configured, docker's rules hold: names without a host are
 * docker.io's. Neither libcurl nor libcrypto is needed here, so the program has it too.
 */
#ifndef REGISTRY_REGISTRIES_CONF_H
#define REGISTRY_REGISTRIES_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strings.h"
#include "image/reference.h"

struct error;

enum mirror_use { MIRROR_FOR_ALL, MIRROR_FOR_DIGESTS, MIRROR_FOR_TAGS };

struct registry_mirror {
	char *location;		/* "host[:port][/path]" */
	bool insecure;
	enum mirror_use use;
};

/* One [[registry]]. */
struct registry_rule {
	char *prefix;		/* "host[:port][/path]", or "*.domain" */
	char *location;		/* what takes the prefix's place; NULL: nothing */
	bool insecure, blocked;
	char *file;		/* where it stands, for messages */
	unsigned int line;
	struct registry_mirror *mirrors;	/* in the order in which they are tried */
	size_t mirror_count;
};

struct registries {
	struct strings search;		/* unqualified-search-registries */
	struct strings aliases;		/* NAME=HOST/PATH */
	bool enforcing;			/* short-name-mode */
	struct registry_rule *rules;
	size_t rule_count;
	char *enforced_by;	/* the file that said so, or NULL */
};

/* Reads the files. None is no error: an empty struct. */
int registries_load(struct registries *ret_registries, struct error *err);
/* Lays one file over what is known. */
int registries_add_file(struct registries *registries, const char *path, struct error *err);
void registries_release(struct registries *registries);

/* One place to ask for an image. */
struct registry_endpoint {
	struct reference reference;	/* as it is called there; tag and digest are the user's */
	bool insecure;
	bool is_mirror;
};

struct registry_endpoints {
	struct registry_endpoint *items;	/* in the order in which they are to be tried */
	size_t count;				/* at least one */
};

enum registry_purpose { REGISTRY_FOR_PULL, REGISTRY_FOR_PUSH /* no mirrors */ };

/* Where `reference` is to be had, or put. ERROR_OTHER when it is blocked. */
int registries_find(const struct registries *registries, const struct reference *reference,
		    enum registry_purpose purpose, struct registry_endpoints *ret_endpoints,
		    struct error *err);
/* registries_load() and registries_find() in one. */
int registry_endpoints_find(const struct reference *reference, enum registry_purpose purpose,
			    struct registry_endpoints *ret_endpoints, struct error *err);
void registry_endpoints_release(struct registry_endpoints *endpoints);
/* Whether the files say so of the registry `host` itself: for login. */
int registry_host_is_insecure(const char *host, bool *ret_insecure, struct error *err);

/* What `name`, as the user typed it, may stand for: full names in the order in which they are to be
 * tried, with its tag or digest. One that has a host stands for itself. */
int registries_complete(const struct registries *registries, const char *name,
			struct strings *ret_names, struct error *err);
/* registries_load() and registries_complete() in one. */
int registry_names_find(const char *name, struct strings *ret_names, struct error *err);

#endif
