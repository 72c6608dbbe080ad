/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcrypto has Poly1305 and not XSalsa20, which is short: HSalsa20 makes a key of the key and
 * the nonce's first 16 bytes, Salsa20 goes on with that and the other 8. The first 32 bytes of
 * the stream are the key of Poly1305 ("Cryptography in NaCl", section 9).
 */
#include "registry/secretbox.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <string.h>

#define BLOCK_SIZE 64
#define ROUNDS 20

static const uint32_t constants[4] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };

static uint32_t load(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

static void store(unsigned char *bytes, uint32_t word)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (unsigned char)(word >> (8 * i));
}

static uint32_t rotate(uint32_t word, int bits)
{
	return word << bits | word >> (32 - bits);
}

static void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
	*b ^= rotate(*a + *d, 7);
	*c ^= rotate(*b + *a, 9);
	*d ^= rotate(*c + *b, 13);
	*a ^= rotate(*d + *c, 18);
}

/* Columns and rows in turn. */
static void scramble(uint32_t x[16])
{
	for (int round = 0; round < ROUNDS; round += 2) {
		for (int i = 0; i < 4; i++)
			quarter_round(&x[5 * i], &x[(5 * i + 4) % 16], &x[(5 * i + 8) % 16],
				      &x[(5 * i + 12) % 16]);
		for (int i = 0; i < 4; i++)
			quarter_round(&x[5 * i], &x[4 * i + (i + 1) % 4], &x[4 * i + (i + 2) % 4],
				      &x[4 * i + (i + 3) % 4]);
	}
}

/* The state before the first round: constants on the diagonal, key, and 16 bytes of input. */
static void set_up(uint32_t x[16], const unsigned char *key, const unsigned char *input)
{
	for (int i = 0; i < 4; i++) {
		x[5 * i] = constants[i];
		x[1 + i] = load(key + 4 * i);
		x[6 + i] = load(input + 4 * i);
		x[11 + i] = load(key + 16 + 4 * i);
	}
}

static void hsalsa20(const unsigned char *key, const unsigned char *input, unsigned char ret_key[32])
{
	static const int words[8] = { 0, 5, 10, 15, 6, 7, 8, 9 };
	uint32_t x[16];

	set_up(x, key, input);
	scramble(x);
	for (int i = 0; i < 8; i++)
		store(ret_key + 4 * i, x[words[i]]);
	OPENSSL_cleanse(x, sizeof(x));
}

static void salsa20_block(const unsigned char *key, const unsigned char *nonce, uint64_t number,
			  unsigned char block[BLOCK_SIZE])
{
	unsigned char input[16];
	uint32_t before[16], x[16];

	memcpy(input, nonce, 8);
	store(input + 8, (uint32_t)number);
	store(input + 12, (uint32_t)(number >> 32));
	set_up(before, key, input);
	memcpy(x, before, sizeof(x));
	scramble(x);
	for (int i = 0; i < 16; i++)
		store(block + 4 * i, x[i] + before[i]);
	OPENSSL_cleanse(before, sizeof(before));
	OPENSSL_cleanse(x, sizeof(x));
}

static bool tag_of(const unsigned char *key, const unsigned char *data, size_t size,
		   unsigned char ret_tag[SECRETBOX_TAG_SIZE])
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "POLY1305", NULL);
	EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
	size_t length = 0;
	bool done = context && EVP_MAC_init(context, key, 32, NULL) == 1 &&
		    EVP_MAC_update(context, data, size) == 1 &&
		    EVP_MAC_final(context, ret_tag, &length, SECRETBOX_TAG_SIZE) == 1 &&
		    length == SECRETBOX_TAG_SIZE;

	EVP_MAC_CTX_free(context);
	EVP_MAC_free(mac);
	return done;
}

bool secretbox_open(const unsigned char key[SECRETBOX_KEY_SIZE],
		    const unsigned char nonce[SECRETBOX_NONCE_SIZE], const unsigned char *box,
		    size_t size, unsigned char *plain)
{
	unsigned char stream_key[32], block[BLOCK_SIZE], tag[SECRETBOX_TAG_SIZE];
	const unsigned char *text = box + SECRETBOX_TAG_SIZE;
	size_t at = 32;		/* in the stream, whose first bytes Poly1305 has */
	bool good;

	if (size < SECRETBOX_TAG_SIZE)
		return false;
	hsalsa20(key, nonce, stream_key);
	salsa20_block(stream_key, nonce + 16, 0, block);
	good = tag_of(block, text, size - SECRETBOX_TAG_SIZE, tag) &&
	       CRYPTO_memcmp(tag, box, SECRETBOX_TAG_SIZE) == 0;
	for (size_t i = 0; good && i < size - SECRETBOX_TAG_SIZE; i++, at++) {
		if (at % BLOCK_SIZE == 0)
			salsa20_block(stream_key, nonce + 16, at / BLOCK_SIZE, block);
		plain[i] = text[i] ^ block[at % BLOCK_SIZE];
	}
	OPENSSL_cleanse(stream_key, sizeof(stream_key));
	OPENSSL_cleanse(block, sizeof(block));
	return good;
}
