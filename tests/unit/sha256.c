/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 against the examples of FIPS 180. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/auto.h"
#include "base/sha256.h"

static void known_digests(void **state)
{
	static const struct {
		const char *text;
		const char *hex;
	} cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char hex[SHA256_HEX_SIZE];

		sha256_hex(cases[i].text, strlen(cases[i].text), hex);
		assert_string_equal(hex, cases[i].hex);
	}
}

static void pieces_give_the_same(void **state)
{
	struct sha256 *hash = sha256_new();
	char hex[SHA256_HEX_SIZE];

	(void)state;
	sha256_update(hash, "a", 1);
	sha256_update(hash, "", 0);
	sha256_update(hash, "bc", 2);
	sha256_finish(hash, hex);
	sha256_free(hash);
	sha256_free(NULL);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_digests),
		cmocka_unit_test(pieces_give_the_same),
	};

	return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
