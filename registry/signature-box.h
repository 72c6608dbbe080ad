/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys as cosign keeps them: a PEM frame around JSON, inside of it the key's DER
 * in a NaCl secretbox (XSalsa20 and Poly1305), whose key scrypt makes of a passphrase.
 */
#ifndef REGISTRY_SIGNATURE_BOX_H
#define REGISTRY_SIGNATURE_BOX_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;
struct error;

bool signature_is_box(const struct buffer *pem);
/* *ret_der is the caller's to wipe and free. ERROR_UNAUTHORIZED when the passphrase is wrong. */
int signature_box_open(const struct buffer *pem, const char *passphrase, unsigned char **ret_der,
		       size_t *ret_size, struct error *err);

#endif
