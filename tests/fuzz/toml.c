/* SPDX-License-Identifier: Apache-2.0 */
/* TOML documents: what is taken can be written as JSON again. */
#include <stdlib.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/toml.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_error err = { 0 };
	auto_json json_t *json = toml_parse((const char *)data, size, "fuzz", &err);
	auto_free char *text = json ? json_text(json) : NULL;

	if (!json && err.kind != ERROR_INVALID)
		abort();
	if (text && text[0] != '{')
		abort();
	return 0;
}
