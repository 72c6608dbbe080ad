/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	{"kdf": {"name": "scrypt", "params": {"N": 32768, "r": 8, "p": 1}, "salt": BASE64},
 *	 "cipher": {"name": "nacl/secretbox", "nonce": BASE64}, "ciphertext": BASE64}
 */
#include "registry/signature-box.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "registry/base64.h"
#include "registry/secretbox.h"

#define SCRYPT_MEMORY_MAX ((uint64_t)512 << 20)	/* cosign's take 64 MiB */
#define SCRYPT_P_MAX 16

/* The words that follow -----BEGIN; sigstore's tools changed them once. */
static const char *const frames[] = {
	"ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY",
};

struct box {
	json_int_t n, r, p;
	unsigned char *salt, *nonce, *ciphertext;
	size_t salt_size, nonce_size, ciphertext_size;
};

static void box_release(struct box *box)
{
	free(box->salt);
	free(box->nonce);
	free(box->ciphertext);
}

/* What stands between the frame's lines, as a new string; NULL when it is no such frame. */
static char *framed_text(const struct buffer *pem)
{
	for (size_t i = 0; pem->data && i < ARRAY_SIZE(frames); i++) {
		auto_free char *begin = xasprintf("-----BEGIN %s-----", frames[i]);
		const char *start = strstr(pem->data, begin);
		const char *end = start ? strstr(start, "-----END ") : NULL;

		if (end)
			return xstrndup(start + strlen(begin),
					(size_t)(end - start) - strlen(begin));
	}
	return NULL;
}

bool signature_is_box(const struct buffer *pem)
{
	auto_free char *text = framed_text(pem);

	return text != NULL;
}

static int decode_json(const json_t *json, struct box *box, struct error *err)
{
	const char *kdf, *salt, *cipher, *nonce, *ciphertext;
	json_error_t at;

	if (json_unpack_ex((json_t *)json, &at, 0, "{s:{s:s, s:{s:I, s:I, s:I}, s:s}, s:{s:s, s:s}, s:s}",
			   "kdf", "name", &kdf, "params", "N", &box->n, "r", &box->r, "p", &box->p,
			   "salt", &salt, "cipher", "name", &cipher, "nonce", &nonce, "ciphertext",
			   &ciphertext) < 0)
		return error_set(err, ERROR_INVALID, "its JSON is not cosign's");
	if (strcmp(kdf, "scrypt") != 0 || strcmp(cipher, "nacl/secretbox") != 0)
		return error_set(err, ERROR_UNSUPPORTED, "it is enciphered in a way that is not known");
	box->salt = base64_decode(salt, &box->salt_size);
	box->nonce = base64_decode(nonce, &box->nonce_size);
	box->ciphertext = base64_decode(ciphertext, &box->ciphertext_size);
	if (!box->salt || !box->nonce || !box->ciphertext ||
	    box->nonce_size != SECRETBOX_NONCE_SIZE || box->ciphertext_size < SECRETBOX_TAG_SIZE)
		return error_set(err, ERROR_INVALID, "its salt, nonce or ciphertext is wrong");
	return 0;
}

static int decode(const struct buffer *pem, struct box *box, struct error *err)
{
	auto_free char *text = framed_text(pem);
	auto_json json_t *json = NULL;
	auto_free char *inner = NULL;
	size_t size = 0;

	/* The frame has base64 of the JSON, in lines. */
	for (char *c = text; c && *c; c++)
		if (*c == ' ' || *c == '\t')
			*c = '\n';
	inner = text ? base64_decode(text, &size) : NULL;
	if (!inner)
		return error_set(err, ERROR_INVALID, "it is no base64");
	json = json_parse(inner, size, "key", err);
	return json ? decode_json(json, box, err) : -1;
}

static int make_key(const struct box *box, const char *passphrase,
		    unsigned char ret_key[SECRETBOX_KEY_SIZE], struct error *err)
{
	if (box->n < 2 || box->r < 1 || box->p < 1 || box->p > SCRYPT_P_MAX ||
	    (uint64_t)box->n > SCRYPT_MEMORY_MAX || (uint64_t)box->r > SCRYPT_MEMORY_MAX ||
	    (uint64_t)box->n * (uint64_t)box->r > SCRYPT_MEMORY_MAX / 128)
		return error_set(err, ERROR_INVALID, "its scrypt parameters are out of bounds");
	if (EVP_PBE_scrypt(passphrase, strlen(passphrase), box->salt, box->salt_size,
			   (uint64_t)box->n, (uint64_t)box->r, (uint64_t)box->p,
			   SCRYPT_MEMORY_MAX * 2, ret_key, SECRETBOX_KEY_SIZE) == 1)
		return 0;
	ERR_clear_error();
	return error_set(err, ERROR_INVALID, "scrypt does not take its parameters");
}

int signature_box_open(const struct buffer *pem, const char *passphrase, unsigned char **ret_der,
		       size_t *ret_size, struct error *err)
{
	auto_release(box) struct box box = { 0 };
	unsigned char key[SECRETBOX_KEY_SIZE];
	auto_free unsigned char *plain = NULL;
	bool good;

	if (decode(pem, &box, err) < 0 || make_key(&box, passphrase, key, err) < 0)
		return -1;
	plain = xmalloc(box.ciphertext_size);
	good = secretbox_open(key, box.nonce, box.ciphertext, box.ciphertext_size, plain);
	explicit_bzero(key, sizeof(key));
	if (!good)
		return error_set(err, ERROR_UNAUTHORIZED, "wrong passphrase");
	*ret_size = box.ciphertext_size - SECRETBOX_TAG_SIZE;
	*ret_der = take_ptr(&plain);
	return 0;
}
