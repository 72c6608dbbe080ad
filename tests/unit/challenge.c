/* SPDX-License-Identifier: Apache-2.0 */
/* WWW-Authenticate headers: what registries send, and what nobody should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "registry/challenge.h"

static void assert_same(const char *wanted, const char *found)
{
	if (wanted && found)
		assert_string_equal(found, wanted);
	else
		assert_true(wanted == found);
}

static void challenges_are_read(void **state)
{
	static const struct {
		const char *header;
		enum challenge_scheme scheme;
		const char *realm, *service, *scope, *error;
	} cases[] = {
		{ "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\","
		  "scope=\"repository:library/debian:pull\"", CHALLENGE_BEARER,
		  "https://auth.docker.io/token", "registry.docker.io",
		  "repository:library/debian:pull", NULL },
		{ "bearer REALM=https , error=\"insufficient_scope\"", CHALLENGE_BEARER, "https",
		  NULL, NULL, "insufficient_scope" },
		{ "Basic realm=\"Registry Realm\"", CHALLENGE_BASIC, "Registry Realm", NULL, NULL,
		  NULL },
		{ "Basic", CHALLENGE_BASIC, NULL, NULL, NULL, NULL },
		{ "Basic realm=\"\"", CHALLENGE_BASIC, "", NULL, NULL, NULL },
		{ "Basic realm=\"a\", Bearer realm=\"b\",service=\"c\"", CHALLENGE_BEARER, "b", "c",
		  NULL, NULL },
		{ "Bearer realm=\"b\", Basic realm=\"a\"", CHALLENGE_BEARER, "b", NULL, NULL, NULL },
		{ "Negotiate, Basic realm=\"a\"", CHALLENGE_BASIC, "a", NULL, NULL, NULL },
		{ "Negotiate YWJj==, Basic realm=\"a\"", CHALLENGE_BASIC, "a", NULL, NULL, NULL },
		{ "Digest realm=\"d\", nonce=\"x,y=z\", qop=\"auth\", Basic realm=\"a\"",
		  CHALLENGE_BASIC, "a", NULL, NULL, NULL },
		{ "Basic realm=\"say \\\"hi\\\" \\\\ there\"", CHALLENGE_BASIC,
		  "say \"hi\" \\ there", NULL, NULL, NULL },
		{ "Bearer realm = \"b\" , , unknown=1,service=\"s\"", CHALLENGE_BEARER, "b", "s",
		  NULL, NULL },
		{ "Digest realm=\"d\"", CHALLENGE_NONE, NULL, NULL, NULL, NULL },
		{ "", CHALLENGE_NONE, NULL, NULL, NULL, NULL },
		{ " ,, ", CHALLENGE_NONE, NULL, NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(challenge) struct challenge challenge = { 0 };
		auto_error err = { 0 };

		print_message("# '%s'\n", cases[i].header);
		assert_int_equal(challenge_parse(cases[i].header, &challenge, &err), 0);
		assert_int_equal(challenge.scheme, cases[i].scheme);
		assert_same(cases[i].realm, challenge.realm);
		assert_same(cases[i].service, challenge.service);
		assert_same(cases[i].scope, challenge.scope);
		assert_same(cases[i].error, challenge.error);
	}
}

static void malformed_challenges_are_refused(void **state)
{
	static const struct {
		const char *header, *why;
	} cases[] = {
		{ "Bearer realm=\"open", "a quote is not closed" },
		{ "Bearer realm=\"open\\", "a quote is not closed" },
		{ "Bearer realm=\"a\nb\"", "control character" },
		{ "Bearer realm=\"a\x1b[2J\"", "control character" },
		{ "Bearer realm=\"a\",realm=\"b\"", "given twice" },
		{ "Bearer realm=\"a\" service=\"b\"", "a comma is missing" },
		{ "Bearer service=\"b\"", "bearer without a realm" },
		{ "Bearer realm=\"\"", "bearer without a realm" },
		{ "Bearer realm=;", "a parameter has no value" },
		{ "\"Bearer\"", "unexpected character" },
		{ "Bearer;realm=a", "not followed by a blank" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(challenge) struct challenge challenge = { 0 };
		auto_error err = { 0 };

		print_message("# '%s'\n", cases[i].header);
		assert_int_equal(challenge_parse(cases[i].header, &challenge, &err), -1);
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_non_null(strstr(err.message, cases[i].why));
		assert_null(challenge.realm);
	}
}

static void long_headers_are_refused(void **state)
{
	auto_free char *filler = xmalloc(9000);
	auto_free char *header = NULL;
	auto_release(challenge) struct challenge challenge = { 0 };
	auto_error err = { 0 };

	(void)state;
	memset(filler, 'x', 8999);
	filler[8999] = '\0';
	header = xasprintf("Basic realm=\"%s\"", filler);
	assert_int_equal(challenge_parse(header, &challenge, &err), -1);
	assert_non_null(strstr(err.message, "8192"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(challenges_are_read),
		cmocka_unit_test(malformed_challenges_are_refused),
		cmocka_unit_test(long_headers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
