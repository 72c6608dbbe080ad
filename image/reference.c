/* SPDX-License-Identifier: Apache-2.0 */
/* References: the grammar of docker's distribution/reference package, by hand. */
#include "image/reference.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"

#define DEFAULT_HOST "docker.io"
#define OLD_DEFAULT_HOST "index.docker.io"
#define OFFICIAL "library/"
#define DEFAULT_TAG "latest"
#define TEXT_MAX 2048	/* more than any legal reference has */
#define PORT_MAX 65535

#define LOWER_ALNUM "abcdefghijklmnopqrstuvwxyz0123456789"
#define ALNUM LOWER_ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static int invalid(struct error *err)
{
	return error_set(err, ERROR_INVALID, "invalid reference format");
}

static bool has_upper(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (isupper((unsigned char)text[i]))
			return true;
	return false;
}

/* The end of a dns-label, or NULL. */
static const char *skip_label(const char *text)
{
	size_t length = strspn(text, ALNUM "-");

	if (length == 0 || text[0] == '-' || text[length - 1] == '-')
		return NULL;
	return text + length;
}

static const char *skip_host_name(const char *text)
{
	if (*text == '[') {
		size_t length = strspn(text + 1, "0123456789abcdefABCDEF:");

		return length > 0 && text[1 + length] == ']' ? text + length + 2 : NULL;
	}
	for (;;) {
		text = skip_label(text);
		if (!text || *text != '.')
			return text;
		text++;
	}
}

static bool is_host(const char *text)
{
	auto_error ignored = { 0 };
	uint32_t port;

	text = skip_host_name(text);
	if (!text)
		return false;
	if (*text == '\0')
		return true;
	return *text == ':' && parse_u32(text + 1, &port, &ignored) == 0 && port <= PORT_MAX;
}

static size_t separator_length(const char *text)
{
	if (*text == '.')
		return 1;
	if (*text == '_')
		return text[1] == '_' ? 2 : 1;
	return strspn(text, "-");
}

/* path := part ("/" part)*, part := [a-z0-9]+ (separator [a-z0-9]+)* */
static bool is_path(const char *text)
{
	for (;;) {
		size_t length = strspn(text, LOWER_ALNUM);

		if (length == 0)
			return false;
		text += length;
		if (*text == '\0')
			return true;
		length = *text == '/' ? 1 : separator_length(text);
		if (length == 0)
			return false;
		text += length;
	}
}

static bool is_tag(const char *text)
{
	size_t length = strspn(text, ALNUM "_.-");

	return length > 0 && length <= REFERENCE_TAG_MAX && text[length] == '\0' &&
	       text[0] != '.' && text[0] != '-';
}

/* Takes the host off the front of `text`; what follows it is returned. */
static const char *split_host(const char *text, char **ret_host)
{
	const char *slash = strchr(text, '/');
	auto_free char *first = NULL;

	if (!slash) {
		*ret_host = xstrdup(DEFAULT_HOST);
		return text;
	}
	first = xstrndup(text, (size_t)(slash - text));
	if (strcmp(first, OLD_DEFAULT_HOST) == 0) {
		*ret_host = xstrdup(DEFAULT_HOST);
		return slash + 1;
	}
	if (strcmp(first, "localhost") == 0 || strpbrk(first, ".:") ||
	    has_upper(first, strlen(first))) {
		*ret_host = take_ptr(&first);
		return slash + 1;
	}
	*ret_host = xstrdup(DEFAULT_HOST);
	return text;
}

/* Reads what stands behind the path: [":" tag] ["@" digest]. */
static int parse_suffix(const char *suffix, struct reference *reference, struct error *err)
{
	size_t tag_length;

	if (*suffix == ':') {
		tag_length = strcspn(++suffix, "@");
		reference->tag = xstrndup(suffix, tag_length);
		if (!is_tag(reference->tag))
			return invalid(err);
		suffix += tag_length;
	}
	if (*suffix == '@' && digest_parse(suffix + 1, &reference->digest, err) < 0)
		return error_context(err, "invalid reference format");
	if (!reference->tag && !digest_is_set(&reference->digest))
		reference->tag = xstrdup(DEFAULT_TAG);
	return 0;
}

static int check_repository(const struct reference *reference, struct error *err)
{
	const char *repository = reference->repository;
	auto_free char *shown = NULL;

	if (has_upper(repository, strlen(repository))) {
		shown = printable(repository);
		return error_set(err, ERROR_INVALID,
				 "invalid reference format: repository name (%s) must be lowercase",
				 shown);
	}
	if (!is_path(repository))
		return invalid(err);
	if (strlen(reference->host) + 1 + strlen(repository) > REFERENCE_NAME_MAX)
		return error_set(err, ERROR_INVALID,
				 "invalid reference format: repository name must not be more than "
				 "%d characters", REFERENCE_NAME_MAX);
	return 0;
}

int reference_parse(const char *text, struct reference *ret_reference, struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };
	size_t length = strnlen(text, TEXT_MAX + 1);
	const char *path;
	size_t path_length;
	bool official;

	if (length > TEXT_MAX)
		return invalid(err);
	if (length == 64 && strspn(text, "0123456789abcdef") == 64)
		return error_set(err, ERROR_INVALID, "invalid repository name (%s), cannot specify "
				 "64-byte hexadecimal strings", text);

	path = split_host(text, &reference.host);
	path_length = strcspn(path, ":@");
	official = strcmp(reference.host, DEFAULT_HOST) == 0 && !memchr(path, '/', path_length);
	reference.repository = xasprintf("%s%.*s", official ? OFFICIAL : "", (int)path_length,
					 path);
	if (check_repository(&reference, err) < 0)
		return -1;
	if (!is_host(reference.host))
		return invalid(err);
	if (parse_suffix(path + path_length, &reference, err) < 0)
		return -1;

	*ret_reference = reference;
	reference = (struct reference){ 0 };
	return 0;
}

int reference_parse_tagged(const char *text, struct reference *ret_reference, struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };

	if (reference_parse(text, &reference, err) < 0)
		return -1;
	if (!reference.tag || digest_is_set(&reference.digest))
		return error_set(err, ERROR_INVALID,
				 "refusing to create a tag with a digest reference");
	*ret_reference = reference;
	reference = (struct reference){ 0 };
	return 0;
}

void reference_copy(struct reference *to, const struct reference *from)
{
	struct reference copy = {
		.host = xstrdup(from->host),
		.repository = xstrdup(from->repository),
		.tag = xstrdup(from->tag),
		.digest = from->digest,
	};

	reference_release(to);
	*to = copy;
}

void reference_release(struct reference *reference)
{
	free(reference->host);
	free(reference->repository);
	free(reference->tag);
	*reference = (struct reference){ 0 };
}

char *reference_name_full(const struct reference *reference)
{
	return xasprintf("%s/%s", reference->host, reference->repository);
}

char *reference_name_familiar(const struct reference *reference)
{
	const char *rest;

	if (strcmp(reference->host, DEFAULT_HOST) != 0)
		return reference_name_full(reference);
	rest = skip_prefix(reference->repository, OFFICIAL);
	/* Only library/NAME is short for NAME: library/a/b is not short for a/b. */
	return xstrdup(rest && !strchr(rest, '/') ? rest : reference->repository);
}

/* Owns `name`. */
static char *add_suffix(char *name, const struct reference *reference)
{
	char digest[DIGEST_TEXT_SIZE] = "";
	char *text;

	if (digest_is_set(&reference->digest))
		digest_format(&reference->digest, digest);
	text = xasprintf("%s%s%s%s%s", name, reference->tag ? ":" : "",
			 reference->tag ? reference->tag : "", *digest ? "@" : "", digest);
	free(name);
	return text;
}

char *reference_full(const struct reference *reference)
{
	return add_suffix(reference_name_full(reference), reference);
}

char *reference_familiar(const struct reference *reference)
{
	return add_suffix(reference_name_familiar(reference), reference);
}
