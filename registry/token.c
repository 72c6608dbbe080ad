/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The realm is whatever the registry says, so it is held to what the user could
 * expect: https unless the registry itself goes without, and no address inside
 * of the user's network unless the registry is in there too (R10).
 */
#include "registry/token.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "registry/challenge.h"
#include "registry/credentials.h"
#include "registry/failure.h"
#include "registry/patience.h"
#include "registry/session.h"
#include "registry/transport.h"
#include "registry/url.h"

#define TOKEN_ANSWER_MAX ((size_t)256 << 10)
#define TOKEN_LENGTH_MAX 65536
#define TOKEN_SECONDS 60	/* where the server does not tell */
#define TOKEN_SECONDS_MAX 86400
#define TOKEN_MARGIN_NS (5 * NS_PER_SECOND)
#define TOKEN_TIME_LIMIT 60
#define CLIENT_ID "proa"

struct token_answer {
	struct buffer content;
	struct error *err;
};

void free_secret(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

static void auto_free_secret(char **secret)
{
	free_secret(*secret);
}
#define auto_secret __attribute__((cleanup(auto_free_secret)))

char *basic_authorization(const struct credentials *credentials)
{
	auto_secret char *plain = xasprintf("%s:%s", credentials->user,
					    credentials->password ? credentials->password : "");
	size_t length = strlen(plain);
	auto_secret char *encoded = xmalloc(length * 4 / 3 + 8);

	EVP_EncodeBlock((unsigned char *)encoded, (const unsigned char *)plain, (int)length);
	return xasprintf("Basic %s", encoded);
}

/* "repository:NAME:pull,push", and if need be another one behind a blank. New string. */
static char *scope_text(const struct token_scope *scope)
{
	const char *actions = scope->push ? "pull,push" : "pull";

	if (!scope->mount_from)
		return xasprintf("repository:%s:%s", scope->repository, actions);
	return xasprintf("repository:%s:%s repository:%s:pull", scope->repository, actions,
			 scope->mount_from);
}

static struct token *find_slot(const struct registry_client *client, const char *scope)
{
	for (size_t i = 0; i < client->token_count; i++) {
		if (!strcmp(client->tokens[i].scope, scope))
			return &client->tokens[i];
	}
	return NULL;
}

const char *token_find(const struct registry_client *client, const struct token_scope *scope)
{
	auto_free char *text = scope_text(scope);
	const struct token *token = find_slot(client, text);

	if (!token || token->expires - TOKEN_MARGIN_NS < clock_monotonic())
		return NULL;
	return token->authorization;
}

void tokens_free(struct registry_client *client)
{
	for (size_t i = 0; i < client->token_count; i++) {
		free(client->tokens[i].scope);
		free_secret(client->tokens[i].authorization);
	}
	free(client->tokens);
	client->tokens = NULL;
	client->token_count = 0;
}

static void keep_token(struct registry_client *client, const struct token_scope *scope,
		       const char *text, int64_t seconds)
{
	auto_free char *key = scope_text(scope);
	struct token *token = find_slot(client, key);

	if (!token) {
		client->tokens = xrealloc_array(client->tokens, client->token_count + 1,
						sizeof(*client->tokens));
		token = &client->tokens[client->token_count++];
		*token = (struct token){ .scope = take_ptr(&key) };
	}
	free_secret(token->authorization);
	token->authorization = xasprintf("Bearer %s", text);
	token->expires = clock_monotonic() + seconds * NS_PER_SECOND;
}

static bool is_token_text(const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++) {
		if (text[i] <= ' ' || text[i] >= 0x7f)
			return false;
	}
	return length > 0 && length <= TOKEN_LENGTH_MAX;
}

static void keep_identity(struct registry_client *client, const char *text)
{
	if (!client->wants_identity || is_empty(text) || !is_token_text(text))
		return;
	free_secret(client->identity_token);
	client->identity_token = xstrdup(text);
}

static int decode_token(struct registry_client *client, const struct token_scope *scope,
			const struct buffer *content, struct error *err)
{
	auto_json json_t *answer = json_parse(content->data, content->size, "token", err);
	const char *token, *access_token;
	json_int_t seconds = 0;

	if (!answer)	/* the parser's message could quote the token */
		return error_set(err, ERROR_INVALID, "the token server's answer is no valid JSON");
	token = json_string_value(json_object_get(answer, "token"));
	access_token = json_string_value(json_object_get(answer, "access_token"));
	if (is_empty(token))
		token = access_token;
	if (is_empty(token) || !is_token_text(token))
		return error_set(err, ERROR_INVALID, "the token server's answer has no usable token");
	seconds = json_integer_value(json_object_get(answer, "expires_in"));
	if (seconds <= 0)
		seconds = TOKEN_SECONDS;
	if (seconds > TOKEN_SECONDS_MAX)
		seconds = TOKEN_SECONDS_MAX;
	keep_token(client, scope, token, seconds);
	keep_identity(client, json_string_value(json_object_get(answer, "refresh_token")));
	return 0;
}

static enum http_taken take_answer(struct http_request *request, const void *data, size_t size)
{
	struct token_answer *answer = request->argument;

	return buffer_append(&answer->content, data, size, answer->err) < 0 ? HTTP_REFUSED :
									      HTTP_TAKEN;
}

static int check_realm(const struct registry_client *client, const char *realm, struct error *err)
{
	auto_free char *origin = url_origin(realm, err);
	auto_free char *host = NULL;

	if (!origin)
		return error_context(err, "the token server that %s names", client->name);
	if (!has_prefix(origin, "https:") && !client->insecure)
		return error_set(err, ERROR_INVALID,
				 "%s names a token server without TLS ('%s'), where no password may go",
				 client->name, origin);
	host = url_host(realm);
	if (host && is_private_host(host) && !client->private_peer)
		return failure_private_realm(client->name, origin, err);
	return 0;
}

/* service=...&scope=... Several scopes are one list in a form (oauth.md), and parameters of their
 * own in a URL (token.md). */
static char *question(const struct challenge *challenge, const struct token_scope *scope,
		      bool in_form)
{
	auto_free char *service = url_escape(challenge->service ? challenge->service : "");
	auto_free char *asked = url_escape(challenge->scope ? challenge->scope : "");
	const struct token_scope first = { .repository = scope->repository, .push = scope->push };
	const struct token_scope second = { .repository = scope->mount_from };
	auto_free char *text = scope_text(in_form ? scope : &first);
	auto_free char *escaped = url_escape(text);
	auto_free char *more = NULL;

	if (is_empty(scope->repository))
		return xasprintf("service=%s%s%s", service, *asked ? "&scope=" : "", asked);
	if (!in_form && scope->mount_from) {
		auto_free char *other = scope_text(&second);

		more = url_escape(other);
	}
	return xasprintf("service=%s&scope=%s%s%s", service, escaped, more ? "&scope=" : "",
			 more ? more : "");
}

static char *get_url(const struct registry_client *client, const struct challenge *challenge,
		     const char *asked)
{
	const struct credentials *credentials = client->credentials;
	auto_free char *user = NULL;
	char separator = strchr(challenge->realm, '?') ? '&' : '?';

	if (!credentials || is_empty(credentials->user))
		return xasprintf("%s%c%s", challenge->realm, separator, asked);
	user = url_escape(credentials->user);
	return xasprintf("%s%c%s&account=%s%s", challenge->realm, separator, asked, user,
			 client->wants_identity ? "&client_id=" CLIENT_ID "&offline_token=true" : "");
}

static char *post_form(const char *asked, const struct credentials *credentials)
{
	auto_secret char *secret = url_escape(credentials->identity_token);

	return xasprintf("grant_type=refresh_token&client_id=" CLIENT_ID "&%s&refresh_token=%s",
			 asked, secret);
}

static int judge_answer(struct registry_client *client, const struct http_request *request,
			const struct token_scope *scope, const struct token_answer *answer,
			struct error *err)
{
	if (request->failure == HTTP_FAILURE_REFUSED)
		return error_context(err, "the token server's answer");
	if (request->failure == HTTP_FAILURE_PRIVATE)
		return failure_private_realm(client->name, request->url, err);
	if (request->failure != HTTP_FAILURE_NONE)
		return failure_of_connection(request, err);
	if (request->status == 200)
		return decode_token(client, scope, &answer->content, err);
	return failure_of_token_server(request, client->name, err);
}

/* Makes the request, again where that may help. */
static int ask(struct registry_client *client, struct http_request *request,
	       struct token_answer *answer, struct error *err)
{
	struct patience patience = { 0 };
	int64_t pause;

	for (;;) {
		buffer_clear(&answer->content);
		if (transport_perform(client->transport, request, err) < 0)
			return -1;
		if (!patience_allows(&patience, client, request, &pause))
			return 0;
		if (transport_pause(client->transport, pause, err) < 0)
			return -1;
	}
}

int token_fetch(struct registry_client *client, const struct challenge *challenge,
		const struct token_scope *scope, struct error *err)
{
	const struct credentials *credentials = client->credentials;
	bool in_form = credentials && credentials->identity_token;
	auto_free char *asked = question(challenge, scope, in_form);
	struct token_answer answer = { .content.max = TOKEN_ANSWER_MAX, .err = err };
	struct http_request request = { .take = take_answer, .argument = &answer };
	auto_secret char *authorization = NULL;
	auto_secret char *form = NULL;
	auto_free char *url = NULL;
	int result;

	if (check_realm(client, challenge->realm, err) < 0)
		return -1;
	if (in_form) {
		url = xstrdup(challenge->realm);
		form = post_form(asked, credentials);
	} else {
		url = get_url(client, challenge, asked);
		if (credentials && !is_empty(credentials->user))
			authorization = basic_authorization(credentials);
	}
	request.url = url;
	request.form = form;
	request.authorization = authorization;
	request.time_limit = TOKEN_TIME_LIMIT;
	request.with_certificate = true;
	request.direct = client->loopback;
	request.public_only = !client->private_peer;
	result = ask(client, &request, &answer, err);
	if (result == 0)
		result = judge_answer(client, &request, scope, &answer, err);
	http_request_release(&request);
	if (answer.content.data)
		explicit_bzero(answer.content.data, answer.content.room);
	buffer_release(&answer.content);
	return result;
}
