/* SPDX-License-Identifier: Apache-2.0 */
/* NaCl's crypto_secretbox_xsalsa20poly1305, opening only. */
#ifndef REGISTRY_SECRETBOX_H
#define REGISTRY_SECRETBOX_H

#include <stdbool.h>
#include <stddef.h>

#define SECRETBOX_KEY_SIZE 32
#define SECRETBOX_NONCE_SIZE 24
#define SECRETBOX_TAG_SIZE 16

/* `box` is the tag and then the text enciphered; `plain` has room for size - SECRETBOX_TAG_SIZE
 * bytes. False, and nothing written, when the tag is wrong. */
bool secretbox_open(const unsigned char key[SECRETBOX_KEY_SIZE],
		    const unsigned char nonce[SECRETBOX_NONCE_SIZE], const unsigned char *box,
		    size_t size, unsigned char *plain);

#endif
