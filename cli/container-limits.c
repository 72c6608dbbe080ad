/* SPDX-License-Identifier: Apache-2.0 */
/* Memory, CPU, processes, ulimits: read and held against docker's bounds. */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/error.h"
#include "base/units.h"
#include "cli/container-options.h"
#include "engine/container.h"

#define MEMORY_MIN (6LL << 20)
#define NANO_DIGITS 9

static int parse_memory_swap(const char *text, int64_t *ret_bytes, struct error *err)
{
	uint64_t bytes;

	if (strcmp(text, "-1") == 0) {
		*ret_bytes = -1;
		return 0;
	}
	if (size_parse(text, &bytes, err) < 0 || bytes > INT64_MAX)
		return error_set(err, ERROR_USAGE, "invalid argument \"%s\" for \"--memory-swap\" "
				 "flag: not a size such as 512m or 2g, or -1", text);
	*ret_bytes = (int64_t)bytes;
	return 0;
}

static int apply_memory(const struct container_args *args, struct resource_request *resources,
			struct error *err)
{
	resources->memory = (int64_t)args->memory;
	resources->memory_reservation = (int64_t)args->memory_reservation;
	if (args->memory_swap &&
	    parse_memory_swap(args->memory_swap, &resources->memory_swap, err) < 0)
		return -1;
	if (resources->memory && resources->memory < MEMORY_MIN)
		return error_set(err, ERROR_USAGE, "minimum memory limit allowed is 6MB");
	if (resources->memory_swap > 0 && !resources->memory)
		return error_set(err, ERROR_USAGE, "--memory-swap needs --memory");
	if (resources->memory_swap > 0 && resources->memory_swap < resources->memory)
		return error_set(err, ERROR_USAGE,
				 "--memory-swap is memory and swap together, so it cannot be below "
				 "--memory");
	if (resources->memory && resources->memory_reservation > resources->memory)
		return error_set(err, ERROR_USAGE, "--memory-reservation cannot be above --memory");
	return 0;
}

/* "1.5" -> 1500000000, without rounding. */
static int parse_cpus(const char *text, int64_t *ret_nano, struct error *err)
{
	auto_error why = { 0 };
	const char *point = strchr(text, '.');
	size_t digits = point ? strlen(point + 1) : 0;
	auto_free char *whole = point ? xstrndup(text, (size_t)(point - text)) : xstrdup(text);
	auto_free char *all = NULL;

	if (point && point[1 + strspn(point + 1, "0123456789")] == '\0' && digits <= NANO_DIGITS)
		all = xasprintf("%s%s%.*s", whole, point + 1, (int)(NANO_DIGITS - digits),
				"000000000");
	else if (!point)
		all = xasprintf("%s000000000", whole);
	if (!all || parse_i64(all, ret_nano, &why) < 0 || *ret_nano < 0)
		return error_set(err, ERROR_USAGE,
				 "invalid argument \"%s\" for \"--cpus\" flag: not a "
				 "number such as 2 or 0.5",
				 text);
	return 0;
}

/* "0-3,5" */
static int check_cpu_list(const char *option, const char *text, struct error *err)
{
	if (text && (*text == '\0' || text[strspn(text, "0123456789,-")] != '\0'))
		return error_set(err, ERROR_USAGE,
				 "invalid argument \"%s\" for \"--%s\" flag: not a "
				 "list such as 0-3,5",
				 text, option);
	return 0;
}

static int apply_cpu(const struct container_args *args, struct resource_request *resources,
		     struct error *err)
{
	if (args->cpus && parse_cpus(args->cpus, &resources->nano_cpus, err) < 0)
		return -1;
	if (resources->nano_cpus && (args->cpu_period || args->cpu_quota))
		return error_set(err, ERROR_USAGE,
				 "conflicting options: --cpus and --cpu-period or --cpu-quota");
	if (args->cpu_period && (args->cpu_period < 1000 || args->cpu_period > 1000000))
		return error_set(err, ERROR_USAGE, "--cpu-period is between 1000 and 1000000");
	if (args->cpu_quota > 0 && args->cpu_quota < 1000)
		return error_set(err, ERROR_USAGE, "--cpu-quota is at least 1000");
	if (args->cpu_shares && (args->cpu_shares < 2 || args->cpu_shares > 262144))
		return error_set(err, ERROR_USAGE, "--cpu-shares is between 2 and 262144");
	if (check_cpu_list("cpuset-cpus", args->cpuset_cpus, err) < 0 ||
	    check_cpu_list("cpuset-mems", args->cpuset_mems, err) < 0)
		return -1;
	resources->cpu_period = args->cpu_period;
	resources->cpu_quota = args->cpu_quota;
	resources->cpu_shares = args->cpu_shares;
	resources->cpuset_cpus = xstrdup(args->cpuset_cpus);
	resources->cpuset_mems = xstrdup(args->cpuset_mems);
	return 0;
}

static bool is_ulimit(const char *name, size_t length)
{
	static const char *const names[] = {
		"core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile",
		"nproc", "rss", "rtprio", "rttime", "sigpending", "stack",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0)
			return true;
	return false;
}

/* NAME=SOFT[:HARD] */
static int parse_ulimit(const char *text, struct ulimit_request *ret_limit, struct error *err)
{
	auto_error why = { 0 };
	size_t length = strcspn(text, "=");
	auto_free char *soft = NULL;
	const char *hard;

	if (!is_ulimit(text, length))
		return error_set(err, ERROR_USAGE, "invalid ulimit type: %.*s", (int)length, text);
	soft = xstrdup(text[length] ? text + length + 1 : "");
	hard = strchr(soft, ':');
	if (hard) {
		soft[hard - soft] = '\0';
		hard++;
	}
	memcpy(ret_limit->name, text, length);
	ret_limit->name[length] = '\0';
	if (parse_i64(soft, &ret_limit->soft, &why) < 0 ||
	    parse_i64(hard ? hard : soft, &ret_limit->hard, &why) < 0 || ret_limit->soft < -1 ||
	    ret_limit->hard < -1)
		return error_set(err, ERROR_USAGE, "invalid ulimit argument: %s", text);
	if (ret_limit->hard != -1 && (ret_limit->soft == -1 || ret_limit->soft > ret_limit->hard))
		return error_set(err, ERROR_USAGE,
				 "ulimit soft limit must be less than or equal to "
				 "hard limit: %s",
				 text);
	return 0;
}

static int apply_ulimits(const struct strings *texts, struct container_config *config,
			 struct error *err)
{
	for (size_t i = 0; i < texts->count; i++) {
		struct ulimit_request limit = { 0 };
		size_t at = 0;

		if (parse_ulimit(texts->items[i], &limit, err) < 0)
			return -1;
		while (at < config->ulimit_count &&
		       strcmp(config->ulimits[at].name, limit.name) != 0)
			at++;
		if (at == config->ulimit_count) {
			config->ulimits = xrealloc_array(config->ulimits, at + 1, sizeof(limit));
			config->ulimit_count++;
		}
		config->ulimits[at] = limit;
	}
	return 0;
}

int container_limits_apply(const struct container_args *args, struct container_config *config,
			   struct error *err)
{
	if (apply_memory(args, &config->resources, err) < 0 ||
	    apply_cpu(args, &config->resources, err) < 0 ||
	    apply_ulimits(&args->ulimits, config, err) < 0)
		return -1;
	config->resources.pids_limit = args->pids_limit < 0 ? 0 : args->pids_limit;
	config->shm_size = args->shm_size;
	if (args->oom_score_adj == INTEGER_UNSET)
		return 0;
	if (args->oom_score_adj < -1000 || args->oom_score_adj > 1000)
		return error_set(err, ERROR_USAGE, "invalid value %lld, range for oom score adj is "
				 "[-1000, 1000]", args->oom_score_adj);
	config->oom_score_adj_set = true;
	config->oom_score_adj = (int)args->oom_score_adj;
	return 0;
}
