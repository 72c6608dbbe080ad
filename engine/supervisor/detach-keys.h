/* SPDX-License-Identifier: Apache-2.0 */
/* Recognising the detach keys in a stream of input. */
#ifndef ENGINE_SUPERVISOR_DETACH_KEYS_H
#define ENGINE_SUPERVISOR_DETACH_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DETACH_KEYS_MAX 16

struct detach_matcher {
	uint8_t keys[DETACH_KEYS_MAX];
	unsigned int count;	/* 0: never */
	unsigned int matched;	/* keys held back: the stream's end so far */
};

/* Passes `data` on to `out` (room for size + DETACH_KEYS_MAX), but for what may be the beginning of
 * the keys. *ret_size bytes were put there. True once all keys were typed, in which case they
 * are swallowed and the rest of `data` is dropped. */
bool detach_matcher_filter(struct detach_matcher *matcher, const uint8_t *data, size_t size,
			   uint8_t *out, size_t *ret_size);

#endif
