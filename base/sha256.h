/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 while bytes stream by (libcrypto). Only the registry module and the
 * tests link it: nothing that `run` of a local image needs.
 */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>

#define SHA256_HEX_SIZE 65	/* 64 digits and the NUL */

struct sha256;

struct sha256 *sha256_new(void);
void sha256_update(struct sha256 *hash, const void *data, size_t size);
/* Lower-case hex of what came so far; the hash is spent. */
void sha256_finish(struct sha256 *hash, char ret_hex[SHA256_HEX_SIZE]);
void sha256_free(struct sha256 *hash);	/* NULL is fine */

void sha256_hex(const void *data, size_t size, char ret_hex[SHA256_HEX_SIZE]);

#endif
