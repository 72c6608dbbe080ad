/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody logs in at, and changing files with credentials. */
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
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "registry/auth-edit.h"
#include "registry/auth-file.h"
#include "registry/auth-keys.h"
#include "registry/credentials.h"
#include "tests/unit/scratch.h"

static void servers_have_one_key(void **state)
{
	static const struct {
		const char *text, *host, *path, *key;
	} cases[] = {
		{ NULL, "docker.io", NULL, DOCKER_HUB_KEY },
		{ "", "docker.io", NULL, DOCKER_HUB_KEY },
		{ "docker.io", "docker.io", NULL, DOCKER_HUB_KEY },
		{ "index.docker.io", "docker.io", NULL, DOCKER_HUB_KEY },
		{ "registry-1.docker.io", "docker.io", NULL, DOCKER_HUB_KEY },
		{ DOCKER_HUB_KEY, "docker.io", NULL, DOCKER_HUB_KEY },
		{ "docker.io/me", "docker.io", "me", "docker.io/me" },
		{ "r.example.com", "r.example.com", NULL, "r.example.com" },
		{ "r.example.com/", "r.example.com", NULL, "r.example.com" },
		{ "r.example.com:5000", "r.example.com:5000", NULL, "r.example.com:5000" },
		{ "localhost", "localhost", NULL, "localhost" },
		{ "https://r.example.com/v1/", "r.example.com", NULL, "r.example.com" },
		{ "http://r.example.com/any/thing", "r.example.com", NULL, "r.example.com" },
		{ "r.example.com/v2/", "r.example.com", NULL, "r.example.com" },
		{ "r.example.com/v", "r.example.com", "v", "r.example.com/v" },
		{ "r.example.com/team/app/", "r.example.com", "team/app", "r.example.com/team/app" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(auth_server) struct auth_server server = { 0 };
		auto_error err = { 0 };

		print_message("# %s\n", cases[i].text ? cases[i].text : "(none)");
		assert_int_equal(auth_server_parse(cases[i].text, &server, &err), 0);
		assert_string_equal(server.host, cases[i].host);
		assert_string_equal(server.key, cases[i].key);
		assert_string_equal(server.path ? server.path : "-", cases[i].path ? cases[i].path : "-");
	}
}

static void what_is_no_server_is_refused(void **state)
{
	static const char *const cases[] = {
		"host", "ftp://r.example.com", "r.example.com/UPPER", "r.example.com/x@sha256:1",
		"r.example.com/x:1", "r example.com", "/x", "https://", "r.example.com:x",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(auth_server) struct auth_server server = { 0 };
		auto_error err = { 0 };

		print_message("# %s\n", cases[i]);
		assert_int_equal(auth_server_parse(cases[i], &server, &err), -1);
		assert_int_equal(err.kind, ERROR_USAGE);
	}
}

/* All spellings of the registry go, parts of it and others stay. */
static void entries_are_replaced_whatever_their_key(void **state)
{
	static const char before[] =
		"{\"auths\":{\"r.io\":{},\"https://r.io/v1/\":{},\"r.io/v2/\":{},\"r.io/team\":{},"
		"\"r.io:80\":{}},\"psFormat\":\"x\",\"unknown\":[1,2.5,null]}";
	struct credentials credentials = { .user = (char *)"u", .password = (char *)"p" };
	auto_release(auth_server) struct auth_server server = { 0 };
	auto_free char *path = xasprintf("%s/config.json", scratch_path);
	auto_release(auth_edit) struct auth_edit edit = AUTH_EDIT_NONE;
	auto_release(buffer) struct buffer text = { 0 };
	auto_error err = { 0 };
	json_t *auths;

	assert_int_equal(auth_server_parse("r.io", &server, &err), 0);
	assert_int_equal(file_write(scratch_dir(state), "config.json", before, strlen(before), 0644,
				    FILE_VOLATILE, &err), 0);
	assert_int_equal(auth_edit_begin(path, true, &edit, &err), 0);
	assert_true(auth_document_remove(edit.document, AUTH_FORM_CONFIG, &server.keys));
	assert_false(auth_document_remove(edit.document, AUTH_FORM_CONFIG, &server.keys));
	assert_int_equal(auth_document_set(edit.document, path, server.key, &credentials, &err), 0);
	assert_int_equal(auth_edit_write(&edit, &err), 0);
	auths = json_object_get(edit.document, "auths");
	assert_int_equal(json_object_size(auths), 3);
	assert_non_null(json_object_get(auths, "r.io/team"));
	assert_non_null(json_object_get(auths, "r.io:80"));
	assert_string_equal(json_string_value(json_object_get(json_object_get(auths, "r.io"), "auth")),
			    "dTpw");
	assert_int_equal(file_read(AT_FDCWD, path, 65536, &text, &err), 0);
	assert_non_null(strstr(text.data, "\"psFormat\": \"x\""));
	assert_non_null(strstr(text.data, "2.5"));
}

static void files_are_private_and_links_stay(void **state)
{
	auto_free char *path = xasprintf("%s/link.json", scratch_path);
	auto_release(auth_edit) struct auth_edit edit = AUTH_EDIT_NONE;
	auto_error err = { 0 };
	struct stat info;

	assert_int_equal(file_write(scratch_dir(state), "real.json", "{}", 2, 0644, FILE_VOLATILE,
				    &err), 0);
	assert_int_equal(symlinkat("real.json", scratch_dir(state), "link.json"), 0);
	assert_int_equal(auth_edit_begin(path, true, &edit, &err), 0);
	assert_int_equal(auth_edit_write(&edit, &err), 0);
	assert_int_equal(fstatat(scratch_dir(state), "link.json", &info, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISLNK(info.st_mode));
	assert_int_equal(fstatat(scratch_dir(state), "real.json", &info, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
}

static void a_broken_file_is_left_alone(void **state)
{
	auto_free char *path = xasprintf("%s/config.json", scratch_path);
	auto_release(auth_edit) struct auth_edit edit = AUTH_EDIT_NONE;
	auto_error err = { 0 };

	assert_int_equal(file_write(scratch_dir(state), "config.json", "{\"auth\":\"HUSH\"", 14, 0600,
				    FILE_VOLATILE, &err), 0);
	assert_int_equal(auth_edit_begin(path, true, &edit, &err), -1);
	assert_non_null(strstr(err.message, "no valid JSON"));
	assert_null(strstr(err.message, "HUSH"));
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(servers_have_one_key),
		cmocka_unit_test(what_is_no_server_is_refused),
		IN_SCRATCH(entries_are_replaced_whatever_their_key),
		IN_SCRATCH(files_are_private_and_links_stay),
		IN_SCRATCH(a_broken_file_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
