/* SPDX-License-Identifier: Apache-2.0 */
/* Image indexes that are put together: their text depends on what they hold only. */
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
#include "image/index-edit.h"

DEFINE_AUTO(index_edit, index_edit_free);

#define HEX(c) c c c c c c c c c c c c c c c c
#define DIGEST(c) "sha256:" HEX(c c c c)

static struct digest digest_of(const char *text)
{
	struct digest digest;
	auto_error err = { 0 };

	assert_int_equal(digest_parse(text, &digest, &err), 0);
	return digest;
}

static void add(struct index_edit *edit, const char *digest, const char *architecture)
{
	struct descriptor member = {
		.media_type = (char *)MEDIA_TYPE_OCI_MANIFEST,
		.digest = digest_of(digest),
		.size = 5,
		.platform = { .os = "linux" },
	};
	auto_error err = { 0 };

	memcpy(member.platform.architecture, architecture, strlen(architecture) + 1);
	assert_int_equal(index_edit_add(edit, &member, &err), 0);
}

static void members_come_in_the_order_of_adding(void **state)
{
	auto_of(index_edit) struct index_edit *edit = index_edit_new();
	auto_free char *text = NULL;

	(void)state;
	add(edit, DIGEST("b"), "arm64");
	add(edit, DIGEST("a"), "amd64");
	add(edit, DIGEST("b"), "arm64");
	text = index_edit_text(edit);
	assert_string_equal(text,
		"{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_TYPE_OCI_INDEX "\",\"manifests\":["
		"{\"mediaType\":\"" MEDIA_TYPE_OCI_MANIFEST "\",\"digest\":\"" DIGEST("b")
		"\",\"size\":5,\"platform\":{\"architecture\":\"arm64\",\"os\":\"linux\"}},"
		"{\"mediaType\":\"" MEDIA_TYPE_OCI_MANIFEST "\",\"digest\":\"" DIGEST("a")
		"\",\"size\":5,\"platform\":{\"architecture\":\"amd64\",\"os\":\"linux\"}}]}");
}

static void what_is_said_is_changed_and_the_rest_stays(void **state)
{
	static const char before[] =
		"{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_TYPE_OCI_INDEX "\",\"manifests\":["
		"{\"mediaType\":\"" MEDIA_TYPE_OCI_MANIFEST "\",\"digest\":\"" DIGEST("a")
		"\",\"size\":5,\"platform\":{\"architecture\":\"amd64\",\"os\":\"linux\","
		"\"os.version\":\"1\"},\"urls\":[\"u\"],\"annotations\":{\"z\":\"1\",\"y\":\"2\"}}]}";
	static const char after[] =
		"{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_TYPE_OCI_INDEX "\",\"manifests\":["
		"{\"mediaType\":\"" MEDIA_TYPE_OCI_MANIFEST "\",\"digest\":\"" DIGEST("a")
		"\",\"size\":5,\"platform\":{\"architecture\":\"riscv64\",\"os\":\"linux\","
		"\"os.version\":\"1\",\"os.features\":[\"f\"]},\"urls\":[\"u\"],\"artifactType\":\"a/b\","
		"\"annotations\":{\"a\":\"=\",\"z\":\"3\"}}],\"annotations\":{\"i\":\"1\"}}";
	auto_error err = { 0 };
	auto_of(index_edit) struct index_edit *edit = index_edit_parse(before, strlen(before),
								       &err);
	struct index_changes changes = { .architecture = "riscv64", .artifact_type = "a/b" };
	struct index_changes own = { 0 };
	struct digest member = digest_of(DIGEST("a"));
	struct digest other = digest_of(DIGEST("c"));
	auto_free char *text = NULL;

	(void)state;
	assert_non_null(edit);
	strings_add(&changes.annotations, "z=3");
	strings_add(&changes.annotations, "a==");
	strings_add(&changes.annotations, "y=");
	strings_add(&changes.os_features, "f");
	strings_add(&own.annotations, "i=1");
	assert_int_equal(index_edit_change(edit, &member, &changes, &err), 0);
	assert_int_equal(index_edit_change(edit, NULL, &own, &err), 0);
	assert_int_equal(index_edit_change(edit, &other, &changes, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	text = index_edit_text(edit);
	assert_string_equal(text, after);
	index_changes_release(&changes);
	index_changes_release(&own);
}

static void members_go_and_are_replaced(void **state)
{
	auto_of(index_edit) struct index_edit *edit = index_edit_new();
	struct descriptor to = { .media_type = (char *)MEDIA_TYPE_DOCKER_MANIFEST,
				 .digest = digest_of(DIGEST("c")), .size = 9 };
	struct digest a = digest_of(DIGEST("a"));
	struct digest b = digest_of(DIGEST("b"));
	auto_free char *text = NULL;
	auto_error err = { 0 };

	(void)state;
	add(edit, DIGEST("a"), "amd64");
	add(edit, DIGEST("a"), "arm64");
	add(edit, DIGEST("b"), "arm");
	assert_int_equal(index_edit_count(edit), 3);
	assert_int_equal(index_edit_remove(edit, &a, &err), 0);
	assert_int_equal(index_edit_count(edit), 1);
	assert_int_equal(index_edit_remove(edit, &a, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	index_edit_replace(edit, &b, &to);
	text = index_edit_text(edit);
	assert_non_null(strstr(text, "{\"mediaType\":\"" MEDIA_TYPE_DOCKER_MANIFEST "\",\"digest\":\""
			       DIGEST("c") "\",\"size\":9,\"platform\":{\"architecture\":\"arm\""));
}

static void dockers_form_holds_dockers_manifests_only(void **state)
{
	auto_of(index_edit) struct index_edit *edit = index_edit_new();
	struct descriptor to = { .media_type = (char *)MEDIA_TYPE_DOCKER_MANIFEST,
				 .digest = digest_of(DIGEST("c")), .size = 9 };
	struct digest a = digest_of(DIGEST("a"));
	struct index_changes own = { 0 };
	auto_free char *text = NULL;
	auto_error err = { 0 };

	(void)state;
	strings_add(&own.annotations, "i=1");
	add(edit, DIGEST("a"), "amd64");
	assert_int_equal(index_edit_change(edit, NULL, &own, &err), 0);
	assert_int_equal(index_edit_set_docker(edit, true, &err), -1);
	assert_int_equal(err.kind, ERROR_UNSUPPORTED);
	index_edit_replace(edit, &a, &to);
	error_release(&err);
	assert_int_equal(index_edit_set_docker(edit, true, &err), 0);
	text = index_edit_text(edit);
	assert_non_null(strstr(text, MEDIA_TYPE_DOCKER_INDEX));
	assert_null(strstr(text, "annotations"));
	index_changes_release(&own);
}

static void what_is_no_index_is_refused(void **state)
{
	static const char *const texts[] = {
		"", "[]", "{\"schemaVersion\":2}", "{\"schemaVersion\":2,\"manifests\":{}}",
		"{\"schemaVersion\":2,\"manifests\":[1]}",
		"{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		auto_error err = { 0 };

		print_message("# %s\n", texts[i]);
		assert_null(index_edit_parse(texts[i], strlen(texts[i]), &err));
		assert_non_null(err.message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_come_in_the_order_of_adding),
		cmocka_unit_test(what_is_said_is_changed_and_the_rest_stays),
		cmocka_unit_test(members_go_and_are_replaced),
		cmocka_unit_test(dockers_form_holds_dockers_manifests_only),
		cmocka_unit_test(what_is_no_index_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
