/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes as people write and read them: docker's units, in and out. */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdint.h>

struct error;

#define UNITS_TEXT_SIZE 32

/* "64m", "1.5 GiB", "512": units of b k m g t p, powers of 1024; negative is an error. */
int size_parse(const char *text, uint64_t *ret_bytes, struct error *err);
/* "12.3MB": base 1000, three significant digits. */
void size_format(uint64_t bytes, char ret_text[UNITS_TEXT_SIZE]);
/* "About a minute", "3 weeks": the age of `seconds`, without "ago". */
void age_format(int64_t seconds, char ret_text[UNITS_TEXT_SIZE]);

#endif
