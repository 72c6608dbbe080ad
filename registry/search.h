/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking for images in a registry: Docker Hub's search ("v1/search"), which some
 * others answer as well; else by the list of all repositories ("v2/_catalog").
 *
 * The program calls registry_search(), which loads the registry module and hands the
 * call on to search() inside of it.
 */
#ifndef REGISTRY_SEARCH_H
#define REGISTRY_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "registry/client.h"
#include "registry/credentials.h"

struct error;

#define SEARCH_LIMIT_DEFAULT 25
#define SEARCH_LIMIT_MAX 100

struct search_request {
	const char *term;		/* "nginx", "localhost:5000/x", "localhost:5000/" */
	unsigned int limit;		/* results at most */
	bool list_tags;			/* the term is a repository: its tags */
	enum registry_tls tls;
	const char *cert_dir;		/* or NULL */
	struct credential_sources credentials;
};

struct search_result {
	char *name;			/* as `pull` takes it; all texts fit for a terminal */
	char *tag;			/* of list_tags, else NULL */
	char *description;		/* one line, never NULL */
	uint64_t stars;
	bool official, automated;
};

struct search_results {
	struct search_result *items;
	size_t count;
	char *index;			/* the registry's host */
};

int registry_search(const struct search_request *request, struct search_results *ret_results,
		    struct error *err);
void search_results_release(struct search_results *results);

/* Inside of the module. */
int search(const struct search_request *request, struct search_results *ret_results,
	   struct error *err);

#endif
