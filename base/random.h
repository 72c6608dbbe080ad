/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes as lower-case hex, from getrandom(2). */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills ret_text with `digits` hex digits and a NUL. */
void random_hex(char *ret_text, size_t digits);
uint32_t random_u32(void);

#endif
