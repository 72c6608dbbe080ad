/* SPDX-License-Identifier: Apache-2.0 */
/* --health-*: 0 leaves a value to the image. */
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/container-options.h"
#include "engine/container.h"

#define TIME_MIN 1000000	/* docker's: a millisecond */
#define TIME_NEVER (50LL * 365 * 86400 * NS_PER_SECOND)
#define LOG_SIZE_MAX (1 << 20)
#define LOG_COUNT_MAX 1000

static int parse_time(const char *option, const char *text, int64_t *ret_ns, struct error *err)
{
	if (!text)
		return 0;
	if (strcmp(text, "disable") == 0 && has_suffix(option, "-interval")) {
		*ret_ns = TIME_NEVER; /* podman's word: only when it is asked for */
		return 0;
	}
	if (duration_parse(text, ret_ns, err) < 0 || *ret_ns < 0)
		return error_set(err, ERROR_USAGE,
				 "invalid argument \"%s\" for \"--%s\" flag: not a "
				 "duration such as 30s or 1m30s",
				 text, option);
	if (*ret_ns > 0 && *ret_ns < TIME_MIN)
		return error_set(err, ERROR_USAGE, "--%s cannot be less than 1ms", option);
	return 0;
}

static int parse_count(const char *option, long long value, long long max, long long *ret_count,
		       struct error *err)
{
	if (value < 0)
		return error_set(err, ERROR_USAGE, "--%s cannot be negative", option);
	*ret_count = value < max ? value : max;
	return 0;
}

/* A line for the shell; or, as podman has it, a JSON list of words, or "CMD" before words. */
static int parse_command(const char *text, struct strings *ret_test, struct error *err)
{
	const char *words = skip_prefix(text, "CMD ");
	auto_json json_t *json = NULL;

	if (strcmp(text, "none") == 0 || strcmp(text, "NONE") == 0) {
		strings_add(ret_test, "NONE");
		return 0;
	}
	if (text[0] == '[') {
		auto_error not_json = { 0 };

		json = json_parse(text, strlen(text), "--health-cmd", &not_json);
	}
	if (json) {
		if (json_to_strings(json, "--health-cmd", ret_test, err) < 0)
			return error_set(err, ERROR_USAGE, "invalid --health-cmd '%s'", text);
		if (ret_test->count > 0 && strncmp(ret_test->items[0], "CMD", 3) == 0)
			return 0;
		text = NULL;
	}
	if (!text || words) {
		auto_release(strings) struct strings given = *ret_test;

		*ret_test = (struct strings){ 0 };
		strings_add(ret_test, "CMD");
		for (size_t i = 0; i < given.count; i++)
			strings_add(ret_test, given.items[i]);
		if (words)
			strings_split(ret_test, words, ' ');
		return 0;
	}
	strings_add(ret_test, "CMD-SHELL");
	strings_add(ret_test, text);
	return 0;
}

static bool any_given(const struct container_args *args)
{
	return args->health_cmd || args->health_interval || args->health_timeout ||
	       args->health_start_period || args->health_start_interval ||
	       args->health_retries || args->startup_cmd || args->health_on_failure;
}

static int apply_main(const struct container_args *args, struct healthcheck *health,
		      struct error *err)
{
	long long retries = 0;

	if (!is_empty(args->health_cmd) &&
	    parse_command(args->health_cmd, &health->test, err) < 0)
		return -1;
	if (parse_count("health-retries", args->health_retries, INT_MAX, &retries, err) < 0)
		return -1;
	health->retries = (int)retries;
	if (parse_time("health-interval", args->health_interval, &health->interval_ns, err) < 0 ||
	    parse_time("health-timeout", args->health_timeout, &health->timeout_ns, err) < 0 ||
	    parse_time("health-start-period", args->health_start_period, &health->start_period_ns,
		       err) < 0)
		return -1;
	return parse_time("health-start-interval", args->health_start_interval,
			  &health->start_interval_ns, err);
}

static int apply_startup(const struct container_args *args, struct container_config *config,
			 struct error *err)
{
	struct healthcheck *health = &config->startup_check;
	long long retries = 0, successes = 0;

	if (is_empty(args->startup_cmd))
		return 0;
	if (parse_command(args->startup_cmd, &health->test, err) < 0 ||
	    parse_count("health-startup-retries", args->startup_retries, INT_MAX, &retries,
			err) < 0 ||
	    parse_count("health-startup-success", args->startup_successes, INT_MAX, &successes,
			err) < 0)
		return -1;
	health->retries = (int)retries;
	config->startup_successes = (unsigned int)successes;
	if (parse_time("health-startup-interval", args->startup_interval, &health->interval_ns,
		       err) < 0)
		return -1;
	return parse_time("health-startup-timeout", args->startup_timeout, &health->timeout_ns,
			  err);
}

static int apply_action(const struct container_args *args, struct container_config *config,
			struct error *err)
{
	static const char *const actions[] = {
		[HEALTH_GO_ON] = "none", [HEALTH_KILL] = "kill", [HEALTH_RESTART] = "restart",
		[HEALTH_STOP] = "stop",
	};

	if (!args->health_on_failure)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (strcmp(actions[i], args->health_on_failure) == 0) {
			config->health_action = (enum health_action)i;
			return 0;
		}
	}
	return error_set(err, ERROR_USAGE,
			 "invalid --health-on-failure '%s': none, kill, restart or stop",
			 args->health_on_failure);
}

static int apply_log(const struct container_args *args, struct container_config *config,
		     struct error *err)
{
	const char *place = args->health_log_destination;
	long long count = 0, size = 0;

	if (parse_count("health-max-log-count", args->health_log_count, LOG_COUNT_MAX, &count,
			err) < 0 ||
	    parse_count("health-max-log-size", args->health_log_size, LOG_SIZE_MAX, &size, err) < 0)
		return -1;
	config->health_log_count = (unsigned int)count;
	config->health_log_size = (unsigned int)size;
	if (is_empty(place) || strcmp(place, "local") == 0)
		return 0;
	if (place[0] != '/')
		return error_set(err, ERROR_USAGE, "--health-log-destination '%s': 'local', or the "
				 "absolute path of a directory", place);
	config->health_log_path = xstrdup(place);
	return 0;
}

int container_health_apply(const struct container_args *args, struct container_config *config,
			   struct error *err)
{
	if (args->no_healthcheck) {
		if (any_given(args))
			return error_set(err, ERROR_USAGE,
					 "--no-healthcheck conflicts with --health-* options");
		strings_add(&config->healthcheck.test, "NONE");
		return 0;
	}
	if (apply_main(args, &config->healthcheck, err) < 0 ||
	    apply_startup(args, config, err) < 0 || apply_action(args, config, err) < 0)
		return -1;
	return apply_log(args, config, err);
}
