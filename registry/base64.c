/* SPDX-License-Identifier: Apache-2.0 */
/* Memory is taken once and at its full size: no copy of a secret stays behind in what was freed. */
#include "registry/base64.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	char *text = xmalloc((size + 2) / 3 * 4 + 1);
	char *out = text;

	for (size_t i = 0; i < size; i += 3) {
		size_t left = size - i;
		uint32_t bits = (uint32_t)bytes[i] << 16;

		if (left > 1)
			bits |= (uint32_t)bytes[i + 1] << 8;
		if (left > 2)
			bits |= bytes[i + 2];
		*out++ = alphabet[bits >> 18];
		*out++ = alphabet[bits >> 12 & 63];
		*out++ = left > 1 ? alphabet[bits >> 6 & 63] : '=';
		*out++ = left > 2 ? alphabet[bits & 63] : '=';
	}
	*out = '\0';
	return text;
}

static int digit_value(char c)
{
	const char *found = c ? strchr(alphabet, c) : NULL;

	if (c == '-')
		return 62;
	if (c == '_')
		return 63;
	return found ? (int)(found - alphabet) : -1;
}

void *base64_decode(const char *text, size_t *ret_size)
{
	size_t length = strlen(text);
	unsigned char *bytes = xmalloc(length + 1);
	unsigned int bit_count = 0;
	size_t size = 0;
	uint32_t bits = 0;

	while (length > 0 && strchr("=\r\n", text[length - 1]))
		length--;
	for (size_t i = 0; i < length; i++) {
		int value = digit_value(text[i]);

		if (text[i] == '\r' || text[i] == '\n')
			continue;
		if (value < 0) {
			explicit_bzero(bytes, size);
			free(bytes);
			return NULL;
		}
		bits = bits << 6 | (uint32_t)value;
		bit_count += 6;
		if (bit_count < 8)
			continue;
		bit_count -= 8;
		bytes[size++] = (unsigned char)(bits >> bit_count);
	}
	bytes[size] = '\0';
	*ret_size = size;
	return bytes;
}
