/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests and indexes; what decodes is chosen from, as a pull would. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "image/manifest.h"
#include "tests/fuzz/fuzz.h"

static void use(const struct manifest *manifest)
{
	struct platform wanted = { .os = "linux", .architecture = "arm", .variant = "v7" };
	auto_error err = { 0 };
	enum layer_compression compression;

	/* R10 holds whatever the input was. */
	if ((manifest->kind == MANIFEST_IMAGE) != (manifest->config.media_type != NULL) ||
	    (manifest->layers && manifest->manifests))
		abort();
	for (size_t i = 0; i < manifest->layer_count; i++) {
		if (strlen(manifest->layers[i].digest.hex) != DIGEST_HEX_SIZE - 1)
			abort();
		(void)layer_media_type_parse(manifest->layers[i].media_type, &compression, &err);
	}
	if (manifest->kind == MANIFEST_INDEX)
		(void)manifest_choose(manifest, &wanted, &err);
}

static void decode(const uint8_t *data, size_t size, const char *media_type)
{
	auto_release(manifest) struct manifest manifest = { 0 };
	auto_error err = { 0 };

	if (manifest_decode((const char *)data, size, media_type, &manifest, &err) == 0)
		use(&manifest);
	else if (!err.message)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode(data, size, NULL);
	decode(data, size, MEDIA_TYPE_OCI_MANIFEST);
	decode(data, size, MEDIA_TYPE_DOCKER_INDEX);
	return 0;
}
