/* SPDX-License-Identifier: Apache-2.0 */
/* policy.json: what it may hold, which part applies, and whose signature is whose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "image/reference.h"
#include "registry/policy.h"
#include "tests/unit/scratch.h"

#define ACCEPT "[{\"type\":\"insecureAcceptAnything\"}]"
#define REJECT "[{\"type\":\"reject\"}]"
#define HEX "43a32ec2b116604240251263307c5d912b330342647c0436fd6e66a6a34fd753"
#define AT "@sha256:" HEX

static void decode(const char *text, struct policy *ret_policy)
{
	auto_error err = { 0 };

	if (policy_decode(text, strlen(text), ret_policy, &err) < 0)
		fail_msg("%s: %s", text, err.message);
}

static void wrong_files_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "policy" },
		{ "[]", "not a JSON object" },
		{ "{}", "missing or empty" },
		{ "{\"default\":[]}", "missing or empty" },
		{ "{\"default\":[{}]}", "without a type" },
		{ "{\"default\":" ACCEPT ",\"default\":" REJECT "}", "duplicate" },
		{ "{\"default\":" ACCEPT ",\"defualt\":[]}", "unknown member 'defualt'" },
		{ "{\"default\":" ACCEPT ",\"transports\":[]}", "no object" },
		{ "{\"default\":" ACCEPT ",\"transports\":{\"docker\":[]}}", "objects" },
		{ "{\"default\":" ACCEPT ",\"transports\":{\"docker\":{\"x\":[]}}}", "docker 'x'" },
		{ "{\"default\":[{\"type\":\"sigstoreSigned\"}]}", "exactly one of" },
		{ "{\"default\":[{\"type\":\"sigstoreSigned\",\"keyPath\":\"a\",\"keyData\":\"YQ==\"}]}",
		  "exactly one of" },
		{ "{\"default\":[{\"type\":\"sigstoreSigned\",\"keyPath\":\"\"}]}", "missing or empty" },
		{ "{\"default\":[{\"type\":\"sigstoreSigned\",\"keyPaths\":[]}]}", "empty list" },
		{ "{\"default\":[{\"type\":\"sigstoreSigned\",\"keyData\":\"*\"}]}", "base64" },
		{ "{\"default\":[{\"type\":\"sigstoreSigned\",\"keyData\":\"AA==\"}]}", "base64" },
		{ "{\"default\":[{\"type\":\"sigstoreSigned\",\"keyPath\":\"a\","
		  "\"signedIdentity\":{\"type\":\"x\"}}]}", "signedIdentity" },
		{ "{\"default\":[{\"type\":\"sigstoreSigned\",\"keyPath\":\"a\","
		  "\"signedIdentity\":{\"type\":\"matchExact\",\"prefix\":\"x\"}}]}", "unknown member" },
		{ "{\"default\":[{\"type\":\"sigstoreSigned\",\"keyPath\":\"a\","
		  "\"signedIdentity\":{\"type\":\"exactReference\"}}]}", "'dockerReference' is missing" },
		{ "{\"default\":[{\"type\":\"sigstoreSigned\",\"keyPath\":\"a\","
		  "\"signedIdentity\":{\"type\":\"remapIdentity\",\"prefix\":\"a\"}}]}", "signedPrefix" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(policy) struct policy policy = { 0 };
		auto_error err = { 0 };

		print_message("# %s\n", cases[i].text);
		assert_int_equal(policy_decode(cases[i].text, strlen(cases[i].text), &policy, &err), -1);
		print_message("# %s\n", err.message);
		assert_non_null(strstr(err.message, cases[i].why));
	}
}

static void what_cannot_be_checked_is_kept_as_such(void **state)
{
	static const struct {
		const char *requirement;
		enum policy_check check;
		const char *reason;
	} cases[] = {
		{ "{\"type\":\"insecureAcceptAnything\"}", POLICY_ACCEPT, NULL },
		{ "{\"type\":\"reject\"}", POLICY_REJECT, NULL },
		{ "{\"type\":\"sigstoreSigned\",\"keyPath\":\"/k\"}", POLICY_SIGSTORE, NULL },
		{ "{\"type\":\"sigstoreSigned\",\"keyPaths\":[\"/k\",\"/l\"]}", POLICY_SIGSTORE, NULL },
		{ "{\"type\":\"sigstoreSigned\",\"keyDatas\":[\"YQ==\"]}", POLICY_SIGSTORE, NULL },
		{ "{\"type\":\"signedBy\",\"keyType\":\"GPGKeys\",\"keyPath\":\"/k\"}",
		  POLICY_UNCHECKED, "'signedBy'" },
		{ "{\"type\":\"sigstoreSigned\",\"keyPath\":\"/k\",\"rekorPublicKeyPath\":\"/r\"}",
		  POLICY_UNCHECKED, "'rekorPublicKeyPath'" },
		{ "{\"type\":\"sigstoreSigned\",\"fulcio\":{}}", POLICY_UNCHECKED, "'fulcio'" },
		{ "{\"type\":\"insecureAcceptAnything\",\"unless\":1}", POLICY_UNCHECKED, "'unless'" },
		{ "{\"type\":\"newer\"}", POLICY_UNCHECKED, "'newer'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(policy) struct policy policy = { 0 };
		auto_free char *text = xasprintf("{\"default\":[%s]}", cases[i].requirement);
		const struct policy_requirement *requirement;

		print_message("# %s\n", text);
		decode(text, &policy);
		requirement = &policy.scopes[0].requirements[0];
		assert_int_equal(requirement->check, cases[i].check);
		if (cases[i].reason)
			assert_non_null(strstr(requirement->reason, cases[i].reason));
	}
}

/* The name of the scope that applies. */
static void assert_scope(const struct policy *policy, const char *transport,
			 const char *image, const char *wanted)
{
	auto_release(reference) struct reference reference = { 0 };
	auto_release(strings) struct strings names = { 0 };
	auto_error err = { 0 };

	print_message("# %s %s\n", transport, image);
	if (*image == '/') {
		policy_names_of_path(image, &names);
	} else {
		assert_int_equal(reference_parse(image, &reference, &err), 0);
		policy_names_of(&reference, &names);
	}
	assert_string_equal(policy_find(policy, transport, &names)->name, wanted);
}

static void the_most_exact_scope_applies(void **state)
{
	auto_release(policy) struct policy policy = { 0 };

	(void)state;
	decode("{\"default\":" REJECT ",\"transports\":{\"docker\":{"
	       "\"docker.io/library/debian:12\":" ACCEPT ","
	       "\"docker.io/library/debian" AT "\":" ACCEPT ","
	       "\"docker.io/library\":" ACCEPT ","
	       "\"r.example.com:5000/team\":" ACCEPT ","
	       "\"*.example.com\":" ACCEPT ","
	       "\"*.com\":" ACCEPT ",\"\":" ACCEPT "},"
	       "\"oci\":{\"/srv/images\":" ACCEPT "}}}", &policy);
	assert_scope(&policy, "docker", "debian:12", "docker.io/library/debian:12");
	assert_scope(&policy, "docker", "debian:13", "docker.io/library");
	assert_scope(&policy, "docker", "debian" AT, "docker.io/library/debian" AT);
	assert_scope(&policy, "docker", "debian:12" AT, "docker.io/library/debian" AT);
	assert_scope(&policy, "docker", "user/debian:12", "");
	assert_scope(&policy, "docker", "r.example.com:5000/team/a/b:1", "r.example.com:5000/team");
	assert_scope(&policy, "docker", "r.example.com:5000/teams/a", "");
	assert_scope(&policy, "docker", "a.example.com/x", "*.example.com");
	assert_scope(&policy, "docker", "a.b.example.com/x", "*.example.com");
	assert_scope(&policy, "docker", "example.com/x", "*.com");
	assert_scope(&policy, "docker", "notexample.com/x", "*.com");
	assert_scope(&policy, "docker", "example.org/x", "");
	assert_scope(&policy, "oci", "/srv/images/a", "/srv/images");
	assert_scope(&policy, "oci", "/srv/imagesx", "default");
	assert_scope(&policy, "dir", "/srv/images", "default");
}

static void signatures_match_as_the_policy_says(void **state)
{
	static const struct {
		struct policy_identity identity;
		const char *image, *signed_as;
		bool matches;
	} cases[] = {
#define DEFAULT { .match = MATCH_REPO_DIGEST_OR_EXACT }
		{ DEFAULT, "r.io/a:1", "r.io/a:1", true },
		{ DEFAULT, "r.io/a:1", "r.io/a:2", false },
		{ DEFAULT, "r.io/a:1", "r.io/a", false },
		{ DEFAULT, "r.io/a", "r.io/a", false },
		{ DEFAULT, "r.io/a:1", "r.io/a" AT, false },
		{ DEFAULT, "r.io/a" AT, "r.io/a:1", true },
		{ DEFAULT, "r.io/a:1" AT, "r.io/a:2", true },
		{ DEFAULT, "r.io/a" AT, "r.io/b:1", false },
		{ DEFAULT, "r.io/a" AT, "r.io/a", false },
		{ DEFAULT, "debian:12", "docker.io/library/debian:12", true },
		{ DEFAULT, "debian:12", "index.docker.io/library/debian:12", true },
		{ DEFAULT, "debian:12", "", false },
		{ DEFAULT, "debian:12", "NOT A NAME", false },
#define EXACT { .match = MATCH_EXACT }
		{ EXACT, "r.io/a:1", "r.io/a:1", true },
		{ EXACT, "r.io/a" AT, "r.io/a:1", false },
		{ EXACT, "r.io/a" AT, "r.io/a" AT, true },
		{ EXACT, "r.io/a:latest", "r.io/a", false },
#define REPOSITORY { .match = MATCH_REPOSITORY }
		{ REPOSITORY, "r.io/a:1", "r.io/a", true },
		{ REPOSITORY, "r.io/a:1", "r.io/a:2", true },
		{ REPOSITORY, "r.io/a:1", "r.io:443/a:1", false },
		{ REPOSITORY, "r.io/a:1", "r.io/a/b:1", false },
		{ REPOSITORY, "localhost:5000/a:1", "localhost:5000/a", true },
#define REFERENCE(text) { .match = MATCH_EXACT_REFERENCE, .name = (char *)(text) }
		{ REFERENCE("r.io/a:1"), "other.io/x:9", "r.io/a:1", true },
		{ REFERENCE("r.io/a:1"), "r.io/a:2", "r.io/a:2", false },
		{ REFERENCE("r.io/a"), "r.io/a:latest", "r.io/a:latest", false },
#define EXACT_REPOSITORY(text) { .match = MATCH_EXACT_REPOSITORY, .name = (char *)(text) }
		{ EXACT_REPOSITORY("r.io/a"), "other.io/x:9", "r.io/a:1", true },
		{ EXACT_REPOSITORY("r.io/a"), "r.io/a:1", "r.io/b:1", false },
#define REMAP(from, to) \
	{ .match = MATCH_REMAP, .name = (char *)(from), .signed_prefix = (char *)(to) }
		{ REMAP("mirror.io", "r.io"), "mirror.io/a:1", "r.io/a:1", true },
		{ REMAP("mirror.io", "r.io"), "mirror.io/a:1", "mirror.io/a:1", false },
		{ REMAP("mirror.io/x", "r.io/y"), "mirror.io/x/a:1", "r.io/y/a:1", true },
		{ REMAP("mirror.io/x", "r.io/y"), "mirror.io/xx/a:1", "r.io/yx/a:1", false },
		{ REMAP("mirror.io/x", "r.io/y"), "mirror.io/xx/a:1", "mirror.io/xx/a:1", true },
		{ REMAP("mirror.io", "r.io"), "mirror.io/a" AT, "r.io/a:7", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(reference) struct reference reference = { 0 };
		auto_error err = { 0 };

		print_message("# %zu: %s signed as %s\n", i, cases[i].image, cases[i].signed_as);
		assert_int_equal(reference_parse(cases[i].image, &reference, &err), 0);
		assert_int_equal(policy_identity_matches(&cases[i].identity, &reference,
							 cases[i].signed_as), cases[i].matches);
	}
}

static void set_policy(const char *path, const char *scope, const char *type, const char *key)
{
	auto_release(strings) struct strings keys = { 0 };
	auto_error err = { 0 };

	if (key)
		strings_add(&keys, key);
	if (policy_set(path, scope, type, &keys, &err) < 0)
		fail_msg("%s", err.message);
}

static void what_is_set_is_read_and_the_rest_stays(void **state)
{
	static const char before[] =
		"{\"default\":" ACCEPT ",\"transports\":{\"dir\":{\"/x\":" REJECT "},"
		"\"docker\":{\"a.io\":[{\"type\":\"signedBy\",\"keyType\":\"GPGKeys\",\"keyPath\":\"/g\"}]}}}";
	auto_free char *path = xasprintf("%s/sub/policy.json", scratch_path);
	auto_free char *key = xasprintf("%s/key.pub", scratch_path);
	auto_release(policy) struct policy policy = { 0 };
	auto_release(buffer) struct buffer text = { 0 };
	auto_error err = { 0 };
	auto_fd int sub = -1;

	assert_int_equal(file_write(scratch_dir(state), "key.pub", "k", 1, 0600, FILE_VOLATILE, &err),
			 0);
	set_policy(path, "default", "reject", NULL);	/* there is no file yet */
	assert_int_equal(file_read(AT_FDCWD, path, POLICY_SIZE_MAX, &text, &err), 0);
	assert_non_null(strstr(text.data, "reject"));
	sub = dir_open(scratch_dir(state), "sub", &err);
	assert_int_equal(file_write(sub, "policy.json", before, strlen(before), 0600, FILE_VOLATILE,
				    &err), 0);
	set_policy(path, "b.io/team", "sigstoreSigned", key);
	set_policy(path, "a.io", "accept", NULL);
	assert_int_equal(policy_load(path, &policy, &err), 0);
	assert_string_equal(policy.path, path);
	assert_int_equal(policy.scopes[0].requirements[0].check, POLICY_ACCEPT);
	assert_scope(&policy, "dir", "/x", "/x");
	assert_scope(&policy, "docker", "b.io/team/x", "b.io/team");
	assert_int_equal(policy.scope_count, 4);
	assert_int_equal(policy.scopes[2].requirements[0].check, POLICY_ACCEPT);
	assert_string_equal(policy.scopes[3].requirements[0].key_paths.items[0], key);
}

static void wrong_settings_change_nothing(void **state)
{
	static const struct {
		const char *type, *key;
	} cases[] = {
		{ "accept", "/dev/null" }, { "reject", "/dev/null" }, { "sigstoreSigned", NULL },
		{ "signedBy", NULL }, { "sigstoreSigned", "/nonexistent/key" }, { "other", NULL },
	};
	auto_free char *path = xasprintf("%s/policy.json", scratch_path);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(strings) struct strings keys = { 0 };
		auto_error err = { 0 };

		if (cases[i].key)
			strings_add(&keys, cases[i].key);
		print_message("# %s\n", cases[i].type);
		assert_int_equal(policy_set(path, "default", cases[i].type, &keys, &err), -1);
		assert_false(file_exists(AT_FDCWD, path));
	}
}

static void a_file_that_was_named_must_be_there(void **state)
{
	auto_release(policy) struct policy policy = { 0 };
	auto_free char *path = xasprintf("%s/policy.json", scratch_path);
	auto_error err = { 0 };

	(void)state;
	assert_int_equal(policy_load(path, &policy, &err), -1);
	assert_non_null(strstr(err.message, path));
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_files_are_refused),
		cmocka_unit_test(what_cannot_be_checked_is_kept_as_such),
		cmocka_unit_test(the_most_exact_scope_applies),
		cmocka_unit_test(signatures_match_as_the_policy_says),
		IN_SCRATCH(what_is_set_is_read_and_the_rest_stays),
		IN_SCRATCH(wrong_settings_change_nothing),
		IN_SCRATCH(a_file_that_was_named_must_be_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
