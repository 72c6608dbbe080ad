/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys for signatures, in PEM: ECDSA (P-256 and larger), Ed25519, RSA (2048 bits and more, PKCS #1
 * v1.5), each over SHA-256, as cosign has them.
 */
#ifndef REGISTRY_SIGNATURE_KEY_H
#define REGISTRY_SIGNATURE_KEY_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct signature_key;

#define SIGNATURE_KEY_SIZE_MAX 65536	/* of the file */
#define SIGNATURE_SIZE_MAX 2048		/* bytes; RSA with 16384 bits */

/* `name` is for messages. */
struct signature_key *signature_public_key(const char *pem, size_t size, const char *name,
					   struct error *err);
struct signature_key *signature_public_key_file(const char *path, struct error *err);
/* `passphrase` may be NULL. ERROR_UNAUTHORIZED when it is missing or wrong. */
struct signature_key *signature_private_key_file(const char *path, const char *passphrase,
						 struct error *err);
void signature_key_free(struct signature_key *key);	/* NULL is fine */

/* Whether `signature` is this key's, over `data`. */
bool signature_key_verify(struct signature_key *key, const void *data, size_t size,
			  const void *signature, size_t signature_size);
/* Needs a private key. */
int signature_key_sign(struct signature_key *key, const void *data, size_t size,
		       unsigned char ret_signature[SIGNATURE_SIZE_MAX], size_t *ret_size,
		       struct error *err);

#endif
