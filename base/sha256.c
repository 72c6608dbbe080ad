/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 by libcrypto, which picks the fastest code for the CPU. It fails only without memory. */
#include "base/sha256.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "base/alloc.h"

struct sha256 {
	EVP_MD_CTX *context;
};

static void require(int success)
{
	if (!success)
		abort();
}

struct sha256 *sha256_new(void)
{
	struct sha256 *hash = xcalloc(1, sizeof(*hash));

	hash->context = EVP_MD_CTX_new();
	require(hash->context != NULL);
	require(EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL));
	return hash;
}

void sha256_update(struct sha256 *hash, const void *data, size_t size)
{
	require(EVP_DigestUpdate(hash->context, data, size));
}

void sha256_finish(struct sha256 *hash, char ret_hex[SHA256_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned int size;

	require(EVP_DigestFinal_ex(hash->context, bytes, &size));
	require(size * 2 + 1 == SHA256_HEX_SIZE);
	for (unsigned int i = 0; i < size; i++) {
		ret_hex[2 * i] = digits[bytes[i] >> 4];
		ret_hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret_hex[2 * size] = '\0';
}

void sha256_free(struct sha256 *hash)
{
	if (!hash)
		return;
	EVP_MD_CTX_free(hash->context);
	free(hash);
}

void sha256_hex(const void *data, size_t size, char ret_hex[SHA256_HEX_SIZE])
{
	struct sha256 *hash = sha256_new();

	sha256_update(hash, data, size);
	sha256_finish(hash, ret_hex);
	sha256_free(hash);
}
