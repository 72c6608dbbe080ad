/* SPDX-License-Identifier: Apache-2.0 */
/* Where an image comes from: the store, or a registry, as --pull and --platform say. */
#ifndef CLI_IMAGE_SOURCE_H
#define CLI_IMAGE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct digest;
struct engine;
struct error;
struct image;
struct reference;
struct strings;

struct image_source {
	const char *policy;	/* "always", "missing", "never"; NULL is missing */
	const char
		*platform; /* --platform, or NULL: DOCKER_DEFAULT_PLATFORM, else this machine's */
	const char *creds, *auth_file, *cert_dir;	/* or NULL */
	const char *trust_policy, *verify_key;	/* registry/trust.h; or NULL */
	bool insecure;		/* --tls-verify=false */
	unsigned int parallel;	/* downloads at once; 0: as is configured */
	bool retries_given;	/* else as is configured */
	unsigned int retries;
	int64_t retry_delay;	/* ns; 0: as is configured */
	bool quiet;
	FILE *out;		/* where progress goes */
};

/* ERROR_USAGE for a policy or platform that there is not. */
int image_source_check(const struct image_source *source, struct error *err);
/* Pulls `reference`, showing progress. After engine_enter(). */
int image_source_pull(const struct image_source *source, struct engine *engine,
		      const struct reference *reference, struct digest *ret_id, struct error *err);
/* All tags that the registry has of the repository of `reference`. */
int image_source_list_tags(const struct image_source *source, const struct reference *reference,
			   struct strings *ret_tags, struct error *err);
/* The image of the store with that full name, if it serves the platform; else NULL. */
struct image *image_source_find(const struct image_source *source, struct engine *engine,
				const char *full);
/* The image called `name`, pulled first where the policy asks for it. */
struct image *image_source_get(const struct image_source *source, struct engine *engine,
			       const char *name, struct error *err);

#endif
