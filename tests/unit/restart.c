/* SPDX-License-Identifier: Apache-2.0 */
/* Restart policies and their delays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/clock.h"
#include "engine/container.h"
#include "engine/supervisor/restart.h"

#define MS ((uint64_t)NS_PER_SECOND / 1000)

static void policies_decide_as_dockers(void **state)
{
	static const struct {
		struct restart_policy policy;
		bool stopped;
		int exit_code;
		unsigned int count;
		bool expected;
	} cases[] = {
		{ { RESTART_NO, 0 }, false, 1, 0, false },
		{ { RESTART_ALWAYS, 0 }, false, 0, 1000, true },
		{ { RESTART_ALWAYS, 0 }, true, 0, 0, false },
		{ { RESTART_UNLESS_STOPPED, 0 }, false, 1, 0, true },
		{ { RESTART_UNLESS_STOPPED, 0 }, true, 1, 0, false },
		{ { RESTART_ON_FAILURE, 0 }, false, 0, 0, false },
		{ { RESTART_ON_FAILURE, 0 }, false, 137, 1000, true },
		{ { RESTART_ON_FAILURE, 2 }, false, 1, 1, true },
		{ { RESTART_ON_FAILURE, 2 }, false, 1, 2, false },
		{ { RESTART_ON_FAILURE, 2 }, true, 1, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case %zu\n", i);
		assert_int_equal(restart_wanted(&cases[i].policy, cases[i].stopped,
						cases[i].exit_code, cases[i].count),
				 cases[i].expected);
	}
}

static void delays_double_up_to_a_minute(void **state)
{
	uint64_t delay = 0;

	(void)state;
	delay = restart_delay(delay, 0);
	assert_int_equal(delay, 100 * MS);
	delay = restart_delay(delay, 5 * MS);
	assert_int_equal(delay, 200 * MS);
	for (int i = 0; i < 20; i++)
		delay = restart_delay(delay, 9999 * MS);
	assert_int_equal(delay, 60000 * MS);
	assert_int_equal(restart_delay(delay, 10000 * MS), 100 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies_decide_as_dockers),
		cmocka_unit_test(delays_double_up_to_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
