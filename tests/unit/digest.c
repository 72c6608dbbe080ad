/* SPDX-License-Identifier: Apache-2.0 */
/* Digests: the form is checked at the border (R10), so that the hex part may be a file name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/error.h"
#include "image/digest.h"

#define HEX16 "0123456789abcdef"
#define HEX64 HEX16 HEX16 HEX16 HEX16

static void right_form_is_taken(void **state)
{
	struct digest digest = { 0 };
	struct digest other = { 0 };
	auto_error err = { 0 };
	char text[DIGEST_TEXT_SIZE];

	(void)state;
	assert_false(digest_is_set(&digest));
	assert_int_equal(digest_parse("sha256:" HEX64, &digest, &err), 0);
	assert_true(digest_is_set(&digest));
	assert_string_equal(digest.hex, HEX64);
	digest_format(&digest, text);
	assert_string_equal(text, "sha256:" HEX64);
	assert_false(digest_equal(&digest, &other));
	other = digest;
	assert_true(digest_equal(&digest, &other));
}

static void wrong_forms_are_refused(void **state)
{
	static const struct {
		const char *text;
		enum error_kind kind;
	} cases[] = {
		{ "", ERROR_INVALID },
		{ HEX64, ERROR_INVALID },
		{ "sha256:", ERROR_INVALID },
		{ "sha256", ERROR_INVALID },
		{ ":" HEX64, ERROR_INVALID },
		{ "sha256:" HEX16, ERROR_INVALID },
		{ "sha256:" HEX64 "0", ERROR_INVALID },
		{ "sha256:" HEX64 "\n", ERROR_INVALID },
		{ " sha256:" HEX64, ERROR_INVALID },
		{ "SHA256:" HEX64, ERROR_INVALID },
		{ "sha256:0123456789ABCDEF" HEX16 HEX16 HEX16, ERROR_INVALID },
		{ "sha256:../../../../../../../../../../../../../../../../../../etc/passwd",
		  ERROR_INVALID },
		{ "sha256:" HEX16 HEX16 HEX16 "0123456789abcde/", ERROR_INVALID },
		{ "sha512:../x", ERROR_INVALID },
		{ "sha512:" HEX64 HEX64, ERROR_UNSUPPORTED },
		{ "blake3:" HEX64, ERROR_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct digest digest = { 0 };
		auto_error err = { 0 };

		print_message("# '%s'\n", cases[i].text);
		assert_int_equal(digest_parse(cases[i].text, &digest, &err), -1);
		assert_int_equal(err.kind, cases[i].kind);
		assert_false(digest_is_set(&digest));
		assert_null(strchr(err.message, '\n'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_form_is_taken),
		cmocka_unit_test(wrong_forms_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
