/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648), as credentials, keys and signatures have it. */
#ifndef REGISTRY_BASE64_H
#define REGISTRY_BASE64_H

#include <stddef.h>

/* New string. What may be a secret is the caller's to wipe. */
char *base64_encode(const void *data, size_t size);
/* The bytes behind `text`, a NUL after them; NULL when it is no base64. The URL-safe alphabet,
 * missing padding and line ends are fine. */
void *base64_decode(const char *text, size_t *ret_size);

#endif
