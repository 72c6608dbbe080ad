/* SPDX-License-Identifier: Apache-2.0 */
/* Image configs: what decodes keeps what the rest of the program relies on. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "image/config.h"
#include "image/manifest.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_release(image_config) struct image_config config = { 0 };
	auto_error err = { 0 };

	if (image_config_decode((const char *)data, size, &config, &err) < 0) {
		if (!err.message)
			abort();
		return 0;
	}
	if (config.diff_id_count > MANIFEST_LAYERS_MAX)
		abort();
	for (size_t i = 0; i < config.env.count; i++)
		if (!strchr(config.env.items[i], '='))
			abort();
	return 0;
}
