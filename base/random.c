/* SPDX-License-Identifier: Apache-2.0 */
/* Randomness from the kernel. It cannot fail for us: the pool is ready long before we run. */
#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

static void fill(unsigned char *data, size_t size)
{
	while (size > 0) {
		ssize_t got = getrandom(data, size, 0);

		if (got < 0 && errno != EINTR)
			abort();
		if (got > 0) {
			data += got;
			size -= (size_t)got;
		}
	}
}

void random_hex(char *ret_text, size_t digits)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char bytes[32];

	for (size_t i = 0; i < digits; i++) {
		if (i % (2 * sizeof(bytes)) == 0)
			fill(bytes, sizeof(bytes));
		unsigned char byte = bytes[i / 2 % sizeof(bytes)];

		ret_text[i] = hex[i % 2 ? byte & 15 : byte >> 4];
	}
	ret_text[digits] = '\0';
}

uint32_t random_u32(void)
{
	uint32_t value;

	fill((unsigned char *)&value, sizeof(value));
	return value;
}
