/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests and indexes: what decodes, what is refused (R10), and the choice by platform. */
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
#include "image/manifest.h"

#define HEX16 "0123456789abcdef"
#define DIGEST(c) "sha256:" #c "123456789abcdef" HEX16 HEX16 HEX16
#define DESCRIPTOR(type, c, size) \
	"{\"mediaType\":\"" type "\",\"digest\":\"" DIGEST(c) "\",\"size\":" #size "}"
#define OCI_LAYER "application/vnd.oci.image.layer.v1.tar+gzip"
#define CONFIG "\"config\":" DESCRIPTOR(MEDIA_TYPE_OCI_CONFIG, 0, 7)
#define LAYERS "\"layers\":[" DESCRIPTOR(OCI_LAYER, 1, 100) "]"
#define MANIFESTS "\"manifests\":[" DESCRIPTOR(MEDIA_TYPE_OCI_MANIFEST, 2, 5) "]"
#define V2 "\"schemaVersion\":2"
#define TYPE(type) "\"mediaType\":\"" type "\""

static int decode(const char *text, const char *media_type, struct manifest *manifest,
		  struct error *err)
{
	return manifest_decode(text, strlen(text), media_type, manifest, err);
}

static void manifests_decode(void **state)
{
	static const char text[] =
		"{" V2 "," TYPE(MEDIA_TYPE_OCI_MANIFEST) "," CONFIG ",\"layers\":["
		DESCRIPTOR(OCI_LAYER, 1, 100) ","
		"{\"mediaType\":\"" OCI_LAYER "\",\"digest\":\"" DIGEST(2) "\",\"size\":200,"
		"\"urls\":[\"https://evil.example/\"],\"annotations\":{\"a\":\"b\"}}],"
		"\"annotations\":{\"k\":\"v\"},\"unknown\":{\"x\":[1]}}";
	auto_release(manifest) struct manifest manifest = { 0 };
	auto_error err = { 0 };

	(void)state;
	assert_int_equal(decode(text, MEDIA_TYPE_OCI_MANIFEST, &manifest, &err), 0);
	assert_int_equal(manifest.kind, MANIFEST_IMAGE);
	assert_string_equal(manifest.media_type, MEDIA_TYPE_OCI_MANIFEST);
	assert_int_equal(manifest.config.size, 7);
	assert_int_equal(manifest.layer_count, 2);
	assert_int_equal(manifest.layers[1].size, 200);
	assert_string_equal(manifest.layers[1].digest.hex,
			    "2123456789abcdef" HEX16 HEX16 HEX16);
	assert_string_equal(strings_get_value(&manifest.layers[1].annotations, "a"), "b");
	assert_string_equal(strings_get_value(&manifest.annotations, "k"), "v");
}

static void accepted_documents(void **state)
{
	static const struct {
		const char *text;
		const char *served;
		enum manifest_kind kind;
		const char *media_type;
	} cases[] = {
		{ "{" V2 "," CONFIG "," LAYERS "}", NULL, MANIFEST_IMAGE,
		  MEDIA_TYPE_OCI_MANIFEST },
		{ "{" V2 "," MANIFESTS "}", NULL, MANIFEST_INDEX, MEDIA_TYPE_OCI_INDEX },
		{ "{" V2 "," CONFIG ",\"layers\":[]}", NULL, MANIFEST_IMAGE,
		  MEDIA_TYPE_OCI_MANIFEST },
		{ "{" V2 "," CONFIG "," LAYERS "}", MEDIA_TYPE_DOCKER_MANIFEST, MANIFEST_IMAGE,
		  MEDIA_TYPE_DOCKER_MANIFEST },
		{ "{" V2 "," CONFIG "," LAYERS "}", MEDIA_TYPE_OCI_MANIFEST "; charset=utf-8",
		  MANIFEST_IMAGE, MEDIA_TYPE_OCI_MANIFEST },
		{ "{" V2 "," TYPE(MEDIA_TYPE_DOCKER_INDEX) "," MANIFESTS "}", "text/plain",
		  MANIFEST_INDEX, MEDIA_TYPE_DOCKER_INDEX },
		{ "{" V2 "," TYPE(MEDIA_TYPE_OCI_INDEX) "," MANIFESTS ",\"layers\":null}", "",
		  MANIFEST_INDEX, MEDIA_TYPE_OCI_INDEX },
		{ "{" V2 ",\"manifests\":[]}", MEDIA_TYPE_OCI_INDEX, MANIFEST_INDEX,
		  MEDIA_TYPE_OCI_INDEX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(manifest) struct manifest manifest = { 0 };
		auto_error err = { 0 };

		print_message("# %s\n", cases[i].text);
		assert_int_equal(decode(cases[i].text, cases[i].served, &manifest, &err), 0);
		assert_int_equal(manifest.kind, cases[i].kind);
		assert_string_equal(manifest.media_type, cases[i].media_type);
	}
}

static void refused_documents(void **state)
{
	static const struct {
		const char *text;
		const char *served;
		enum error_kind kind;
		const char *part;	/* of the message */
	} cases[] = {
		{ "", NULL, ERROR_INVALID, "" },
		{ "[]", NULL, ERROR_INVALID, "not a JSON object" },
		{ "2", NULL, ERROR_INVALID, "not a JSON object" },
		{ "{}", NULL, ERROR_INVALID, "schemaVersion" },
		{ "{" V2 "}", NULL, ERROR_INVALID, "" },
		{ "{" V2 "," CONFIG "," LAYERS "} x", NULL, ERROR_INVALID, "" },
		/* CVE-2021-41190 */
		{ "{" V2 "," CONFIG "," LAYERS "," MANIFESTS "}", NULL, ERROR_INVALID, "both" },
		{ "{" V2 "," LAYERS "," MANIFESTS "}", MEDIA_TYPE_OCI_INDEX, ERROR_INVALID,
		  "both" },
		{ "{" V2 "," MANIFESTS "," CONFIG "}", NULL, ERROR_INVALID, "both" },
		{ "{" V2 "," CONFIG "," LAYERS ",\"layers\":[]}", NULL, ERROR_INVALID,
		  "duplicate" },
		{ "{" V2 "," TYPE(MEDIA_TYPE_OCI_MANIFEST) "," CONFIG "," LAYERS "}",
		  MEDIA_TYPE_OCI_INDEX, ERROR_INVALID, "came as" },
		{ "{" V2 "," CONFIG "," LAYERS "}", MEDIA_TYPE_OCI_INDEX, ERROR_INVALID,
		  "an index with" },
		{ "{" V2 "," TYPE(MEDIA_TYPE_OCI_MANIFEST) "," MANIFESTS "}", NULL,
		  ERROR_INVALID, "image manifest with manifests" },
		{ "{" V2 ",\"mediaType\":7," CONFIG "," LAYERS "}", NULL, ERROR_INVALID,
		  "mediaType" },
		{ "{" V2 "," CONFIG "," LAYERS ",\"fsLayers\":[]}", NULL, ERROR_INVALID,
		  "schema 1" },
		/* Schema 1, by name */
		{ "{\"schemaVersion\":1,\"fsLayers\":[]}", NULL, ERROR_UNSUPPORTED, "schema 1" },
		{ "{" V2 "," CONFIG "," LAYERS "}",
		  "application/vnd.docker.distribution.manifest.v1+prettyjws", ERROR_UNSUPPORTED,
		  "schema 1" },
		{ "{\"schemaVersion\":3}", NULL, ERROR_UNSUPPORTED, "schemaVersion 3" },
		{ "{\"schemaVersion\":\"2\"}", NULL, ERROR_INVALID, "schemaVersion" },
		/* Not images */
		{ "{" V2 "," CONFIG "," LAYERS "}", "text/html", ERROR_UNSUPPORTED, "text/html" },
		{ "{" V2 ",\"config\":" DESCRIPTOR("application/vnd.oci.empty.v1+json", 0, 2) ","
		  LAYERS "}", NULL, ERROR_UNSUPPORTED, "not a container image" },
		/* Descriptors */
		{ "{" V2 "," CONFIG ",\"layers\":{}}", NULL, ERROR_INVALID, "layers" },
		{ "{" V2 "," LAYERS "}", NULL, ERROR_INVALID, "config" },
		{ "{" V2 "," CONFIG ",\"layers\":[7]}", NULL, ERROR_INVALID, "layers[0]" },
		{ "{" V2 "," CONFIG ",\"layers\":[" DESCRIPTOR(OCI_LAYER, 1, -1) "]}", NULL,
		  ERROR_INVALID, "negative size" },
		{ "{" V2 "," CONFIG ",\"layers\":[" DESCRIPTOR(OCI_LAYER, 1, 1e3) "]}", NULL,
		  ERROR_INVALID, "layers[0]" },
		{ "{" V2 "," CONFIG ",\"layers\":[" DESCRIPTOR(OCI_LAYER, 1, 9223372036854775808)
		  "]}", NULL, ERROR_INVALID, "" },
		{ "{" V2 "," CONFIG ",\"layers\":[" DESCRIPTOR(OCI_LAYER, X, 1) "]}", NULL,
		  ERROR_INVALID, "invalid digest" },
		{ "{" V2 "," CONFIG ",\"layers\":[" DESCRIPTOR("a\\u001bb", 1, 1) "]}", NULL,
		  ERROR_INVALID, "invalid mediaType" },
		{ "{" V2 "," CONFIG ",\"layers\":[" DESCRIPTOR("", 1, 1) "]}", NULL,
		  ERROR_INVALID, "invalid mediaType" },
		{ "{" V2 "," CONFIG ",\"layers\":[{\"mediaType\":\"a/b\",\"digest\":\"" DIGEST(1)
		  "\"}]}", NULL, ERROR_INVALID, "size" },
		{ "{" V2 "," CONFIG "," LAYERS ",\"annotations\":{\"a\":1}}", NULL, ERROR_INVALID,
		  "annotations" },
		{ "{" V2 ",\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"" DIGEST(1)
		  "\",\"size\":1,\"platform\":{\"os\":\"li nux\"}}]}", NULL, ERROR_INVALID, "os" },
		{ "{" V2 ",\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"" DIGEST(1)
		  "\",\"size\":1,\"platform\":{\"architecture\":"
		  "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}}]}", NULL, ERROR_INVALID,
		  "architecture" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(manifest) struct manifest manifest = { 0 };
		auto_error err = { 0 };

		print_message("# %s\n", cases[i].text);
		assert_int_equal(decode(cases[i].text, cases[i].served, &manifest, &err), -1);
		print_message("#   %s\n", err.message);
		assert_int_equal(err.kind, cases[i].kind);
		assert_non_null(strstr(err.message, cases[i].part));
		assert_null(manifest.media_type);
	}
}

static void add_list(struct buffer *text, const char *item, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buffer_printf(text, "%s%s", i ? "," : "", item);
}

static void counts_and_sizes_are_bounded(void **state)
{
	auto_release(buffer) struct buffer text = { 0 };
	auto_release(manifest) struct manifest manifest = { 0 };
	auto_error err = { 0 };

	(void)state;
	buffer_puts(&text, "{" V2 "," CONFIG ",\"layers\":[");
	add_list(&text, DESCRIPTOR(OCI_LAYER, 1, 1), MANIFEST_LAYERS_MAX);
	buffer_puts(&text, "]}");
	assert_int_equal(decode(text.data, NULL, &manifest, &err), 0);
	assert_int_equal(manifest.layer_count, MANIFEST_LAYERS_MAX);

	manifest_release(&manifest);
	buffer_clear(&text);
	buffer_puts(&text, "{" V2 "," CONFIG ",\"layers\":[");
	add_list(&text, DESCRIPTOR(OCI_LAYER, 1, 1), MANIFEST_LAYERS_MAX + 1);
	buffer_puts(&text, "]}");
	assert_int_equal(decode(text.data, NULL, &manifest, &err), -1);
	assert_non_null(strstr(err.message, "more than 500 layers"));

	buffer_clear(&text);
	buffer_puts(&text, "{" V2 ",\"manifests\":[");
	add_list(&text, "0", INDEX_MANIFESTS_MAX + 1);
	buffer_puts(&text, "]}");
	assert_int_equal(decode(text.data, NULL, &manifest, &err), -1);
	assert_non_null(strstr(err.message, "more than 10000 manifests"));

	buffer_clear(&text);
	buffer_puts(&text, "{" V2 "," CONFIG "," LAYERS "}");
	while (text.size <= MANIFEST_SIZE_MAX)
		buffer_puts(&text, "                                                ");
	assert_int_equal(decode(text.data, NULL, &manifest, &err), -1);
	assert_non_null(strstr(err.message, "larger than"));
}

#define OFFER_TYPED(type, c, platform) \
	"{\"mediaType\":\"" type "\",\"digest\":\"" DIGEST(c) "\",\"size\":1" platform "}"
#define OFFER(c, platform) OFFER_TYPED(MEDIA_TYPE_OCI_MANIFEST, c, platform)
#define ON(os, arch) ",\"platform\":{\"os\":\"" os "\",\"architecture\":\"" arch "\"}"
#define ON_VARIANT(os, arch, variant) ",\"platform\":{\"os\":\"" os "\",\"architecture\":\"" \
	arch "\",\"variant\":\"" variant "\"}"

static void the_best_platform_is_chosen(void **state)
{
	static const struct {
		const char *manifests;
		const char *wanted;
		char first_digit;	/* of the digest; 0: none */
		const char *part;
	} cases[] = {
		{ OFFER(1, ON("linux", "arm64")) "," OFFER(2, ON("linux", "amd64")),
		  "linux/amd64", '2', NULL },
		{ OFFER(1, ON_VARIANT("linux", "arm", "v5")) ","
		  OFFER(2, ON_VARIANT("linux", "arm", "v7")) ","
		  OFFER(3, ON_VARIANT("linux", "arm", "v6")), "linux/arm/v7", '2', NULL },
		{ OFFER(1, ON("linux", "amd64")) "," OFFER(2, ON("linux", "amd64")),
		  "linux/amd64", '1', NULL },
		{ OFFER(1, ON("windows", "amd64")) "," OFFER(2, ON("unknown", "unknown")),
		  "linux/amd64", 0,
		  "no matching manifest for linux/amd64 in the manifest list entries; "
		  "it offers windows/amd64" },
		{ OFFER(1, ""), "linux/amd64", '1', NULL },
		{ OFFER(1, "") "," OFFER(2, ""), "linux/amd64", 0, "it offers none" },
		{ OFFER(1, "") "," OFFER_TYPED("application/x", 2, ""), "linux/amd64", '1', NULL },
		{ OFFER(1, "") "," OFFER(2, ON("linux", "386")), "linux/amd64", '2', NULL },
		{ OFFER(1, ON("linux", "s390x")), "linux/amd64", 0, "linux/s390x" },
		{ "", "linux/amd64", 0, "it offers none" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(manifest) struct manifest index = { 0 };
		auto_free char *text = xasprintf("{" V2 ",\"manifests\":[%s]}",
						 cases[i].manifests);
		const struct descriptor *chosen;
		struct platform wanted;
		auto_error err = { 0 };

		print_message("# %s from %s\n", cases[i].wanted, text);
		assert_int_equal(decode(text, MEDIA_TYPE_OCI_INDEX, &index, &err), 0);
		assert_int_equal(platform_parse(cases[i].wanted, &wanted, &err), 0);
		chosen = manifest_choose(&index, &wanted, &err);
		if (cases[i].first_digit) {
			assert_non_null(chosen);
			assert_int_equal(chosen->digest.hex[0], cases[i].first_digit);
			continue;
		}
		assert_null(chosen);
		assert_int_equal(err.kind, ERROR_NOT_FOUND);
		assert_non_null(strstr(err.message, cases[i].part));
	}
}

static void layer_types_tell_the_compression(void **state)
{
	static const struct {
		const char *media_type;
		int compression;	/* -1: refused */
	} cases[] = {
		{ OCI_LAYER, LAYER_GZIP },
		{ "application/vnd.oci.image.layer.v1.tar", LAYER_PLAIN },
		{ "application/vnd.oci.image.layer.v1.tar+zstd", LAYER_ZSTD },
		{ "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", LAYER_GZIP },
		{ "application/vnd.docker.image.rootfs.diff.tar.gzip", LAYER_GZIP },
		{ "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", LAYER_GZIP },
		{ "application/vnd.oci.image.layer.v1.tar+gzip+encrypted", -1 },
		{ "application/vnd.oci.image.layer.v1.tar+xz", -1 },
		{ "application/octet-stream", -1 },
		{ "", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum layer_compression compression = LAYER_PLAIN;
		auto_error err = { 0 };
		int result = layer_media_type_parse(cases[i].media_type, &compression, &err);

		print_message("# %s\n", cases[i].media_type);
		if (cases[i].compression < 0) {
			assert_int_equal(result, -1);
			assert_int_equal(err.kind, ERROR_UNSUPPORTED);
		} else {
			assert_int_equal(result, 0);
			assert_int_equal(compression, cases[i].compression);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(manifests_decode),
		cmocka_unit_test(accepted_documents),
		cmocka_unit_test(refused_documents),
		cmocka_unit_test(counts_and_sizes_are_bounded),
		cmocka_unit_test(the_best_platform_is_chosen),
		cmocka_unit_test(layer_types_tell_the_compression),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
