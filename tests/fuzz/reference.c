/* SPDX-License-Identifier: Apache-2.0 */
/* References: what was parsed must, written in full, parse to the same again. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "image/reference.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	auto_release(reference) struct reference reference = { 0 };
	auto_release(reference) struct reference again = { 0 };
	auto_free char *full = NULL;
	auto_free char *familiar = NULL;
	auto_free char *full_again = NULL;
	auto_error err = { 0 };

	if (reference_parse(text, &reference, &err) < 0)
		return 0;
	full = reference_full(&reference);
	familiar = reference_familiar(&reference);
	if (reference_parse(full, &again, &err) < 0)
		abort();
	full_again = reference_full(&again);
	if (strcmp(full, full_again) != 0)
		abort();
	reference_release(&again);
	/* "library/HEX" is short for 64 digits that are an ID when they stand alone. */
	if (reference_parse(familiar, &again, &err) < 0 && !strstr(full, "/library/"))
		abort();
	return 0;
}
