/* SPDX-License-Identifier: Apache-2.0 */
/* Where images are, as podman spells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/error.h"
#include "image/transport-name.h"

static void names_are_taken_apart(void **state)
{
	static const struct {
		const char *text;
		enum transport_kind kind;
		const char *path, *reference;
	} cases[] = {
		{ "debian", TRANSPORT_REGISTRY, "debian", NULL },
		{ "localhost:5000/a:1", TRANSPORT_REGISTRY, "localhost:5000/a:1", NULL },
		{ "docker://debian:12", TRANSPORT_REGISTRY, "debian:12", NULL },
		{ "docker-archive:a.tar", TRANSPORT_DOCKER_ARCHIVE, "a.tar", NULL },
		{ "docker-archive:/a.tar:b/c:1", TRANSPORT_DOCKER_ARCHIVE, "/a.tar", "b/c:1" },
		{ "docker-archive:a.tar:@2", TRANSPORT_DOCKER_ARCHIVE, "a.tar", "@2" },
		{ "oci:dir", TRANSPORT_OCI, "dir", NULL },
		{ "oci:dir:1", TRANSPORT_OCI, "dir", "1" },
		{ "oci:dir:", TRANSPORT_OCI, "dir", NULL },
		{ "oci-archive:a:b", TRANSPORT_OCI_ARCHIVE, "a", "b" },
		{ "dir:/a:b", TRANSPORT_DIR, "/a:b", NULL },
		{ "ocix:1", TRANSPORT_REGISTRY, "ocix:1", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(transport_name) struct transport_name name = { 0 };
		auto_error err = { 0 };

		if (transport_name_parse(cases[i].text, &name, &err) < 0)
			fail_msg("%s: %s", cases[i].text, err.message);
		assert_int_equal(name.kind, cases[i].kind);
		assert_string_equal(name.path, cases[i].path);
		if (cases[i].reference)
			assert_string_equal(name.reference, cases[i].reference);
		else
			assert_null(name.reference);
	}
}

static void incomplete_and_unknown_ones_are_refused(void **state)
{
	static const char *const cases[] = { "oci:", "oci::x", "dir:", "docker-archive:",
					     "containers-storage:a", "docker-daemon:a:b" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(transport_name) struct transport_name name = { 0 };
		auto_error err = { 0 };

		if (transport_name_parse(cases[i], &name, &err) == 0)
			fail_msg("%s is taken", cases[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_taken_apart),
		cmocka_unit_test(incomplete_and_unknown_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
