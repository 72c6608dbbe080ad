/* SPDX-License-Identifier: Apache-2.0 */
/* Restart policies: see restart.h. */
#include "engine/supervisor/restart.h"

#include "base/clock.h"
#include "engine/container.h"

#define DELAY_FIRST ((uint64_t)NS_PER_SECOND / 10)
#define DELAY_MAX ((uint64_t)NS_PER_SECOND * 60)
#define RUN_THAT_RESETS ((uint64_t)NS_PER_SECOND * 10)

bool restart_wanted(const struct restart_policy *policy, bool stopped, int exit_code,
		    unsigned int count)
{
	if (stopped)
		return false;
	switch (policy->kind) {
	case RESTART_ALWAYS:
	case RESTART_UNLESS_STOPPED:
		return true;
	case RESTART_ON_FAILURE:
		return exit_code != 0 && (policy->max_retries == 0 || count < policy->max_retries);
	default:
		return false;
	}
}

uint64_t restart_delay(uint64_t previous_ns, uint64_t run_ns)
{
	if (previous_ns == 0 || run_ns >= RUN_THAT_RESETS)
		return DELAY_FIRST;
	return previous_ns * 2 < DELAY_MAX ? previous_ns * 2 : DELAY_MAX;
}
