/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: whatever the text, a tree that can be run and freed or an error, and bounded output. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/template.h"
#include "tests/fuzz/fuzz.h"

#define OUTPUT_MAX ((size_t)64 << 20)

DEFINE_AUTO(template, template_free);

static json_t *make_value(void)
{
	return json_pack("{s:s, s:i, s:f, s:b, s:n, s:[s, s, i], s:{s:{s:s, s:s}}, s:[{s:i}, {s:i}], s:s}",
			 "S", "text", "I", 7, "F", 1.5, "T", 1, "N", "L", "a", "b", 3,
			 "Config", "Labels", "a", "1", "b.c", "x", "R", "K", 1, "K", 2,
			 "Labels", "a=1,b=2");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	auto_error err = { 0 };
	auto_of(template) struct template *template = template_parse(text, &err);
	auto_release(buffer) struct buffer output = { 0 };
	auto_json json_t *value = make_value();

	if (template && template_execute(template, value, &output, &err) == 0) {
		if (!output.data || output.size > OUTPUT_MAX)
			abort();
	} else if (err.kind == ERROR_NONE || !err.message) {
		abort();
	}
	return 0;
}
