/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests of artifacts: what is read, what is refused, and names for hostile titles. */
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
#include "image/artifact.h"

#define HEX EMPTY_CONFIG_HEX
#define CONFIG(type) "\"config\":{\"mediaType\":\"" type "\",\"digest\":\"sha256:" HEX "\",\"size\":2}"
#define LAYER(type) "{\"mediaType\":\"" type "\",\"digest\":\"sha256:" HEX "\",\"size\":7," \
	"\"annotations\":{\"" ARTIFACT_TITLE "\":\"a.txt\"}}"

static void the_type_is_told_or_the_configs(void **state)
{
	static const struct {
		const char *text, *type;
	} cases[] = {
		{ "{\"schemaVersion\":2,\"artifactType\":\"a/b\"," CONFIG("c/d") "}", "a/b" },
		{ "{\"schemaVersion\":2,\"artifactType\":\"\"," CONFIG("c/d") "}", "c/d" },
		{ "{\"schemaVersion\":2," CONFIG("c/d") ",\"layers\":[]}", "c/d" },
		{ "{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_TYPE_OCI_MANIFEST "\"," CONFIG("c/d")
		  "}", "c/d" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(artifact) struct artifact artifact = { 0 };
		auto_error err = { 0 };

		print_message("# %s\n", cases[i].text);
		assert_int_equal(artifact_decode(cases[i].text, strlen(cases[i].text), NULL,
						 &artifact, &err), 0);
		assert_string_equal(artifact.type, cases[i].type);
		assert_string_equal(artifact.media_type, MEDIA_TYPE_OCI_MANIFEST);
		assert_false(artifact_is_image(&artifact));
	}
}

static void what_is_no_manifest_is_refused(void **state)
{
	static const struct {
		const char *text, *served, *why;
	} cases[] = {
		{ "[]", NULL, "not a manifest" },
		{ "{\"manifests\":[]}", NULL, "not a manifest" },
		{ "{\"fsLayers\":[]," CONFIG("c/d") "}", NULL, "not a manifest" },
		{ "{" CONFIG("c/d") "}", MEDIA_TYPE_OCI_INDEX, "is no manifest" },
		{ "{\"mediaType\":\"" MEDIA_TYPE_DOCKER_MANIFEST "\"," CONFIG("c/d") "}",
		  MEDIA_TYPE_OCI_MANIFEST, "something else than it came as" },
		{ "{}", NULL, "config" },
		{ "{" CONFIG("c/d") ",\"layers\":{}}", NULL, "layers is not a list" },
		{ "{" CONFIG("c/d") ",\"layers\":[{}]}", NULL, "layers[0]" },
		{ "{" CONFIG("c/d") ",\"subject\":{\"mediaType\":\"a/b\"}}", NULL, "subject" },
		{ "{" CONFIG("c/d") ",\"annotations\":{\"a\":1}}", NULL, "annotations" },
		{ "{" CONFIG("c/d") "," CONFIG("c/d") "}", NULL, "duplicate" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(artifact) struct artifact artifact = { 0 };
		auto_error err = { 0 };

		print_message("# %s\n", cases[i].text);
		assert_int_equal(artifact_decode(cases[i].text, strlen(cases[i].text),
						 cases[i].served, &artifact, &err), -1);
		print_message("# %s\n", err.message);
		assert_non_null(strstr(err.message, cases[i].why));
	}
}

static void what_is_encoded_is_decoded(void **state)
{
	static const char text[] = "{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_TYPE_OCI_MANIFEST
		"\",\"artifactType\":\"a/b\"," CONFIG(MEDIA_TYPE_EMPTY) ",\"layers\":["
		LAYER("text/plain; charset=utf-8") "],\"subject\":{\"mediaType\":\"x/y\",\"digest\":"
		"\"sha256:" HEX "\",\"size\":3},\"annotations\":{\"a\":\"1\",\"b\":\"2\"}}";
	auto_release(artifact) struct artifact artifact = { 0 };
	auto_free char *again = NULL;
	auto_error err = { 0 };

	(void)state;
	assert_int_equal(artifact_decode(text, strlen(text), NULL, &artifact, &err), 0);
	assert_int_equal(artifact.file_count, 1);
	assert_ptr_equal(artifact_find_title(&artifact, "a.txt"), &artifact.files[0]);
	assert_ptr_equal(artifact_find_digest(&artifact, &artifact.config.digest),
			 &artifact.files[0]);
	assert_null(artifact_find_title(&artifact, "b"));
	again = artifact_encode(&artifact);
	assert_string_equal(again, text);
}

static void annotations_are_sorted(void **state)
{
	auto_release(artifact) struct artifact artifact = { 0 };
	auto_free char *text = NULL;

	(void)state;
	artifact.type = xstrdup("a/b");
	artifact_set_empty_config(&artifact);
	strings_add(&artifact.annotations, "b=2");
	strings_add(&artifact.annotations, "a=1");
	text = artifact_encode(&artifact);
	assert_non_null(strstr(text, "{\"a\":\"1\",\"b\":\"2\"}"));
}

static void only_plain_titles_are_file_names(void **state)
{
	static const struct {
		const char *title;
		bool used;
	} cases[] = {
		{ "a.txt", true }, { "a b", true }, { "...", true }, { ".hidden", true },
		{ "\xc3\xa4", true }, { "", false }, { ".", false }, { "..", false },
		{ "/etc/passwd", false }, { "a/b", false }, { "../a", false }, { "a/", false },
		{ "a\nb", false }, { "a\x1b[31m", false }, { "\xff", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(descriptor) struct descriptor file = { .digest.hex = HEX };

		print_message("# '%s'\n", cases[i].title);
		strings_set_value(&file.annotations, ARTIFACT_TITLE, cases[i].title);
		assert_string_equal(artifact_file_name(&file),
				    cases[i].used ? cases[i].title : HEX);
	}
}

static void a_title_that_is_too_long_is_none(void **state)
{
	auto_release(descriptor) struct descriptor file = { .digest.hex = HEX };
	char title[300];

	(void)state;
	memset(title, 'a', sizeof(title));
	title[256] = '\0';
	strings_set_value(&file.annotations, ARTIFACT_TITLE, title);
	assert_string_equal(artifact_file_name(&file), HEX);
	title[255] = '\0';
	strings_set_value(&file.annotations, ARTIFACT_TITLE, title);
	assert_string_equal(artifact_file_name(&file), title);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_type_is_told_or_the_configs),
		cmocka_unit_test(what_is_no_manifest_is_refused),
		cmocka_unit_test(what_is_encoded_is_decoded),
		cmocka_unit_test(annotations_are_sorted),
		cmocka_unit_test(only_plain_titles_are_file_names),
		cmocka_unit_test(a_title_that_is_too_long_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
