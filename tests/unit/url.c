/* SPDX-License-Identifier: Apache-2.0 */
/* URLs: origins decide who gets a password, so two spellings must not differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/error.h"
#include "registry/url.h"

static void origins_are_normalised(void **state)
{
	static const struct {
		const char *url, *origin;
	} cases[] = {
		{ "https://Registry.Example.com/v2/", "https://registry.example.com:443" },
		{ "https://registry.example.com:443", "https://registry.example.com:443" },
		{ "http://registry.example.com", "http://registry.example.com:80" },
		{ "HTTP://localhost:5000/v2/x?y#z", "http://localhost:5000" },
		{ "https://[::1]:5000/", "https://[::1]:5000" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_error err = { 0 };
		auto_free char *origin = url_origin(cases[i].url, &err);

		print_message("# '%s'\n", cases[i].url);
		assert_non_null(origin);
		assert_string_equal(origin, cases[i].origin);
	}
}

static void other_urls_are_refused(void **state)
{
	static const char *const urls[] = {
		"", "registry.example.com/v2", "file:///etc/passwd", "ftp://x/", "gopher://x/",
		"https://user:password@x/", "https://user@x/", "https://", "https://x:70000/",
		"javascript:alert(1)", "https://a b/",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		auto_error err = { 0 };
		auto_free char *origin = url_origin(urls[i], &err);

		print_message("# '%s'\n", urls[i]);
		assert_null(origin);
		assert_int_equal(err.kind, ERROR_INVALID);
	}
}

static void locations_are_resolved(void **state)
{
	static const char base[] = "https://r.example.com/v2/a/blobs/sha256:1?x=1";
	static const struct {
		const char *location, *url;
	} cases[] = {
		{ "https://cdn.example.com/blob?sig=%2B", "https://cdn.example.com/blob?sig=%2B" },
		{ "/other", "https://r.example.com/other" },
		{ "../uploads/1", "https://r.example.com/v2/a/uploads/1" },
		{ "//cdn.example.com/b", "https://cdn.example.com/b" },
		{ "https://x.example.com/y#frag", "https://x.example.com/y" },
		{ "http://r.example.com/", "http://r.example.com/" },
		{ "file:///etc/passwd", NULL },
		{ "https://user:password@r.example.com/", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_error err = { 0 };
		auto_free char *url = url_resolve(base, cases[i].location, &err);

		print_message("# '%s'\n", cases[i].location);
		if (cases[i].url) {
			assert_non_null(url);
			assert_string_equal(url, cases[i].url);
		} else {
			assert_null(url);
		}
	}
}

static void hosts_are_judged(void **state)
{
	static const struct {
		const char *host;
		bool loopback, private;
	} cases[] = {
		{ "localhost", true, true },
		{ "LOCALHOST", true, true },
		{ "127.0.0.1", true, true },
		{ "::1", true, true },
		/* By convention this machine, but TLS is verified for it. */
		{ "registry.localhost", false, true },
		{ "localhost.example.com", false, false },
		{ "10.0.0.1", false, true },
		{ "registry.example.com", false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("# '%s'\n", cases[i].host);
		assert_int_equal(is_loopback_host(cases[i].host), cases[i].loopback);
		assert_int_equal(is_private_host(cases[i].host), cases[i].private);
	}
}

static void hosts_and_escapes(void **state)
{
	auto_free char *six = url_host("https://[::1]:5000/");
	auto_free char *four = url_host("http://127.0.0.1:5000");
	auto_free char *none = url_host("nothing");
	auto_free char *escaped = url_escape("a/b:c d&e=\xc3\xa4~");
	auto_free char *empty = url_escape("");

	(void)state;
	assert_string_equal(six, "::1");
	assert_string_equal(four, "127.0.0.1");
	assert_null(none);
	assert_string_equal(escaped, "a%2Fb%3Ac%20d%26e%3D%C3%A4~");
	assert_string_equal(empty, "");
}

static void passwords_are_not_shown(void **state)
{
	static const struct {
		const char *url, *shown;
	} cases[] = {
		{ "https://me:hush@host/x", "https://***@host/x" },
		{ "https://me:hu@sh@host", "https://***@host" },
		{ "me:hush@host:5000/a@b", "***@host:5000/a@b" },
		{ "https://host/x@y?a=@", "https://host/x@y?a=@" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *shown = url_shown(cases[i].url);

		assert_string_equal(shown, cases[i].shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(origins_are_normalised),
		cmocka_unit_test(other_urls_are_refused),
		cmocka_unit_test(locations_are_resolved),
		cmocka_unit_test(hosts_are_judged),
		cmocka_unit_test(hosts_and_escapes),
		cmocka_unit_test(passwords_are_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
