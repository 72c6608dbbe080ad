/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests with other layers: what changes, and what stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "image/manifest-layers.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define ONES "1111111111111111111111111111111111111111111111111111111111111111"
#define TWOS "2222222222222222222222222222222222222222222222222222222222222222"

static const char original[] =
	"{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_TYPE_OCI_MANIFEST "\","
	"\"config\":{\"mediaType\":\"" MEDIA_TYPE_OCI_CONFIG "\",\"digest\":\"sha256:" ZEROS
	"\",\"size\":10},\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\","
	"\"digest\":\"sha256:" ONES "\",\"size\":100,\"urls\":[\"http://x/\"],"
	"\"annotations\":{\"io.github.containers.zstd-chunked.manifest-position\":\"1\","
	"\"a\":\"b\"}}],\"annotations\":{\"c\":\"d\"},\"more\":[1]}";

static void layers_change_and_the_rest_stays(void **state)
{
	struct descriptor layer = {
		.media_type = (char *)layer_media_type(MANIFEST_OCI, LAYER_ZSTD),
		.digest = { TWOS },
		.size = 50,
	};
	auto_release(manifest) struct manifest manifest = { 0 };
	auto_error err = { 0 };
	auto_free char *text = NULL;

	(void)state;
	text = manifest_with_layers(original, strlen(original), MANIFEST_OCI, &layer, 1, &err);
	assert_non_null(text);
	assert_non_null(strstr(text, "\"annotations\":{\"a\":\"b\"}"));
	assert_non_null(strstr(text, "\"annotations\":{\"c\":\"d\"},\"more\":[1]"));
	assert_null(strstr(text, "urls"));
	assert_int_equal(manifest_decode(text, strlen(text), MEDIA_TYPE_OCI_MANIFEST, &manifest,
					 &err), 0);
	assert_string_equal(manifest.config.digest.hex, ZEROS);
	assert_string_equal(manifest.layers[0].digest.hex, TWOS);
	assert_int_equal(manifest.layers[0].size, 50);
	assert_string_equal(manifest.layers[0].media_type,
			    "application/vnd.oci.image.layer.v1.tar+zstd");
}

static void the_family_changes_with_its_types(void **state)
{
	struct descriptor layer = {
		.media_type = (char *)layer_media_type(MANIFEST_DOCKER, LAYER_GZIP),
		.digest = { TWOS },
		.size = 50,
	};
	auto_release(manifest) struct manifest manifest = { 0 };
	auto_error err = { 0 };
	auto_free char *text = NULL;

	(void)state;
	text = manifest_with_layers(original, strlen(original), MANIFEST_DOCKER, &layer, 1, &err);
	assert_non_null(text);
	assert_int_equal(manifest_decode(text, strlen(text), NULL, &manifest, &err), 0);
	assert_string_equal(manifest.media_type, MEDIA_TYPE_DOCKER_MANIFEST);
	assert_int_equal(manifest_family_of(manifest.media_type), MANIFEST_DOCKER);
	assert_string_equal(manifest.config.media_type, MEDIA_TYPE_DOCKER_CONFIG);
	assert_null(layer_media_type(MANIFEST_DOCKER, LAYER_ZSTD));
}

static void another_number_of_layers_is_refused(void **state)
{
	auto_error err = { 0 };

	(void)state;
	assert_null(manifest_with_layers(original, strlen(original), MANIFEST_OCI, NULL, 0, &err));
	assert_int_equal(err.kind, ERROR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layers_change_and_the_rest_stays),
		cmocka_unit_test(the_family_changes_with_its_types),
		cmocka_unit_test(another_number_of_layers_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
