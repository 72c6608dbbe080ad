/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses are near: what a token server may not be at (R10). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/auto.h"
#include "registry/address.h"

static void addresses_are_told_apart(void **state)
{
	static const struct {
		const char *text;
		bool loopback, private;
	} cases[] = {
		{ "127.0.0.1", true, true },
		{ "127.255.255.254", true, true },
		{ "128.0.0.1", false, false },
		{ "10.0.0.1", false, true },
		{ "11.0.0.1", false, false },
		{ "100.64.0.1", false, true },
		{ "100.128.0.1", false, false },
		{ "169.254.169.254", false, true },
		{ "169.253.0.1", false, false },
		{ "172.15.255.255", false, false },
		{ "172.16.0.1", false, true },
		{ "172.31.255.255", false, true },
		{ "172.32.0.1", false, false },
		{ "192.168.1.1", false, true },
		{ "192.169.1.1", false, false },
		{ "0.0.0.0", false, true },
		{ "224.0.0.1", false, true },
		{ "255.255.255.255", false, true },
		{ "8.8.8.8", false, false },
		{ "::1", true, true },
		{ "::", false, true },
		{ "fe80::1", false, true },
		{ "fc00::1", false, true },
		{ "fd12:3456::1", false, true },
		{ "ff02::1", false, true },
		{ "2001:db8::1", false, false },
		{ "::ffff:127.0.0.1", true, true },
		{ "::ffff:169.254.169.254", false, true },
		{ "::ffff:8.8.8.8", false, false },
		{ "64:ff9b::a9fe:a9fe", false, true },
		{ "64:ff9b::808:808", false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sockaddr_storage address;

		print_message("# '%s'\n", cases[i].text);
		assert_true(address_parse(cases[i].text, &address));
		assert_int_equal(address_is_loopback((struct sockaddr *)&address),
				 cases[i].loopback);
		assert_int_equal(address_is_private((struct sockaddr *)&address), cases[i].private);
	}
}

static void names_are_no_addresses(void **state)
{
	static const char *const names[] = { "", "localhost", "127.1", "1.2.3.4.5", "0x7f.0.0.1",
					     "::1%lo", "[::1]" };
	struct sockaddr_storage address;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		print_message("# '%s'\n", names[i]);
		assert_false(address_parse(names[i], &address));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_told_apart),
		cmocka_unit_test(names_are_no_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
