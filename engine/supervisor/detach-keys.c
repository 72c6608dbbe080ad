/* SPDX-License-Identifier: Apache-2.0 */
/* See detach-keys.h. */
#include "engine/supervisor/detach-keys.h"

#include <string.h>

/* How many of the held back keys and `byte` behind them still begin the sequence: the longest
 * end of them that is a beginning of the keys. */
static unsigned int still_matched(const struct detach_matcher *matcher, uint8_t byte)
{
	uint8_t held[DETACH_KEYS_MAX + 1];
	unsigned int length = matcher->matched + 1;

	memcpy(held, matcher->keys, matcher->matched);
	held[matcher->matched] = byte;
	for (unsigned int skip = 0; skip < length; skip++)
		if (memcmp(held + skip, matcher->keys, length - skip) == 0)
			return length - skip;
	return 0;
}

bool detach_matcher_filter(struct detach_matcher *matcher, const uint8_t *data, size_t size,
			   uint8_t *out, size_t *ret_size)
{
	size_t put = 0;

	for (size_t i = 0; i < size; i++) {
		unsigned int now = matcher->count ? still_matched(matcher, data[i]) : 0;
		unsigned int released = matcher->matched + 1 - now;

		/* The oldest of what was held back cannot begin the keys any more. */
		for (unsigned int j = 0; j < released; j++)
			out[put++] = j < matcher->matched ? matcher->keys[j] : data[i];
		matcher->matched = now;
		if (matcher->count && now == matcher->count) {
			matcher->matched = 0;
			*ret_size = put;
			return true;
		}
	}
	*ret_size = put;
	return false;
}
