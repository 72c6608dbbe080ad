/* SPDX-License-Identifier: Apache-2.0 */
/* --health-*: kept with the container for inspect; 0 leaves a value to the image. */
#include <limits.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/container-options.h"
#include "engine/container.h"

static int parse_time(const char *option, const char *text, int64_t *ret_ns, struct error *err)
{
	if (!text)
		return 0;
	if (duration_parse(text, ret_ns, err) < 0 || *ret_ns < 0)
		return error_set(err, ERROR_USAGE,
				 "invalid argument \"%s\" for \"--%s\" flag: not a "
				 "duration such as 30s or 1m30s",
				 text, option);
	return 0;
}

static bool any_given(const struct container_args *args)
{
	return args->health_cmd || args->health_interval || args->health_timeout ||
	       args->health_start_period || args->health_start_interval || args->health_retries;
}

int container_health_apply(const struct container_args *args, struct container_config *config,
			   struct error *err)
{
	struct healthcheck *health = &config->healthcheck;

	if (args->no_healthcheck) {
		if (any_given(args))
			return error_set(err, ERROR_USAGE,
					 "--no-healthcheck conflicts with --health-* options");
		strings_add(&health->test, "NONE");
		return 0;
	}
	if (!any_given(args))
		return 0;
	warning("health checks are recorded with the container, but not run yet");
	if (!is_empty(args->health_cmd)) {
		strings_add(&health->test, "CMD-SHELL");
		strings_add(&health->test, args->health_cmd);
	}
	if (args->health_retries < 0 || args->health_retries > INT_MAX)
		return error_set(err, ERROR_USAGE, "--health-retries cannot be negative");
	health->retries = (int)args->health_retries;
	if (parse_time("health-interval", args->health_interval, &health->interval_ns, err) < 0 ||
	    parse_time("health-timeout", args->health_timeout, &health->timeout_ns, err) < 0 ||
	    parse_time("health-start-period", args->health_start_period, &health->start_period_ns,
		       err) < 0)
		return -1;
	return parse_time("health-start-interval", args->health_start_interval,
			  &health->start_interval_ns, err);
}
