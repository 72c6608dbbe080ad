/* SPDX-License-Identifier: Apache-2.0 */
/* One container for each test of the launcher, and what tests ask of it. */
#ifndef TESTS_UNIT_CONTAINER_CHECKS_H
#define TESTS_UNIT_CONTAINER_CHECKS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/unit/container.h"
#include "tests/unit/scratch.h"

static struct container_fixture fixture;

static inline bool can_launch(void)
{
	if (geteuid() == 0 && access(BUSYBOX, X_OK) == 0)
		return true;
	print_message("skipped: needs root and " BUSYBOX "\n");
	return false;
}

static inline int set_up(void **state)
{
	if (scratch_make(state) < 0 || chmod(scratch_path, 0755) < 0)
		return -1;
	if (!can_launch())
		return 0;
	return fixture_init(&fixture, scratch_dir(state)) ? 0 : -1;
}

static inline int tear_down(void **state)
{
	if (geteuid() == 0)
		fixture_release(&fixture);
	return scratch_remove(state);
}

static inline void run_well(int expected_status)
{
	if (fixture_run(&fixture) < 0)
		fail_msg("%s", fixture.err.message);
	if (fixture.status != expected_status)
		fail_msg("status %d, output: %s", fixture.status,
			 fixture.output.data ? fixture.output.data : "");
}

static inline const char *shell(const char *script)
{
	const char *const args[] = { "sh", "-c", script, NULL };

	fixture_command(&fixture, args);
	run_well(0);
	return fixture.output.data ? fixture.output.data : "";
}

static inline json_t *readback(void)
{
	const char *const args[] = { "/bin/readback", NULL };
	json_error_t at;
	json_t *json;

	fixture_command(&fixture, args);
	run_well(0);
	json = json_loads(fixture.output.data, 0, &at);
	if (!json)
		fail_msg("%s in: %s", at.text, fixture.output.data);
	return json;
}

static inline void fails_with(const char *text)
{
	if (fixture_run(&fixture) == 0)
		fail_msg("it ran: %s", fixture.output.data ? fixture.output.data : "");
	if (!strstr(fixture.err.message, text))
		fail_msg("'%s' is not in '%s'", text, fixture.err.message);
}

static inline void assert_text(json_t *json, const char *key, const char *expected)
{
	assert_string_equal(json_string_value(json_object_get(json, key)), expected);
}

static inline bool same_namespace(json_t *json, const char *name)
{
	char path[64], own[64] = "";

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	if (readlink(path, own, sizeof(own) - 1) < 0)
		return false;
	return strcmp(own, json_string_value(json_object_get(
			      json_object_get(json, "namespaces"), name))) == 0;
}

#define LAUNCH_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
