/* SPDX-License-Identifier: Apache-2.0 */
/* libcrypto reads the keys. It must never ask for a passphrase by itself. */
#include "registry/signature-key.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "registry/signature-box.h"

#define EC_BITS_MIN 256
#define RSA_BITS_MIN 2048

struct signature_key {
	EVP_PKEY *key;
};

struct asked {
	const char *passphrase;
	bool asked;
};

static int give_passphrase(char *room, int size, int writing, void *argument)
{
	struct asked *asked = argument;
	size_t length = asked->passphrase ? strlen(asked->passphrase) : 0;

	(void)writing;
	asked->asked = true;
	if (!asked->passphrase || length > (size_t)size)
		return -1;
	memcpy(room, asked->passphrase, length);
	return (int)length;
}

void signature_key_free(struct signature_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->key);
	free(key);
}

/* Takes `key`, if it is of a kind that we want. */
static struct signature_key *accept_key(EVP_PKEY *key, const char *name, struct error *err)
{
	int kind = key ? EVP_PKEY_get_base_id(key) : 0;
	int bits = key ? EVP_PKEY_get_bits(key) : 0;
	struct signature_key *accepted;

	ERR_clear_error();
	if ((kind == EVP_PKEY_EC && bits >= EC_BITS_MIN) || kind == EVP_PKEY_ED25519 ||
	    (kind == EVP_PKEY_RSA && bits >= RSA_BITS_MIN)) {
		accepted = xcalloc(1, sizeof(*accepted));
		accepted->key = key;
		return accepted;
	}
	EVP_PKEY_free(key);
	error_set(err, ERROR_INVALID, "the key '%s' is none of ECDSA (P-256 or larger), Ed25519, "
		  "RSA (2048 bits or more)", name);
	return NULL;
}

static BIO *open_memory(const char *data, size_t size)
{
	BIO *memory = BIO_new_mem_buf(data ? data : "", (int)size);

	if (!memory)
		abort();
	return memory;
}

struct signature_key *signature_public_key(const char *pem, size_t size, const char *name,
					   struct error *err)
{
	struct asked asked = { 0 };
	EVP_PKEY *key = NULL;
	BIO *memory;

	if (size <= SIGNATURE_KEY_SIZE_MAX) {
		memory = open_memory(pem, size);
		key = PEM_read_bio_PUBKEY(memory, NULL, give_passphrase, &asked);
		BIO_free(memory);
	}
	if (!key) {
		ERR_clear_error();
		error_set(err, ERROR_INVALID, "'%s' is no public key in PEM (-----BEGIN PUBLIC KEY-----)",
			  name);
		return NULL;
	}
	return accept_key(key, name, err);
}

struct signature_key *signature_public_key_file(const char *path, struct error *err)
{
	auto_release(buffer) struct buffer pem = { 0 };

	if (file_read(AT_FDCWD, path, SIGNATURE_KEY_SIZE_MAX, &pem, err) < 0)
		return NULL;
	return signature_public_key(pem.data, pem.size, path, err);
}

static struct signature_key *read_private(const struct buffer *pem, const char *path,
					  const char *passphrase, struct error *err)
{
	struct asked asked = { .passphrase = passphrase };
	BIO *memory = open_memory(pem->data, pem->size);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(memory, NULL, give_passphrase, &asked);

	BIO_free(memory);
	ERR_clear_error();
	if (key)
		return accept_key(key, path, err);
	if (asked.asked && !passphrase)
		error_set(err, ERROR_UNAUTHORIZED, "the key '%s' needs a passphrase", path);
	else if (asked.asked)
		error_set(err, ERROR_UNAUTHORIZED, "wrong passphrase for the key '%s'", path);
	else
		error_set(err, ERROR_INVALID, "'%s' is no private key in PEM", path);
	return NULL;
}

/* A key as cosign and skopeo write it. */
static struct signature_key *read_boxed(const struct buffer *pem, const char *path,
					const char *passphrase, struct error *err)
{
	unsigned char *der = NULL;
	const unsigned char *at;
	EVP_PKEY *key;
	size_t size = 0;

	if (!passphrase) {
		error_set(err, ERROR_UNAUTHORIZED, "the key '%s' needs a passphrase", path);
		return NULL;
	}
	if (signature_box_open(pem, passphrase, &der, &size, err) < 0) {
		error_context(err, "the key '%s'", path);
		return NULL;
	}
	at = der;
	key = d2i_AutoPrivateKey(NULL, &at, (long)size);
	explicit_bzero(der, size);
	free(der);
	return accept_key(key, path, err);
}

struct signature_key *signature_private_key_file(const char *path, const char *passphrase,
						 struct error *err)
{
	struct signature_key *key = NULL;
	struct buffer pem = { 0 };

	if (file_read(AT_FDCWD, path, SIGNATURE_KEY_SIZE_MAX, &pem, err) == 0) {
		if (signature_is_box(&pem))
			key = read_boxed(&pem, path, passphrase, err);
		else
			key = read_private(&pem, path, passphrase, err);
	}
	if (pem.data)
		explicit_bzero(pem.data, pem.room);
	buffer_release(&pem);
	return key;
}

/* Ed25519 hashes by itself. */
static const EVP_MD *digest_for(const struct signature_key *key)
{
	return EVP_PKEY_get_base_id(key->key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
}

bool signature_key_verify(struct signature_key *key, const void *data, size_t size,
			  const void *signature, size_t signature_size)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context &&
		    EVP_DigestVerifyInit(context, NULL, digest_for(key), NULL, key->key) == 1 &&
		    EVP_DigestVerify(context, signature, signature_size, data, size) == 1;

	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good;
}

int signature_key_sign(struct signature_key *key, const void *data, size_t size,
		       unsigned char ret_signature[SIGNATURE_SIZE_MAX], size_t *ret_size,
		       struct error *err)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t length = SIGNATURE_SIZE_MAX;
	bool good = context &&
		    EVP_DigestSignInit(context, NULL, digest_for(key), NULL, key->key) == 1 &&
		    EVP_DigestSign(context, ret_signature, &length, data, size) == 1;

	EVP_MD_CTX_free(context);
	ERR_clear_error();
	if (!good)
		return error_set(err, ERROR_OTHER, "cannot sign with this key");
	*ret_size = length;
	return 0;
}
