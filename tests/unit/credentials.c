/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials: which entry of which file is ours, and helpers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "image/reference.h"
#include "registry/credentials.h"
#include "tests/unit/scratch.h"

#define ALICE "YWxpY2U6c2VjcmV0"	/* alice:secret */
#define BOB "Ym9iOmE6Yg=="		/* bob:a:b */

static const char *const places[] = {
	"HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "DOCKER_CONFIG", "DOCKER_AUTH_CONFIG",
};

/* A home and runtime folder of our own, nothing else set. */
static int prepare(void **state)
{
	auto_free char *runtime = NULL;

	if (scratch_make(state) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		unsetenv(places[i]);
	runtime = xasprintf("%s/run", scratch_path);
	setenv("HOME", scratch_path, 1);
	setenv("XDG_RUNTIME_DIR", runtime, 1);
	return 0;
}

static void put_file(int dir, const char *path, const char *content, mode_t mode)
{
	auto_free char *folder = xstrdup(path);
	char *slash = strrchr(folder, '/');
	auto_error err = { 0 };
	auto_fd int parent = -1;

	if (slash)
		*slash = '\0';
	parent = dir_make(dir, slash ? folder : ".", 0700, &err);
	assert_true(parent >= 0);
	assert_int_equal(file_write(parent, slash ? slash + 1 : path, content, strlen(content),
				    mode, FILE_VOLATILE, &err), 0);
}

static int find(const struct credential_sources *sources, const char *name,
		struct credentials *ret_credentials, struct error *err)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_error problem = { 0 };

	assert_int_equal(reference_parse(name, &reference, &problem), 0);
	return credentials_find(sources, &reference, ret_credentials, err);
}

/* What is found for `name` as "user:password[+token]", or "" for nothing; new string. */
static char *found(const char *name)
{
	struct credential_sources sources = { 0 };
	auto_release(credentials) struct credentials credentials = { 0 };
	auto_error err = { 0 };

	if (find(&sources, name, &credentials, &err) < 0)
		fail_msg("%s", err.message);
	if (!credentials.user && !credentials.identity_token)
		return xstrdup("");
	return xasprintf("%s:%s%s%s", credentials.user ? credentials.user : "",
			 credentials.password ? credentials.password : "",
			 credentials.identity_token ? "+" : "",
			 credentials.identity_token ? credentials.identity_token : "");
}

static void assert_found(const char *name, const char *wanted)
{
	auto_free char *text = found(name);

	print_message("# '%s'\n", name);
	assert_string_equal(text, wanted);
}

static void the_most_exact_entry_counts(void **state)
{
	put_file(scratch_dir(state), ".docker/config.json",
		 "{\"auths\":{"
		 "\"reg.example.com\":{\"auth\":\"" ALICE "\"},"
		 "\"reg.example.com/team\":{\"auth\":\"" BOB "\"},"
		 "\"reg.example.com/team/app\":{\"username\":\"carol\",\"password\":\"pw\"},"
		 "\"localhost:5000\":{\"auth\":\"" ALICE "\"},"
		 "\"old.example.com/v1/\":{\"auth\":\"" ALICE "\"},"
		 "\"https://url.example.com/some/where\":{\"auth\":\"" ALICE "\"},"
		 "\"empty.example.com\":{},"
		 "\"https://index.docker.io/v1/\":{\"auth\":\"" BOB "\",\"identitytoken\":\"tok\"}"
		 "},\"psFormat\":\"table\"}", 0600);
	assert_found("reg.example.com/x", "alice:secret");
	assert_found("reg.example.com/team/other", "bob:a:b");
	assert_found("reg.example.com/teams/app", "alice:secret");
	assert_found("reg.example.com/team/app", "carol:pw");
	assert_found("reg.example.com/team/app/sub:tag", "carol:pw");
	assert_found("reg.example.com:443/x", "");
	assert_found("localhost:5000/x", "alice:secret");
	assert_found("localhost:5001/x", "");
	assert_found("old.example.com/x", "alice:secret");
	assert_found("url.example.com/x", "alice:secret");
	assert_found("empty.example.com/x", "");
	assert_found("debian", "bob:a:b+tok");
	assert_found("other.example.com/x", "");
}

static void places_have_an_order(void **state)
{
	int dir = scratch_dir(state);

	put_file(dir, ".dockercfg", "{\"r.example.com\":{\"username\":\"old\",\"password\":\"1\"}}",
		 0600);
	assert_found("r.example.com/x", "old:1");
	put_file(dir, ".docker/config.json",
		 "{\"auths\":{\"r.example.com\":{\"username\":\"docker\",\"password\":\"2\"}}}", 0600);
	assert_found("r.example.com/x", "docker:2");
	put_file(dir, ".config/containers/auth.json",
		 "{\"auths\":{\"r.example.com\":{\"username\":\"config\",\"password\":\"3\"}}}", 0600);
	assert_found("r.example.com/x", "config:3");
	put_file(dir, "run/containers/auth.json",
		 "{\"auths\":{\"r.example.com\":{\"username\":\"run\",\"password\":\"4\"}}}", 0600);
	assert_found("r.example.com/x", "run:4");
	setenv("DOCKER_AUTH_CONFIG", "{\"auths\":{\"r.example.com\":{\"auth\":\"" ALICE "\"}}}", 1);
	assert_found("r.example.com/x", "alice:secret");
}

static void what_is_given_counts_first(void **state)
{
	struct credential_sources sources = { .given = "dave:p:w" };
	auto_release(credentials) struct credentials credentials = { 0 };
	auto_error err = { 0 };

	(void)state;
	assert_int_equal(find(&sources, "r.example.com/x", &credentials, &err), 0);
	assert_string_equal(credentials.user, "dave");
	assert_string_equal(credentials.password, "p:w");
	sources.given = "nobody";
	assert_int_equal(find(&sources, "r.example.com/x", &credentials, &err), -1);
	assert_int_equal(err.kind, ERROR_USAGE);
}

static void a_named_file_is_used_alone(void **state)
{
	auto_free char *path = xasprintf("%s/mine.json", scratch_path);
	struct credential_sources sources = { .auth_file = path };
	auto_release(credentials) struct credentials credentials = { 0 };
	auto_error err = { 0 };

	put_file(scratch_dir(state), ".docker/config.json",
		 "{\"auths\":{\"r.example.com\":{\"auth\":\"" ALICE "\"}}}", 0600);
	assert_int_equal(find(&sources, "r.example.com/x", &credentials, &err), -1);
	assert_non_null(strstr(err.message, "mine.json"));
	error_release(&err);
	put_file(scratch_dir(state), "mine.json", "{\"auths\":{}}", 0600);
	assert_int_equal(find(&sources, "r.example.com/x", &credentials, &err), 0);
	assert_null(credentials.user);
}

static void broken_files_are_named_but_not_quoted(void **state)
{
	static const struct {
		const char *content, *why;
	} cases[] = {
		{ "{\"auths\":{\"r.example.com\":{\"auth\":\"" ALICE "\" HUSH}}}", "no valid JSON" },
		{ "[]", "not a JSON object" },
		{ "{\"auths\":[]}", "'auths' is no object" },
		{ "{\"auths\":{\"r.example.com\":\"HUSH\"}}", "is no object" },
		{ "{\"auths\":{\"r.example.com\":{\"auth\":\"HU*SH\"}}}", "not base64" },
		{ "{\"auths\":{\"r.example.com\":{\"auth\":\"SFVTSA==\"}}}", "not base64" },
		{ "{\"credHelpers\":{\"r.example.com\":\"../HUSH\"}}", "no name of a credential" },
		{ "{\"credHelpers\":{\"r.example.com\":\"not-there\"}}", "is not in PATH" },
	};
	struct credential_sources sources = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(credentials) struct credentials credentials = { 0 };
		auto_error err = { 0 };

		print_message("# '%s'\n", cases[i].content);
		put_file(scratch_dir(state), ".docker/config.json", cases[i].content, 0600);
		assert_int_equal(find(&sources, "r.example.com/x", &credentials, &err), -1);
		assert_non_null(strstr(err.message, ".docker/config.json"));
		assert_non_null(strstr(err.message, cases[i].why));
		assert_true(!strstr(err.message, ALICE) && !strstr(err.message, "\"HUSH"));
	}
}

/* A helper that answers, one that has nothing, one that fails. */
static const char helper_script[] =
	"#!/bin/sh\n"
	"read -r server\n"
	"[ \"$1\" = get ] || exit 9\n"
	"case $server in\n"
	"r.example.com) echo '{\"ServerURL\":\"r\",\"Username\":\"helped\",\"Secret\":\"s3\"}' ;;\n"
	"t.example.com) echo '{\"ServerURL\":\"t\",\"Username\":\"<token>\",\"Secret\":\"tok\"}' ;;\n"
	"https://index.docker.io/v1/) echo '{\"Username\":\"hub\",\"Secret\":\"h\"}' ;;\n"
	"bad.example.com) echo no json ;;\n"
	"fail.example.com) echo broken keyring; exit 3 ;;\n"
	"*) echo credentials not found in native keychain; exit 1 ;;\n"
	"esac\n";

static void helpers_are_asked(void **state)
{
	const char *path = getenv("PATH");
	auto_free char *before = xstrdup(path);
	auto_free char *with_ours = xasprintf("relative:%s/bin:%s", scratch_path, path);

	put_file(scratch_dir(state), "bin/docker-credential-test", helper_script, 0755);
	put_file(scratch_dir(state), ".docker/config.json",
		 "{\"credsStore\":\"test\",\"credHelpers\":{\"special.example.com\":\"none\"},"
		 "\"auths\":{\"plain.example.com\":{\"auth\":\"" ALICE "\"},\"r.example.com\":{}}}",
		 0600);
	setenv("PATH", with_ours, 1);
	assert_found("r.example.com/x", "helped:s3");
	assert_found("t.example.com/x", ":+tok");
	assert_found("debian", "hub:h");
	assert_found("plain.example.com/x", "alice:secret");
	assert_found("other.example.com/x", "");
	/* The helper for all may fail: most pulls need none. */
	assert_found("fail.example.com/x", "");
	assert_found("bad.example.com/x", "");
	put_file(scratch_dir(state), ".docker/config.json",
		 "{\"credHelpers\":{\"r.example.com\":\"test\"}}", 0600);
	assert_found("r.example.com/x", "helped:s3");
	setenv("PATH", before, 1);
}

static void the_error_of_a_helper_is_told(void **state)
{
	const char *path = getenv("PATH");
	auto_free char *before = xstrdup(path);
	auto_free char *with_ours = xasprintf("%s/bin:%s", scratch_path, path);
	struct credential_sources sources = { 0 };
	auto_release(credentials) struct credentials credentials = { 0 };
	auto_error err = { 0 };

	put_file(scratch_dir(state), "bin/docker-credential-test", helper_script, 0755);
	put_file(scratch_dir(state), ".docker/config.json",
		 "{\"credHelpers\":{\"fail.example.com\":\"test\"}}", 0600);
	setenv("PATH", with_ours, 1);
	assert_int_equal(find(&sources, "fail.example.com/x", &credentials, &err), -1);
	setenv("PATH", before, 1);
	assert_non_null(strstr(err.message, "status 3: broken keyring"));
}

static void user_and_password_are_split(void **state)
{
	struct credentials credentials = { 0 };

	(void)state;
	assert_int_equal(credentials_split("u:p", &credentials), 0);
	credentials_release(&credentials);
	assert_null(credentials.user);
	assert_null(credentials.password);
	assert_int_equal(credentials_split(":p", &credentials), -1);
	assert_int_equal(credentials_split("up", &credentials), -1);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, prepare, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(the_most_exact_entry_counts),
		IN_SCRATCH(places_have_an_order),
		IN_SCRATCH(what_is_given_counts_first),
		IN_SCRATCH(a_named_file_is_used_alone),
		IN_SCRATCH(broken_files_are_named_but_not_quoted),
		IN_SCRATCH(helpers_are_asked),
		IN_SCRATCH(the_error_of_a_helper_is_told),
		cmocka_unit_test(user_and_password_are_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
