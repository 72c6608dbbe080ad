/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/error.h"
#include "engine/runtime/spec.h"

static void names_are_read_in_any_spelling(void **state)
{
	static const struct {
		const char *name;
		int number;	/* -1: refused */
	} cases[] = {
		{ "CAP_SYS_ADMIN", 21 }, { "sys_admin", 21 }, { "cap_Chown", 0 },
		{ "CHECKPOINT_RESTORE", 40 }, { "net_raw", 13 }, { "", -1 }, { "CAP_", -1 },
		{ "SYS_ADMINS", -1 }, { "SYS", -1 }, { "21", -1 }, { "CAP_CAP_CHOWN", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_error err = { 0 };
		unsigned int number = 99;
		int result = capability_parse(cases[i].name, &number, &err);

		if (cases[i].number < 0 ? result == 0 || err.kind != ERROR_USAGE :
					  result < 0 || (int)number != cases[i].number)
			fail_msg("'%s': %d, %u", cases[i].name, result, number);
	}
}

static void numbers_have_names(void **state)
{
	(void)state;
	assert_string_equal(capability_name(0), "CAP_CHOWN");
	assert_string_equal(capability_name(40), "CAP_CHECKPOINT_RESTORE");
	assert_null(capability_name(41));
}

#define CHOWN (1ULL << 0)
#define KILL (1ULL << 5)
#define SYS_ADMIN (1ULL << 21)

static void sets_are_combined_as_docker_does(void **state)
{
	static const struct {
		const char *add, *drop;
		uint64_t base, expected;
	} cases[] = {
		{ "", "", CHOWN | KILL, CHOWN | KILL },
		{ "sys_admin", "", CHOWN, CHOWN | SYS_ADMIN },
		{ "", "chown", CHOWN | KILL, KILL },
		{ "chown", "chown", KILL, CHOWN | KILL },	/* add wins */
		{ "all", "", CHOWN, CAPABILITIES_ALL },
		{ "ALL", "kill", CHOWN, CAPABILITIES_ALL & ~KILL },
		{ "", "all", CHOWN, 0 },
		{ "kill sys_admin", "CAP_ALL", CHOWN, KILL | SYS_ADMIN },
		{ "all", "all", CHOWN, CAPABILITIES_ALL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_release(strings) struct strings add = { 0 }, drop = { 0 };
		auto_error err = { 0 };
		uint64_t set = 0;

		if (*cases[i].add)
			strings_split(&add, cases[i].add, ' ');
		if (*cases[i].drop)
			strings_split(&drop, cases[i].drop, ' ');
		assert_int_equal(capabilities_combine(cases[i].base, &add, &drop, &set, &err), 0);
		if (set != cases[i].expected)
			fail_msg("add '%s', drop '%s': %llx, not %llx", cases[i].add, cases[i].drop,
				 (unsigned long long)set, (unsigned long long)cases[i].expected);
	}
}

static void unknown_names_are_refused(void **state)
{
	auto_release(strings) struct strings add = { 0 }, none = { 0 };
	auto_error err = { 0 };
	uint64_t set;

	(void)state;
	strings_add(&add, "made_up");
	assert_int_equal(capabilities_combine(0, &add, &none, &set, &err), -1);
	assert_string_equal(err.message, "unknown capability 'made_up'; see capabilities(7)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_read_in_any_spelling),
		cmocka_unit_test(numbers_have_names),
		cmocka_unit_test(sets_are_combined_as_docker_does),
		cmocka_unit_test(unknown_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
