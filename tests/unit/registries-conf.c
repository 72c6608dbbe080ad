/* SPDX-License-Identifier: Apache-2.0 */
/* registries.conf: where an image is to be had, what a short name means, which line is wrong. */
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
#include "base/file.h"
#include "registry/registries-conf.h"
#include "tests/unit/scratch.h"

static const char everything[] =
	"unqualified-search-registries = ['docker.io', 'registry.example.com']\n"
	"[[registry]]\n"
	"location = 'docker.io'\n"
	"[[registry.mirror]]\n"
	"location = 'mirror.example.net:5000/hub/'\n"
	"insecure = true\n"
	"[[registry.mirror]]\n"
	"location = 'digests.example.net'\n"
	"pull-from-mirror = 'digest-only'\n"
	"[[registry.mirror]]\n"
	"location = 'tags.example.net'\n"
	"pull-from-mirror = 'tag-only'\n"
	"[[registry]]\n"
	"prefix = 'docker.io/library/secret'\n"
	"blocked = true\n"
	"[[registry]]\n"
	"prefix = '*.wild.example'\n"
	"location = 'one.example/all'\n"
	"[[registry]]\n"
	"prefix = 'deep.wild.example'\n"
	"insecure = true\n"
	"[[registry]]\n"
	"prefix = 'moved.example/a'\n"
	"location = 'there.example/b'\n"
	"mirror-by-digest-only = true\n"
	"[[registry.mirror]]\n"
	"location = 'm.example/z'\n"
	"[[registry]]\n"
	"prefix = 'whole.example/x'\n"
	"location = 'whole'\n"
	"[aliases]\n"
	"mine = 'registry.example.com/team/mine'\n"
	"'team/tool' = 'quay.io/team/tool'\n";

#define DIGEST "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* Reads `text` as the file "conf". */
static int read_text(void **state, const char *text, struct registries *registries,
		     struct error *err)
{
	auto_free char *path = xasprintf("%s/conf", scratch_path);
	auto_error problem = { 0 };

	assert_int_equal(file_write(scratch_dir(state), "conf", text, strlen(text), 0600,
				    FILE_VOLATILE, &problem), 0);
	return registries_add_file(registries, path, err);
}

/* The places as one line: a name each, '!' behind insecure ones. */
static char *places(const struct registry_endpoints *endpoints)
{
	auto_release(strings) struct strings list = { 0 };

	for (size_t i = 0; i < endpoints->count; i++) {
		auto_free char *full = reference_full(&endpoints->items[i].reference);

		strings_addf(&list, "%s%s", full, endpoints->items[i].insecure ? "!" : "");
	}
	return strings_join(&list, " ");
}

static void images_are_found_where_the_file_says(void **state)
{
	static const struct {
		const char *name;
		bool push;
		const char *places;
	} cases[] = {
		{ "other.example/x:1", false, "other.example/x:1" },
		{ "debian", false, "mirror.example.net:5000/hub/library/debian:latest! "
				   "tags.example.net/library/debian:latest "
				   "docker.io/library/debian:latest" },
		{ "a/b@" DIGEST, false, "mirror.example.net:5000/hub/a/b@" DIGEST "! "
				      "digests.example.net/a/b@" DIGEST " docker.io/a/b@" DIGEST },
		{ "debian", true, "docker.io/library/debian:latest" },
		{ "secret", false, NULL },
		{ "secret/x", false, "mirror.example.net:5000/hub/secret/x:latest! "
				     "tags.example.net/secret/x:latest docker.io/secret/x:latest" },
		{ "secretive", true, "docker.io/library/secretive:latest" },
		{ "a.wild.example/x", false, "one.example/all/x:latest" },
		{ "a.b.wild.example/x/y:2", true, "one.example/all/x/y:2" },
		{ "wild.example/x", false, "wild.example/x:latest" },
		{ "a.wild.example:5000/x", false, "a.wild.example:5000/x:latest" },
		{ "nowild.example/x", false, "nowild.example/x:latest" },
		{ "deep.wild.example/x", false, "deep.wild.example/x:latest!" },
		{ "moved.example/a/c:3", false, "there.example/b/c:3" },
		{ "moved.example/a:3", true, "there.example/b:3" },
		{ "moved.example/a@" DIGEST, false, "m.example/z@" DIGEST " there.example/b@" DIGEST },
		{ "moved.example/abc", false, "moved.example/abc:latest" },
		{ "moved.example:5000/a", false, "moved.example:5000/a:latest" },
	};
	auto_release(registries) struct registries registries = { 0 };
	auto_error err = { 0 };

	assert_int_equal(read_text(state, everything, &registries, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(reference) struct reference reference = { 0 };
		auto_release(registry_endpoints) struct registry_endpoints endpoints = { 0 };
		auto_free char *found = NULL;
		auto_error problem = { 0 };
		int result;

		print_message("# %s\n", cases[i].name);
		assert_int_equal(reference_parse(cases[i].name, &reference, &problem), 0);
		result = registries_find(&registries, &reference,
					 cases[i].push ? REGISTRY_FOR_PUSH : REGISTRY_FOR_PULL,
					 &endpoints, &problem);
		if (!cases[i].places) {
			assert_int_equal(result, -1);
			assert_non_null(strstr(problem.message, "is blocked in"));
			assert_non_null(strstr(problem.message, "conf:13"));
			continue;
		}
		if (result < 0)
			fail_msg("%s", problem.message);
		found = places(&endpoints);
		assert_string_equal(found, cases[i].places);
	}
}

static void a_place_without_host_is_none(void **state)
{
	auto_release(registries) struct registries registries = { 0 };
	auto_release(reference) struct reference reference = { 0 };
	struct registry_endpoints endpoints = { 0 };
	auto_error err = { 0 };

	assert_int_equal(read_text(state, everything, &registries, &err), 0);
	assert_int_equal(reference_parse("whole.example/x", &reference, &err), 0);
	assert_int_equal(registries_find(&registries, &reference, REGISTRY_FOR_PUSH, &endpoints,
					 &err), -1);
	assert_non_null(strstr(err.message, "which is no host with a path"));
}

static void short_names_stand_for_full_ones(void **state)
{
	static const struct {
		const char *name, *names;
	} cases[] = {
		{ "mine", "registry.example.com/team/mine" },
		{ "mine:2@" DIGEST, "registry.example.com/team/mine:2@" DIGEST },
		{ "team/tool:1", "quay.io/team/tool:1" },
		{ "debian:12", "debian:12 registry.example.com/debian:12" },
		{ "localhost/x", "localhost/x" },
		{ "host.example/mine", "host.example/mine" },
		{ "host:5000/mine", "host:5000/mine" },
	};
	auto_release(registries) struct registries registries = { 0 };
	auto_release(strings) struct strings names = { 0 };
	auto_error err = { 0 };

	assert_int_equal(registries_complete(&registries, "mine", &names, &err), 0);
	assert_int_equal(names.count, 1);
	assert_string_equal(names.items[0], "mine");
	assert_int_equal(read_text(state, everything, &registries, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *line = NULL;

		assert_int_equal(registries_complete(&registries, cases[i].name, &names, &err), 0);
		line = strings_join(&names, " ");
		assert_string_equal(line, cases[i].names);
	}
	assert_int_equal(read_text(state, "short-name-mode = 'enforcing'", &registries, &err), 0);
	assert_int_equal(registries_complete(&registries, "mine", &names, &err), 0);
	assert_int_equal(registries_complete(&registries, "debian", &names, &err), -1);
	assert_non_null(strstr(err.message, "docker.io, registry.example.com"));
	assert_non_null(strstr(err.message, "/conf; give the full name"));
}

static void later_files_lie_over_earlier_ones(void **state)
{
	auto_release(registries) struct registries registries = { 0 };
	auto_release(strings) struct strings names = { 0 };
	auto_error err = { 0 };

	assert_int_equal(read_text(state, everything, &registries, &err), 0);
	assert_int_equal(read_text(state, "unqualified-search-registries = ['quay.io']\n"
					  "[[registry]]\nprefix = 'docker.io/library/secret'\n"
					  "[aliases]\nmine = ''\nnew = 'quay.io/new'\n",
				   &registries, &err), 0);
	assert_int_equal(registries.rule_count, 6);
	assert_false(registries.rules[1].blocked);
	assert_int_equal(registries_complete(&registries, "mine", &names, &err), 0);
	assert_string_equal(names.items[0], "quay.io/mine");
	assert_int_equal(registries_complete(&registries, "new:1", &names, &err), 0);
	assert_string_equal(names.items[0], "quay.io/new:1");
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "x = ", "/conf:1: a value" },
		{ "\nunqualified-search-registries = 'docker.io'", "/conf:2: 'unqualified-search" },
		{ "unqualified-search-registries = ['https://x']", "must be a list of host names" },
		{ "short-name-mode = 'maybe'", "/conf:1: 'short-name-mode' must be one of" },
		{ "[registry]\nlocation = 'x'", "/conf:1: 'registry' must be a list" },
		{ "\n\n[[registry]]\n", "/conf:3: a registry has neither prefix nor location" },
		{ "[[registry]]\nlocation = 'x'\ninsecure = 'yes'",
		  "/conf:3: 'insecure' must be true or false" },
		{ "[[registry]]\nlocation = 'https://x'", "/conf:2: 'location' must not have a scheme" },
		{ "[[registry]]\nlocation = '/x'", "/conf:2: 'location' is no host" },
		{ "[[registry]]\nprefix = 'a*.x'\nlocation = 'x'", "/conf:2: 'prefix' may have '*' only" },
		{ "[[registry]]\nprefix = '*.x/y'\nlocation = 'x'", "/conf:2: 'prefix' may have '*' only" },
		{ "[[registry]]\nlocation = 'x'\n[[registry.mirror]]\ninsecure = true",
		  "/conf:3: a mirror has no location" },
		{ "[[registry]]\nlocation = 'x'\nmirror-by-digest-only = true\n[[registry.mirror]]\n"
		  "location = 'm'\npull-from-mirror = 'all'", "/conf:6: 'pull-from-mirror' cannot" },
		{ "[aliases]\nx = 1", "/conf:2: 'x' must be a string" },
		{ "[aliases]\nx = 'UPPER'", "/conf:2: 'x' must stand for" },
		{ "[registries.search]\nregistries = ['x']", "/conf:1: it is in the old form" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(registries) struct registries registries = { 0 };
		auto_error err = { 0 };

		if (read_text(state, cases[i].text, &registries, &err) == 0 ||
		    !strstr(err.message, cases[i].message))
			fail_msg("case %zu: %s", i, err.message ? err.message : "it was taken");
	}
}

static void folders_are_searched_and_sorted(void **state)
{
	static const char *const files[][2] = {
		{ "containers/registries.conf", "unqualified-search-registries = ['main.example']" },
		{ "containers/registries.conf.d/10-a.conf", "[aliases]\nx = 'a.example/x'" },
		{ "containers/registries.conf.d/20-b.conf", "[aliases]\nx = 'b.example/x'" },
		{ "containers/registries.conf.d/30.txt", "[aliases]\nx = 'c.example/x'" },
	};
	auto_release(registries) struct registries registries = { 0 };
	auto_release(strings) struct strings names = { 0 };
	auto_error err = { 0 };
	auto_free char *only = xasprintf("%s/only", scratch_path);

	setenv("XDG_CONFIG_HOME", scratch_path, 1);
	setenv("XDG_CACHE_HOME", scratch_path, 1);
	auto_close_fd(&(int){ dir_make(scratch_dir(state), "containers/registries.conf.d", 0700,
				       &err) });
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *folder = xstrndup(files[i][0],
						  (size_t)(strrchr(files[i][0], '/') - files[i][0]));
		auto_fd int dir = dir_open(scratch_dir(state), folder, &err);

		assert_int_equal(file_write(dir, strrchr(files[i][0], '/') + 1, files[i][1],
					    strlen(files[i][1]), 0600, FILE_VOLATILE, &err), 0);
	}
	assert_int_equal(registries_load(&registries, &err), 0);
	assert_int_equal(registries_complete(&registries, "x", &names, &err), 0);
	assert_string_equal(names.items[0], "b.example/x");
	assert_int_equal(registries_complete(&registries, "unknown-name", &names, &err), 0);
	assert_string_equal(names.items[0], "main.example/unknown-name");
	registries_release(&registries);

	setenv("CONTAINERS_REGISTRIES_CONF", only, 1);
	assert_int_equal(registries_load(&registries, &err), -1);
	assert_non_null(strstr(err.message, "CONTAINERS_REGISTRIES_CONF"));
	assert_int_equal(file_write(scratch_dir(state), "only", "", 0, 0600, FILE_VOLATILE, &err), 0);
	assert_int_equal(registries_load(&registries, &err), 0);
	assert_int_equal(registries.search.count + registries.aliases.count, 0);
	unsetenv("CONTAINERS_REGISTRIES_CONF");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_CACHE_HOME");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(images_are_found_where_the_file_says, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(a_place_without_host_is_none, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(short_names_stand_for_full_ones, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(later_files_lie_over_earlier_ones, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(what_is_wrong_is_named_with_its_line, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(folders_are_searched_and_sorted, scratch_make,
						scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
