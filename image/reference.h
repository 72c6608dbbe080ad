/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image references, as docker reads them: "debian" is complete as
 * docker.io/library/debian:latest.
 *
 *	reference := name [":" tag] ["@" digest]
 *	name      := [host "/"] path, at most 255 characters
 *
 * The first part is a host if it holds '.' or ':', is "localhost", or has an
 * upper-case letter. A bare 64-digit hex string is an image ID, not a name.
 */
#ifndef IMAGE_REFERENCE_H
#define IMAGE_REFERENCE_H

#include "image/digest.h"

struct error;

#define REFERENCE_NAME_MAX 255
#define REFERENCE_TAG_MAX 128

struct reference {
	char *host;		/* "docker.io", "localhost:5000" */
	char *repository;	/* "library/debian" */
	char *tag;		/* NULL when only a digest was given */
	struct digest digest;	/* unset, or what decides over the tag */
};

/* Parses and completes `text`. ERROR_INVALID, in docker's words: "invalid reference format ...". */
int reference_parse(const char *text, struct reference *ret_reference, struct error *err);
/* The same for a name that an image is to get: ERROR_INVALID, in docker's words, for a digest. */
int reference_parse_tagged(const char *text, struct reference *ret_reference, struct error *err);
/* Replaces *to, which was zeroed or filled before. */
void reference_copy(struct reference *to, const struct reference *from);
void reference_release(struct reference *reference);

/* New strings. Full: "docker.io/library/debian:12[@sha256:..]". Familiar: without docker.io/ and
 * library/, as docker shows it. */
char *reference_full(const struct reference *reference);
char *reference_familiar(const struct reference *reference);
/* The name alone, without tag and digest. */
char *reference_name_full(const struct reference *reference);
char *reference_name_familiar(const struct reference *reference);

#endif
