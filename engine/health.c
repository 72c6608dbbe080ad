/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What results of checks mean, by docker's rules: a success makes healthy; as many failures as
 * `retries` in a row make unhealthy, but those within the start period do not count until the first
 * success. podman's startup check comes before all of that.
 */
#include "engine/health.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "engine/container-config.h"

#define HEALTH_FILE "health.json"
#define INTERVAL_DEFAULT (30 * NS_PER_SECOND)
#define START_INTERVAL_DEFAULT (5 * NS_PER_SECOND)
#define TIMEOUT_DEFAULT (30 * NS_PER_SECOND)
#define RETRIES_DEFAULT 3
#define LOG_COUNT_DEFAULT 5

static bool has_test(const struct healthcheck *check)
{
	return check->test.count > 1 && strcmp(check->test.items[0], "NONE") != 0;
}

bool health_is_checked(const struct container_config *config)
{
	return has_test(&config->healthcheck);
}

static json_t *read_record(const struct container *container)
{
	auto_error ignored = { 0 };
	json_t *record = json_read_file(container->folder, HEALTH_FILE, CONTAINER_FILE_SIZE_MAX,
					&ignored);

	return json_is_object(record) ? record : json_pack("{s:i, s:[]}", "FailingStreak", 0, "Log");
}

/* A number of the record's. */
static unsigned int number(const json_t *record, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(record, key));

	return value > 0 && value < INT32_MAX ? (unsigned int)value : 0;
}

static bool past_startup(const struct container_config *config, const json_t *record)
{
	unsigned int wanted = config->startup_successes ? config->startup_successes : 1;

	return !has_test(&config->startup_check) || number(record, "StartupSuccesses") >= wanted;
}

const struct healthcheck *health_current_check(const struct container *container)
{
	auto_json json_t *record = NULL;

	if (!has_test(&container->config.startup_check))
		return &container->config.healthcheck;
	record = read_record(container);
	return past_startup(&container->config, record) ? &container->config.healthcheck
							: &container->config.startup_check;
}

int64_t health_interval(const struct container *container, int64_t now_ns)
{
	const struct healthcheck *check = health_current_check(container);
	int64_t period_end = container->state.started_ns + check->start_period_ns;

	if (container->state.health == HEALTH_STARTING && now_ns < period_end)
		return check->start_interval_ns ? check->start_interval_ns
						: START_INTERVAL_DEFAULT;
	return check->interval_ns ? check->interval_ns : INTERVAL_DEFAULT;
}

int64_t health_timeout(const struct healthcheck *check)
{
	return check->timeout_ns ? check->timeout_ns : TIMEOUT_DEFAULT;
}

/* A copy in a folder of the host's (--health-log-destination). */
static void write_elsewhere(const struct container *container, const json_t *record)
{
	auto_error failure = { 0 };
	auto_fd int folder = dir_open(AT_FDCWD, container->config.health_log_path, &failure);
	auto_free char *name = xasprintf("%s-healthcheck.log", container->config.id);

	if (folder >= 0)
		json_write_file(folder, name, record, FILE_VOLATILE, &failure);
}

static void write_record(const struct container *container, const json_t *record)
{
	auto_error ignored = { 0 };

	json_write_file(container->folder, HEALTH_FILE, record, FILE_VOLATILE, &ignored);
	if (!is_empty(container->config.health_log_path))
		write_elsewhere(container, record);
}

static json_t *time_text(int64_t time_ns)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(time_ns, text);
	return json_string(text);
}

static void add_result(const struct container_config *config, json_t *record,
		       const struct health_probe *probe, int exit_code)
{
	size_t room = config->health_log_count ? config->health_log_count : LOG_COUNT_DEFAULT;
	json_t *log = json_object_get(record, "Log");

	if (!json_is_array(log)) {
		log = json_array();
		json_object_set_new(record, "Log", log);
	}
	json_array_append_new(log, json_pack("{s:o, s:o, s:i, s:o}",
					     "Start", time_text(probe->start_ns),
					     "End", time_text(clock_now()), "ExitCode", exit_code,
					     "Output", json_from_text(probe->text.data
									      ? probe->text.data
									      : "")));
	while (json_array_size(log) > room)
		json_array_remove(log, 0);
}

/* The startup check's: whether its failures are too many. */
static bool count_startup(const struct container_config *config, json_t *record, bool success)
{
	unsigned int failures = success ? 0 : number(record, "StartupFailures") + 1;
	unsigned int retries = (unsigned int)config->startup_check.retries;

	json_object_set_new(record, "StartupFailures", json_integer((json_int_t)failures));
	if (success)
		json_object_set_new(record, "StartupSuccesses",
				    json_integer((json_int_t)number(record, "StartupSuccesses") +
						 1));
	return retries > 0 && failures >= retries;
}

static enum health_status count_main(const struct container *container, json_t *record,
				     const struct health_probe *probe, bool success)
{
	const struct healthcheck *check = &container->config.healthcheck;
	unsigned int retries = check->retries > 0 ? (unsigned int)check->retries : RETRIES_DEFAULT;
	enum health_status before = container->state.health;
	bool excused = before == HEALTH_STARTING &&
		       probe->start_ns < container->state.started_ns + check->start_period_ns;
	unsigned int streak = success ? 0 : number(record, "FailingStreak") + !excused;

	json_object_set_new(record, "FailingStreak", json_integer((json_int_t)streak));
	if (success)
		return HEALTH_HEALTHY;
	return streak >= retries ? HEALTH_UNHEALTHY : before;
}

enum health_change health_record(struct container *container, const struct health_probe *probe,
				 int exit_code)
{
	auto_json json_t *record = read_record(container);
	enum health_status before = container->state.health;
	auto_error ignored = { 0 };
	bool startup_failed = false;

	add_result(&container->config, record, probe, exit_code);
	if (probe->is_startup)
		startup_failed = count_startup(&container->config, record, exit_code == 0);
	else
		container->state.health = count_main(container, record, probe, exit_code == 0);
	json_object_set_new(record, "Status",
			    json_string(container_health_name(container->state.health)));
	write_record(container, record);
	if (startup_failed)
		return HEALTH_STARTUP_FAILED;
	if (container->state.health == before)
		return HEALTH_SAME;
	container_write_state(container, &ignored);
	return HEALTH_CHANGED;
}

void health_reset(struct container *container)
{
	unlinkat(container->folder, HEALTH_FILE, 0);
	container->state.health = health_is_checked(&container->config) ? HEALTH_STARTING
									 : HEALTH_NONE;
}

json_t *health_inspect(const struct container *container)
{
	auto_json json_t *record = NULL;
	json_t *log;

	if (!health_is_checked(&container->config))
		return NULL;
	record = read_record(container);
	log = json_object_get(record, "Log");
	return json_pack("{s:s, s:i, s:o}", "Status",
			 container->state.health ? container_health_name(container->state.health)
						 : "starting",
			 "FailingStreak", (int)number(record, "FailingStreak"), "Log",
			 json_is_array(log) ? json_incref(log) : json_array());
}
