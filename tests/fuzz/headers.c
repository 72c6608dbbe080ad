/* SPDX-License-Identifier: Apache-2.0 */
/* Header values that decide how a transfer goes on: ranges and links make sense, or are none. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "registry/headers.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *value = xstrndup((const char *)data, size);
	auto_free char *next = link_find_next(value);
	uint64_t first, total;

	if (next && (!*next || strlen(next) + 2 > strlen(value)))
		abort();
	if (content_range_parse(value, &first, &total) && first >= total)
		abort();
	if (etag_is_strong(value) && strpbrk(value, "\r\n"))
		abort();
	retry_after_parse(value, 0);
	return 0;
}
