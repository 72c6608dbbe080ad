/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One header may hold several challenges, and their parameters are separated by
 * the same comma: a word is a scheme unless "=" follows it.
 */
#include "registry/challenge.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/strings.h"

#define HEADER_SIZE_MAX 8192

struct cursor {
	const char *at;
	struct error *err;
};

static int malformed(const struct cursor *cursor, const char *why)
{
	return error_set(cursor->err, ERROR_INVALID, "WWW-Authenticate header: %s", why);
}

/* RFC 9110, 5.6.2; the locale has no say. */
static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static void skip_blanks(struct cursor *cursor)
{
	cursor->at += strspn(cursor->at, " \t");
}

static char *read_token(struct cursor *cursor)
{
	const char *start = cursor->at;

	while (is_token_char(*cursor->at))
		cursor->at++;
	return xstrndup(start, cursor->at - start);
}

/* The text between quotes, backslashes taken out. */
static char *read_quoted(struct cursor *cursor)
{
	auto_release(buffer) struct buffer text = { 0 };

	for (cursor->at++; *cursor->at != '"'; cursor->at++) {
		if (*cursor->at == '\\')
			cursor->at++;
		if ((unsigned char)*cursor->at < ' ' || *cursor->at == 0x7f) {
			malformed(cursor, *cursor->at ? "control character in a quoted string" :
							"a quote is not closed");
			return NULL;
		}
		buffer_putc(&text, *cursor->at);
	}
	cursor->at++;
	return text.size ? buffer_take(&text) : xstrdup("");
}

static char *read_value(struct cursor *cursor)
{
	if (*cursor->at == '"')
		return read_quoted(cursor);
	if (!is_token_char(*cursor->at)) {
		malformed(cursor, "a parameter has no value");
		return NULL;
	}
	return read_token(cursor);
}

static char **parameter_slot(struct challenge *challenge, const char *name)
{
	if (!strcasecmp(name, "realm"))
		return &challenge->realm;
	if (!strcasecmp(name, "service"))
		return &challenge->service;
	if (!strcasecmp(name, "scope"))
		return &challenge->scope;
	if (!strcasecmp(name, "error"))
		return &challenge->error;
	return NULL;
}

static int read_parameter(struct cursor *cursor, const char *name, struct challenge *challenge)
{
	auto_free char *value = NULL;
	char **slot = parameter_slot(challenge, name);

	cursor->at++;	/* "=" */
	skip_blanks(cursor);
	value = read_value(cursor);
	if (!value)
		return -1;
	if (slot && *slot)
		return malformed(cursor, "a parameter is given twice");
	if (slot)
		*slot = take_ptr(&value);
	skip_blanks(cursor);
	if (*cursor->at && *cursor->at != ',')
		return malformed(cursor, "a comma is missing between parameters");
	return 0;
}

static enum challenge_scheme scheme_of(const char *name)
{
	if (!strcasecmp(name, "bearer"))
		return CHALLENGE_BEARER;
	if (!strcasecmp(name, "basic"))
		return CHALLENGE_BASIC;
	return CHALLENGE_NONE;
}

/* What some schemes (Negotiate) have in the place of parameters: letters, then only "=" signs. */
static bool skip_token68(struct cursor *cursor)
{
	const char *at = cursor->at;
	size_t equals;

	while (is_token_char(*at) || *at == '/')
		at++;
	if (at == cursor->at)
		return false;
	equals = strspn(at, "=");
	at += equals;
	at += strspn(at, " \t");
	if (*at && *at != ',')
		return false;
	cursor->at = at;
	return true;
}

/* Whether a parameter stands here: a word and "=" with something behind that is not "=". */
static bool at_parameter(const struct cursor *cursor)
{
	const char *at = cursor->at;

	while (is_token_char(*at))
		at++;
	at += strspn(at, " \t");
	if (at == cursor->at || *at++ != '=')
		return false;
	at += strspn(at, " \t");
	return *at && *at != ',' && *at != '=';
}

static int read_challenge(struct cursor *cursor, struct challenge *challenge)
{
	auto_free char *scheme = read_token(cursor);

	if (!*scheme)
		return malformed(cursor, "unexpected character");
	if (*cursor->at && *cursor->at != ' ' && *cursor->at != ',')
		return malformed(cursor, "a scheme is not followed by a blank");
	challenge->scheme = scheme_of(scheme);
	skip_blanks(cursor);
	if (!at_parameter(cursor))
		skip_token68(cursor);
	while (at_parameter(cursor)) {
		auto_free char *name = read_token(cursor);

		skip_blanks(cursor);
		if (read_parameter(cursor, name, challenge) < 0)
			return -1;
		cursor->at += strspn(cursor->at, " \t,");
	}
	return 0;
}

int challenge_parse(const char *header, struct challenge *ret_challenge, struct error *err)
{
	auto_release(challenge) struct challenge best = { 0 };
	struct cursor cursor = { .at = header, .err = err };

	if (strlen(header) > HEADER_SIZE_MAX)
		return malformed(&cursor, "larger than 8192 bytes");
	for (;;) {
		auto_release(challenge) struct challenge next = { 0 };

		cursor.at += strspn(cursor.at, " \t,");
		if (!*cursor.at)
			break;
		if (read_challenge(&cursor, &next) < 0)
			return -1;
		if (next.scheme == CHALLENGE_BEARER && is_empty(next.realm))
			return malformed(&cursor, "bearer without a realm");
		if (next.scheme > best.scheme) {
			struct challenge worse = best;

			best = next;
			next = worse;
		}
	}
	*ret_challenge = best;
	best = (struct challenge){ 0 };
	return 0;
}

void challenge_release(struct challenge *challenge)
{
	free(challenge->realm);
	free(challenge->service);
	free(challenge->scope);
	free(challenge->error);
	*challenge = (struct challenge){ 0 };
}
