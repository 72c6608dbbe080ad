/* SPDX-License-Identifier: Apache-2.0 */
/* References: docker's grammar, completion, and wording. */
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
#include "image/reference.h"

#define HEX16 "0123456789abcdef"
#define HEX64 HEX16 HEX16 HEX16 HEX16
#define DIGEST "sha256:" HEX64
#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void references_are_completed(void **state)
{
	static const struct {
		const char *text;
		const char *full;
		const char *familiar;
	} cases[] = {
		{ "debian", "docker.io/library/debian:latest", "debian:latest" },
		{ "debian:12", "docker.io/library/debian:12", "debian:12" },
		{ "u/app", "docker.io/u/app:latest", "u/app:latest" },
		{ "a/b/c:t", "docker.io/a/b/c:t", "a/b/c:t" },
		{ "library/debian", "docker.io/library/debian:latest", "debian:latest" },
		{ "library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest" },
		{ "docker.io/debian", "docker.io/library/debian:latest", "debian:latest" },
		{ "docker.io/u/app:1", "docker.io/u/app:1", "u/app:1" },
		{ "index.docker.io/debian", "docker.io/library/debian:latest", "debian:latest" },
		{ "localhost/app", "localhost/app:latest", "localhost/app:latest" },
		{ "localhost:5000/app:1", "localhost:5000/app:1", "localhost:5000/app:1" },
		/* Without a slash there is no host: this is a name and a tag. */
		{ "localhost:5000", "docker.io/library/localhost:5000", "localhost:5000" },
		{ "quay.io/podman/hello", "quay.io/podman/hello:latest",
		  "quay.io/podman/hello:latest" },
		{ "quay.io/hello", "quay.io/hello:latest", "quay.io/hello:latest" },
		{ "UPPER/app", "UPPER/app:latest", "UPPER/app:latest" },
		{ "127.0.0.1:5000/x/y", "127.0.0.1:5000/x/y:latest", "127.0.0.1:5000/x/y:latest" },
		{ "[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000/app:latest" },
		{ "[fe80::1]/app", "[fe80::1]/app:latest", "[fe80::1]/app:latest" },
		{ "debian@" DIGEST, "docker.io/library/debian@" DIGEST, "debian@" DIGEST },
		{ "debian:12@" DIGEST, "docker.io/library/debian:12@" DIGEST,
		  "debian:12@" DIGEST },
		{ "x/a.b_c__d-e---f", "docker.io/x/a.b_c__d-e---f:latest",
		  "x/a.b_c__d-e---f:latest" },
		{ "debian:Tag_1.2-x", "docker.io/library/debian:Tag_1.2-x", "debian:Tag_1.2-x" },
		{ "debian:_", "docker.io/library/debian:_", "debian:_" },
		{ "sha256:abc", "docker.io/library/sha256:abc", "sha256:abc" },
		/* One digit short of an ID. */
		{ HEX16 HEX16 HEX16 "0123456789abcde",
		  "docker.io/library/" HEX16 HEX16 HEX16 "0123456789abcde:latest",
		  HEX16 HEX16 HEX16 "0123456789abcde:latest" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(reference) struct reference reference = { 0 };
		auto_free char *full = NULL;
		auto_free char *familiar = NULL;
		auto_error err = { 0 };

		print_message("# '%s'\n", cases[i].text);
		assert_int_equal(reference_parse(cases[i].text, &reference, &err), 0);
		full = reference_full(&reference);
		assert_string_equal(full, cases[i].full);
		familiar = reference_familiar(&reference);
		assert_string_equal(familiar, cases[i].familiar);
	}
}

static void wrong_references_are_refused_in_dockers_words(void **state)
{
	static const char plain[] = "invalid reference format";
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
		{ "", plain },
		{ " ", plain },
		{ "/", plain },
		{ "/debian", plain },
		{ "debian/", plain },
		{ "a//b", plain },
		{ "debian:", plain },
		{ ":12", plain },
		{ "debian:12:13", plain },
		{ "debian:.12", plain },
		{ "debian:-12", plain },
		{ "debian: 12", plain },
		{ "debian\n", plain },
		{ "de\x1b[31mbian", plain },
		{ "-debian", plain },
		{ "debian-", plain },
		{ "a..b", plain },
		{ "a._b", plain },
		{ "a___b", plain },
		{ "../x", plain },
		{ "./x", plain },
		{ "http://host/x", plain },
		{ "https://quay.io/hello", plain },
		{ "host.io:/x", plain },
		{ "host.io:99999/x", plain },
		{ "host.io:8o/x", plain },
		{ "-host.io/x", plain },
		{ "host-.io/x", plain },
		{ "host..io/x", plain },
		{ "my_host.io/x", plain },
		{ "user@host.io/x", NULL },
		{ "[::1/x", plain },
		{ "[]/x", plain },
		{ "[::1]x/y", plain },
		{ "d\xc3\xa9" "bian", plain },
		{ "Foo",
		  "invalid reference format: repository name (library/Foo) must be lowercase" },
		{ "quay.io/Foo:x",
		  "invalid reference format: repository name (Foo) must be lowercase" },
		{ "u/App", "invalid reference format: repository name (u/App) must be lowercase" },
		{ HEX64, "invalid repository name (" HEX64 "), cannot specify 64-byte hexadecimal "
			 "strings" },
		{ "debian@", NULL },
		{ "debian@sha256:abc", NULL },
		{ "debian@sha256:" HEX64 "0", NULL },
		{ "debian@sha512:" HEX64 HEX64, NULL },
		{ "debian@" DIGEST "@" DIGEST, NULL },
		{ "debian@" DIGEST ":12", NULL },
		{ "h.io/" A50 A50 A50 A50 A50 "a",
		  "invalid reference format: repository name must not be more than 255 "
		  "characters" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(reference) struct reference reference = { 0 };
		auto_error err = { 0 };

		print_message("# '%s'\n", cases[i].text);
		assert_int_equal(reference_parse(cases[i].text, &reference, &err), -1);
		if (cases[i].message)
			assert_string_equal(err.message, cases[i].message);
		assert_null(reference.host);
		assert_null(strchr(err.message, '\x1b'));
	}
}

static void limits_are_exact(void **state)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_error err = { 0 };
	char tag[REFERENCE_TAG_MAX + 2];
	auto_free char *text = NULL;
	auto_free char *longer = NULL;
	auto_free char *endless = xcalloc(1, 1 << 20);

	(void)state;
	assert_int_equal(reference_parse("h.io/" A50 A50 A50 A50 A50, &reference, &err), 0);

	memset(tag, 't', sizeof(tag) - 1);
	tag[REFERENCE_TAG_MAX] = '\0';
	text = xasprintf("debian:%s", tag);
	reference_release(&reference);
	assert_int_equal(reference_parse(text, &reference, &err), 0);
	longer = xasprintf("%st", text);
	reference_release(&reference);
	assert_int_equal(reference_parse(longer, &reference, &err), -1);

	memset(endless, 'a', (1 << 20) - 1);
	assert_int_equal(reference_parse(endless, &reference, &err), -1);
	assert_string_equal(err.message, "invalid reference format");
}

static void copies_stand_alone(void **state)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_release(reference) struct reference copy = { 0 };
	auto_free char *full = NULL;
	auto_free char *name = NULL;
	auto_error err = { 0 };

	(void)state;
	assert_int_equal(reference_parse("debian@" DIGEST, &reference, &err), 0);
	assert_null(reference.tag);
	reference_copy(&copy, &reference);
	reference_copy(&copy, &copy);
	reference_release(&reference);
	full = reference_full(&copy);
	assert_string_equal(full, "docker.io/library/debian@" DIGEST);
	name = reference_name_full(&copy);
	assert_string_equal(name, "docker.io/library/debian");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_are_completed),
		cmocka_unit_test(wrong_references_are_refused_in_dockers_words),
		cmocka_unit_test(limits_are_exact),
		cmocka_unit_test(copies_stand_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
