/* SPDX-License-Identifier: Apache-2.0 */
/* What the results of health checks make of a container's health, and what is kept of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "engine/container-config.h"
#include "engine/health.h"
#include "tests/unit/scratch.h"

#define PERIOD (60 * NS_PER_SECOND)

static void prepare(struct container *container, int folder)
{
	struct container_config *config = &container->config;

	*container = (struct container){ .folder = folder };
	memset(config->id, 'a', CONTAINER_ID_SIZE - 1);
	strings_add(&config->healthcheck.test, "CMD");
	strings_add(&config->healthcheck.test, "true");
	container->state.phase = CONTAINER_RUNNING;
	container->state.started_ns = clock_now();
	health_reset(container);
}

static void release(struct container *container)
{
	container_config_release(&container->config);
	container_state_release(&container->state);
}

static enum health_change record(struct container *container, int64_t after_ns, int exit_code,
				 const char *output)
{
	struct health_probe probe = { .start_ns = container->state.started_ns + after_ns };
	enum health_change change;

	probe.is_startup = health_current_check(container) == &container->config.startup_check;
	buffer_puts(&probe.text, output);
	change = health_record(container, &probe, exit_code);
	buffer_release(&probe.text);
	return change;
}

static int streak(const struct container *container)
{
	auto_json json_t *json = health_inspect(container);

	return (int)json_integer_value(json_object_get(json, "FailingStreak"));
}

/* Results: '+' success and '-' failure within the start period, '1' and '0' after it. */
static const struct {
	const char *results;
	int retries;
	enum health_status health;
	int streak;
} cases[] = {
	{ "", 0, HEALTH_STARTING, 0 },
	{ "1", 0, HEALTH_HEALTHY, 0 },
	{ "00", 0, HEALTH_STARTING, 2 },
	{ "000", 0, HEALTH_UNHEALTHY, 3 },
	{ "0", 1, HEALTH_UNHEALTHY, 1 },
	{ "1000", 4, HEALTH_HEALTHY, 3 },
	{ "10001", 3, HEALTH_HEALTHY, 0 },
	{ "0001", 3, HEALTH_HEALTHY, 0 },
	{ "-----", 3, HEALTH_STARTING, 0 },
	{ "-----00", 3, HEALTH_STARTING, 2 },
	{ "-----000", 3, HEALTH_UNHEALTHY, 3 },
	{ "+---", 3, HEALTH_UNHEALTHY, 3 },	/* a success ends the period */
};

static void results_make_health(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct container container;

		prepare(&container, scratch_dir(state));
		container.config.healthcheck.retries = cases[i].retries;
		container.config.healthcheck.start_period_ns = PERIOD;
		for (const char *result = cases[i].results; *result; result++) {
			bool early = *result == '+' || *result == '-';

			record(&container, early ? NS_PER_SECOND : 2 * PERIOD,
			       *result == '+' || *result == '1' ? 0 : 1, "");
		}
		if (container.state.health != cases[i].health ||
		    streak(&container) != cases[i].streak)
			fail_msg("'%s': %s, %d failures", cases[i].results,
				 container_health_name(container.state.health),
				 streak(&container));
		release(&container);
	}
}

static void the_last_results_are_kept(void **state)
{
	struct container container;
	auto_json json_t *json = NULL;
	const json_t *log;

	prepare(&container, scratch_dir(state));
	for (int i = 0; i < 9; i++)
		record(&container, 0, i, i == 8 ? "bad \xff byte" : "fine");
	json = health_inspect(&container);
	log = json_object_get(json, "Log");
	assert_int_equal(json_array_size(log), 5);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(log, 0), "ExitCode")),
			 4);
	assert_string_equal(json_string_value(json_object_get(json_array_get(log, 4), "Output")),
			    "bad \xef\xbf\xbd byte");
	health_reset(&container);
	assert_int_equal(streak(&container), 0);
	release(&container);
}

static void changes_are_told_once(void **state)
{
	struct container container;

	prepare(&container, scratch_dir(state));
	assert_int_equal(record(&container, 0, 0, ""), HEALTH_CHANGED);
	assert_int_equal(record(&container, 0, 0, ""), HEALTH_SAME);
	assert_int_equal(record(&container, 0, 1, ""), HEALTH_SAME);
	assert_int_equal(record(&container, 0, 1, ""), HEALTH_SAME);
	assert_int_equal(record(&container, 0, HEALTH_EXIT_TIMEOUT, ""), HEALTH_CHANGED);
	release(&container);
}

static void a_startup_check_comes_first(void **state)
{
	struct container container;
	struct container_config *config = &container.config;

	prepare(&container, scratch_dir(state));
	strings_add(&config->startup_check.test, "CMD");
	strings_add(&config->startup_check.test, "up");
	config->startup_check.retries = 3;
	config->startup_successes = 2;
	assert_int_equal(record(&container, 0, 1, ""), HEALTH_SAME);
	assert_int_equal(record(&container, 0, 1, ""), HEALTH_SAME);
	assert_int_equal(record(&container, 0, 0, ""), HEALTH_SAME);
	assert_int_equal(record(&container, 0, 1, ""), HEALTH_SAME);
	assert_ptr_equal(health_current_check(&container), &config->startup_check);
	assert_int_equal(record(&container, 0, 1, ""), HEALTH_SAME);
	assert_int_equal(record(&container, 0, 1, ""), HEALTH_STARTUP_FAILED);
	assert_int_equal(record(&container, 0, 0, ""), HEALTH_SAME);
	assert_ptr_equal(health_current_check(&container), &config->healthcheck);
	assert_int_equal(container.state.health, HEALTH_STARTING);
	assert_int_equal(record(&container, 0, 0, ""), HEALTH_CHANGED);
	release(&container);
}

static void a_damaged_record_is_begun_anew(void **state)
{
	struct container container;
	auto_error err = { 0 };

	prepare(&container, scratch_dir(state));
	assert_int_equal(file_write(container.folder, "health.json", "[1", 2, 0600, FILE_VOLATILE,
				    &err), 0);
	assert_int_equal(streak(&container), 0);
	assert_int_equal(record(&container, 0, 1, ""), HEALTH_SAME);
	assert_int_equal(streak(&container), 1);
	release(&container);
}

#define scratch_test(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(results_make_health),
		scratch_test(the_last_results_are_kept),
		scratch_test(changes_are_told_once),
		scratch_test(a_startup_check_comes_first),
		scratch_test(a_damaged_record_is_begun_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
