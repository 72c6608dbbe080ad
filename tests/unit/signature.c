/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures: keys in each of their forms, payloads, and the manifests that hold them. The key
 * and the signature were made by openssl, the enciphered key by libsodium.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "registry/base64.h"
#include "registry/secretbox.h"
#include "registry/signature-key.h"
#include "registry/signature-list.h"
#include "registry/signature-manifest.h"
#include "registry/signature.h"
#include "tests/unit/scratch.h"

DEFINE_AUTO(signature_key, signature_key_free);

static const char public_key[] =
	"-----BEGIN PUBLIC KEY-----\n"
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEGd3tmtNx1Hyls9rtDdIToG+eafzS\n"
	"GvTKwEPghApBigvZbbVsTLXps0+MMdoKTqeVfR55Tq5zyLiif7EFVyYokg==\n"
	"-----END PUBLIC KEY-----\n";
static const char private_key[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgxF7txgt1h4moEqxB\n"
	"C6Rq+IyrF6hJsbECebgbHkO3iFGhRANCAAQZ3e2a03HUfKWz2u0N0hOgb55p/NIa\n"
	"9MrAQ+CECkGKC9lttWxMtemzT4wx2gpOp5V9HnlOrnPIuKJ/sQVXJiiS\n"
	"-----END PRIVATE KEY-----\n";
static const char pkcs8_hush[] =
	"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
	"MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjHRQVqg+g4mgICA+gw\n"
	"DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEIjKiN0Gq3zywmVsZcUCO6UEgZB9\n"
	"+lCYxZiNHJgFX8hKbqOFKz+0JDO9LNFKELhyxYzxMOGAXnJ2QPI+GA/KA/UAGG1W\n"
	"begdVcktvOR3WOm6pvWlVhbEC8tL8W7TDS62gxisnIqJv5mflYtlxzLHcdJ4Ht2T\n"
	"lkYj2XrNMnJDqjUwIqNGbHWLoFN1pylwZSsiGOkWCG3sSZJ5vWnZsyGoro+yHDM=\n"
	"-----END ENCRYPTED PRIVATE KEY-----\n";
static const char boxed_hush[] =
	"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n"
	"eyJrZGYiOiB7Im5hbWUiOiAic2NyeXB0IiwgInBhcmFtcyI6IHsiTiI6IDEwMjQs\n"
	"ICJyIjogOCwgInAiOiAxfSwgInNhbHQiOiAiakk2RXlrWkxIT3ZvMTBULzYyYnp5\n"
	"Z2hOUzkyN09uMVJnYWpMdU45eG9NYz0ifSwgImNpcGhlciI6IHsibmFtZSI6ICJu\n"
	"YWNsL3NlY3JldGJveCIsICJub25jZSI6ICJxKzNRNXJwTHF3eUdDeG5IdGs1aktS\n"
	"U3A0T0dmU0VrNyJ9LCAiY2lwaGVydGV4dCI6ICJiQm5RYkUvcFF5ZUY3UGRqYnNp\n"
	"dU1yOTNSV2lNcUZzeU1VQ1EzSlRRNVl2UnVjdHg3UXZQc1RrSDJuZDlYc1ZqY1Fn\n"
	"UDQ4OEJZc3Z4THlXQUFXYTNzR1lDN1VwbG9tWlZ6SEgrbStOYUtQZGVnVzNNUnVF\n"
	"dFNST21TVWdRZ3FOamNIekxHMzMvYXMrSThKL2U2bVR1S0t0bjF0T3RzbWdLc0I4\n"
	"UGNxQVJuS3JMTnRmWVFUcUxITEVNVDE2dW04Szh4WDdyU1BhYjBjVUdHQT09In0=\n"
	"-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n";
static const char weak_curve[] =
	"-----BEGIN PUBLIC KEY-----\n"
	"ME4wEAYHKoZIzj0CAQYFK4EEACEDOgAERM/3JBgMKEN2HWFnWTnpHxCkRDw4IeXZ\n"
	"7c4mbzNVoHynYR7poOYVkIhY+lmWOWFoAzFqsaNOZV8=\n"
	"-----END PUBLIC KEY-----\n";
static const char weak_rsa[] =
	"-----BEGIN PUBLIC KEY-----\n"
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDAxtxwWTv5gG9Ff5BroNo1HqqH\n"
	"UccMvR2Q94qh9P7ZIWrvOpTI+ZWKOPgCPKtzyXO+fEhSw53jubqEQyrCXVkZo8Ma\n"
	"O71VUn0rMnjDlxCSvIaqlcg3/Pq1Unv/GrT+qLl/nzlbfSELJnNOxJ5NgxREJn4H\n"
	"3AmRW7O4aeIslP21owIDAQAB\n"
	"-----END PUBLIC KEY-----\n";

#define DIGEST "43a32ec2b116604240251263307c5d912b330342647c0436fd6e66a6a34fd753"
#define PAYLOAD(reference, digest, type, more) \
	"{\"critical\":{\"identity\":{\"docker-reference\":\"" reference "\"}," \
	"\"image\":{\"docker-manifest-digest\":\"" digest "\"},\"type\":\"" type "\"" more "}," \
	"\"optional\":null}"
#define COSIGN "cosign container image signature"

static const char payload[] = PAYLOAD("r.example.com/app", "sha256:" DIGEST, COSIGN, "");
static const char signature_text[] =
	"MEUCIQD2tHgcCp52o9OxUkQ4aKAgnOlD4/lqIvM+ltLiKxr5"
	"RAIgRYXbkx9PWJqqUR03PWY1GXC8W5iuglcLyty2Niclg9w=";

static void bytes_go_through_base64(void **state)
{
	static const char *const texts[] = { "", "f", "fo", "foo", "foob", "fooba", "foobar" };
	static const char *const encoded[] = {
		"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		auto_free char *text = base64_encode(texts[i], strlen(texts[i]));
		size_t size = 1;
		auto_free char *back = base64_decode(encoded[i], &size);

		assert_string_equal(text, encoded[i]);
		assert_string_equal(back, texts[i]);
		assert_int_equal(size, strlen(texts[i]));
	}
	assert_null(base64_decode("Zm9*", &(size_t){ 0 }));
	assert_null(base64_decode("Z=9v", &(size_t){ 0 }));
}

static void a_signature_of_openssl_is_verified(void **state)
{
	auto_error err = { 0 };
	auto_of(signature_key) struct signature_key *key =
		signature_public_key(public_key, strlen(public_key), "key", &err);
	size_t size = 0;
	auto_free unsigned char *signature = base64_decode(signature_text, &size);

	(void)state;
	assert_non_null(key);
	assert_true(signature_key_verify(key, payload, strlen(payload), signature, size));
	assert_false(signature_key_verify(key, payload, strlen(payload) - 1, signature, size));
	signature[size - 1] ^= 1;
	assert_false(signature_key_verify(key, payload, strlen(payload), signature, size));
	assert_false(signature_key_verify(key, payload, strlen(payload), signature, 0));
}

static void keys_that_are_none_are_refused(void **state)
{
	static const struct {
		const char *pem, *why;
	} cases[] = {
		{ "", "no public key in PEM" },
		{ "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "no public key" },
		{ private_key, "no public key in PEM" },
		{ weak_curve, "P-256 or larger" },
		{ weak_rsa, "2048 bits or more" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_error err = { 0 };

		print_message("# %zu\n", i);
		assert_null(signature_public_key(cases[i].pem, strlen(cases[i].pem), "k", &err));
		assert_non_null(strstr(err.message, cases[i].why));
	}
}

static struct signature_key *load(void **state, const char *pem, const char *passphrase,
				  struct error *err)
{
	auto_free char *path = xasprintf("%s/key", scratch_path);
	auto_error problem = { 0 };

	assert_int_equal(file_write(scratch_dir(state), "key", pem, strlen(pem), 0600,
				    FILE_VOLATILE, &problem), 0);
	return signature_private_key_file(path, passphrase, err);
}

static void private_keys_open_with_their_passphrase(void **state)
{
	static const struct {
		const char *pem, *passphrase, *why;	/* why NULL: it opens */
		enum error_kind kind;
	} cases[] = {
		{ private_key, NULL, NULL, ERROR_NONE },
		{ private_key, "any", NULL, ERROR_NONE },
		{ pkcs8_hush, "hush", NULL, ERROR_NONE },
		{ pkcs8_hush, "hus", "wrong passphrase", ERROR_UNAUTHORIZED },
		{ pkcs8_hush, NULL, "needs a passphrase", ERROR_UNAUTHORIZED },
		{ boxed_hush, "hush", NULL, ERROR_NONE },
		{ boxed_hush, "hush ", "wrong passphrase", ERROR_UNAUTHORIZED },
		{ boxed_hush, NULL, "needs a passphrase", ERROR_UNAUTHORIZED },
		{ public_key, NULL, "no private key in PEM", ERROR_INVALID },
		{ "-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----\ne30=\n-----END X", "x",
		  "is not cosign's", ERROR_INVALID },
		{ "-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----\n*\n-----END X", "x", "no base64",
		  ERROR_INVALID },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_error err = { 0 };
		auto_of(signature_key) struct signature_key *key =
			load(state, cases[i].pem, cases[i].passphrase, &err);

		print_message("# %zu: %s\n", i, err.message ? err.message : "");
		assert_int_equal(key != NULL, cases[i].why == NULL);
		assert_int_equal(err.kind, cases[i].kind);
		if (cases[i].why)
			assert_non_null(strstr(err.message, cases[i].why));
	}
}

/* "Cryptography in NaCl": the example that its sections go through. */
static void the_example_of_nacl_opens(void **state)
{
	static const unsigned char key[32] = {
		0x1b, 0x27, 0x55, 0x64, 0x73, 0xe9, 0x85, 0xd4, 0x62, 0xcd, 0x51,
		0x19, 0x7a, 0x9a, 0x46, 0xc7, 0x60, 0x09, 0x54, 0x9e, 0xac, 0x64,
		0x74, 0xf2, 0x06, 0xc4, 0xee, 0x08, 0x44, 0xf6, 0x83, 0x89,
	};
	static const unsigned char nonce[24] = {
		0x69, 0x69, 0x6e, 0xe9, 0x55, 0xb6, 0x2b, 0x73, 0xcd, 0x62, 0xbd, 0xa8,
		0x75, 0xfc, 0x73, 0xd6, 0x82, 0x19, 0xe0, 0x03, 0x6b, 0x7a, 0x0b, 0x37,
	};
	static const unsigned char text[] = {
		0xbe, 0x07, 0x5f, 0xc5, 0x3c, 0x81, 0xf2, 0xd5, 0xcf, 0x14, 0x13, 0x16,
		0xeb, 0xeb, 0x0c, 0x7b, 0x52, 0x28, 0xc5, 0x2a, 0x4c, 0x62, 0xcb, 0xd4,
		0x4b, 0x66, 0x84, 0x9b, 0x64, 0x24, 0x4f, 0xfc, 0xe5, 0xec, 0xba, 0xaf,
		0x33, 0xbd, 0x75, 0x1a, 0x1a, 0xc7, 0x28, 0xd4, 0x5e, 0x6c, 0x61, 0x29,
		0x6c, 0xdc, 0x3c, 0x01, 0x23, 0x35, 0x61, 0xf4, 0x1d, 0xb6, 0x6c, 0xce,
		0x31, 0x4a, 0xdb, 0x31, 0x0e, 0x3b, 0xe8, 0x25, 0x0c, 0x46, 0xf0, 0x6d,
		0xce, 0xea, 0x3a, 0x7f, 0xa1, 0x34, 0x80, 0x57, 0xe2, 0xf6, 0x55, 0x6a,
		0xd6, 0xb1, 0x31, 0x8a, 0x02, 0x4a, 0x83, 0x8f, 0x21, 0xaf, 0x1f, 0xde,
		0x04, 0x89, 0x77, 0xeb, 0x48, 0xf5, 0x9f, 0xfd, 0x49, 0x24, 0xca, 0x1c,
		0x60, 0x90, 0x2e, 0x52, 0xf0, 0xa0, 0x89, 0xbc, 0x76, 0x89, 0x70, 0x40,
		0xe0, 0x82, 0xf9, 0x37, 0x76, 0x38, 0x48, 0x64, 0x5e, 0x07, 0x05,
	};
	static unsigned char box[] = {
		0xf3, 0xff, 0xc7, 0x70, 0x3f, 0x94, 0x00, 0xe5, 0x2a, 0x7d, 0xfb, 0x4b,
		0x3d, 0x33, 0x05, 0xd9, 0x8e, 0x99, 0x3b, 0x9f, 0x48, 0x68, 0x12, 0x73,
		0xc2, 0x96, 0x50, 0xba, 0x32, 0xfc, 0x76, 0xce, 0x48, 0x33, 0x2e, 0xa7,
		0x16, 0x4d, 0x96, 0xa4, 0x47, 0x6f, 0xb8, 0xc5, 0x31, 0xa1, 0x18, 0x6a,
		0xc0, 0xdf, 0xc1, 0x7c, 0x98, 0xdc, 0xe8, 0x7b, 0x4d, 0xa7, 0xf0, 0x11,
		0xec, 0x48, 0xc9, 0x72, 0x71, 0xd2, 0xc2, 0x0f, 0x9b, 0x92, 0x8f, 0xe2,
		0x27, 0x0d, 0x6f, 0xb8, 0x63, 0xd5, 0x17, 0x38, 0xb4, 0x8e, 0xee, 0xe3,
		0x14, 0xa7, 0xcc, 0x8a, 0xb9, 0x32, 0x16, 0x45, 0x48, 0xe5, 0x26, 0xae,
		0x90, 0x22, 0x43, 0x68, 0x51, 0x7a, 0xcf, 0xea, 0xbd, 0x6b, 0xb3, 0x73,
		0x2b, 0xc0, 0xe9, 0xda, 0x99, 0x83, 0x2b, 0x61, 0xca, 0x01, 0xb6, 0xde,
		0x56, 0x24, 0x4a, 0x9e, 0x88, 0xd5, 0xf9, 0xb3, 0x79, 0x73, 0xf6, 0x22,
		0xa4, 0x3d, 0x14, 0xa6, 0x59, 0x9b, 0x1f, 0x65, 0x4c, 0xb4, 0x5a, 0x74,
		0xe3, 0x55, 0xa5,
	};
	unsigned char plain[sizeof(box)];

	(void)state;
	assert_true(secretbox_open(key, nonce, box, sizeof(box), plain));
	assert_memory_equal(plain, text, sizeof(text));
	box[sizeof(box) - 1] ^= 0x80;
	assert_false(secretbox_open(key, nonce, box, sizeof(box), plain));
	assert_false(secretbox_open(key, nonce, box, 15, plain));
}

static void payloads_say_all_of_it(void **state)
{
	static const struct {
		const char *text, *why;	/* NULL: it is right */
	} cases[] = {
		{ payload, NULL },
		{ PAYLOAD("r", "sha256:" DIGEST, COSIGN, ",\"expires\":1"), "expires" },
		{ PAYLOAD("r", "sha256:" DIGEST, "atomic container signature", ""), "unknown type" },
		{ PAYLOAD("r", "sha256:1234", COSIGN, ""), "digest" },
		{ PAYLOAD("r", "sha256:" DIGEST, COSIGN, ",\"type\":\"x\""), "duplicate" },
		{ "{\"critical\":{}}", "identity" },
		{ "[]", "object" },
		{ "", "signature" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(signature_claim) struct signature_claim claim = { 0 };
		auto_error err = { 0 };
		int result = signature_claim_decode(cases[i].text, strlen(cases[i].text), &claim,
						    &err);

		print_message("# %s: %s\n", cases[i].text, err.message ? err.message : "");
		assert_int_equal(result, cases[i].why ? -1 : 0);
		if (cases[i].why) {
			assert_non_null(strstr(err.message, cases[i].why));
			continue;
		}
		assert_string_equal(claim.reference, "r.example.com/app");
		assert_string_equal(claim.digest.hex, DIGEST);
	}
}

static void a_claim_is_cosigns_payload(void **state)
{
	struct signature_claim claim = { .reference = (char *)"r.example.com/app" };
	auto_free char *text = NULL;

	(void)state;
	memcpy(claim.digest.hex, DIGEST, sizeof(claim.digest.hex));
	text = signature_claim_encode(&claim);
	assert_string_equal(text, payload);
}

/* Signatures are added to those that are there, and layers that are none stay. */
static void manifests_grow(void **state)
{
	static const char other[] =
		"{\"schemaVersion\":2,\"config\":{\"mediaType\":"
		"\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:" DIGEST "\","
		"\"size\":2},\"layers\":[{\"mediaType\":\"application/octet-stream\",\"digest\":"
		"\"sha256:" DIGEST "\",\"size\":3,\"annotations\":{\"kept\":\"yes\"}}],"
		"\"annotations\":{\"kept\":\"too\"}}";
	auto_release(buffer) struct buffer old = { 0 };

	(void)state;
	buffer_puts(&old, other);
	for (size_t round = 1; round <= 2; round++) {
		auto_release(signature_documents) struct signature_documents made = { 0 };
		auto_release(signature_list) struct signature_list list = { 0 };
		auto_error err = { 0 };

		assert_int_equal(signature_documents_make(&old, payload, "\x01\x02", 2, &made, &err), 0);
		buffer_clear(&old);
		buffer_puts(&old, made.manifest);
		assert_non_null(strstr(made.manifest, "\"kept\":\"yes\""));
		assert_non_null(strstr(made.manifest, "\"kept\":\"too\""));
		assert_int_equal(signature_list_decode(old.data, old.size, NULL, &list, &err), 0);
		assert_int_equal(list.count, round);
		assert_int_equal(list.entries[0].signature_size, 2);
		assert_int_equal(list.entries[0].blob.size, strlen(payload));
	}
}

static void lists_that_are_none_are_refused(void **state)
{
	static const char *const cases[] = {
		"", "{}", "[]", "{\"schemaVersion\":2,\"manifests\":[]}",
		"{\"schemaVersion\":2,\"layers\":[]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(signature_list) struct signature_list list = { 0 };
		auto_error err = { 0 };

		print_message("# %s\n", cases[i]);
		assert_int_equal(signature_list_decode(cases[i], strlen(cases[i]), NULL, &list, &err),
				 -1);
		assert_true(strncmp(err.message, "signatures: ", 12) == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_go_through_base64),
		cmocka_unit_test(a_signature_of_openssl_is_verified),
		cmocka_unit_test(keys_that_are_none_are_refused),
		cmocka_unit_test_setup_teardown(private_keys_open_with_their_passphrase,
						scratch_make, scratch_remove),
		cmocka_unit_test(the_example_of_nacl_opens),
		cmocka_unit_test(payloads_say_all_of_it),
		cmocka_unit_test(a_claim_is_cosigns_payload),
		cmocka_unit_test(manifests_grow),
		cmocka_unit_test(lists_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
