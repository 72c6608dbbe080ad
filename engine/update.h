/* SPDX-License-Identifier: Apache-2.0 */
/* Changing a container's limits and restart policy, also while it runs. */
#ifndef ENGINE_UPDATE_H
#define ENGINE_UPDATE_H

#include <stdbool.h>

#include "engine/container.h"

struct update_request {
	struct resource_request resources;	/* borrowed; what is 0 or NULL stays */
	bool restart_given;
	struct restart_policy restart;
};

/* All or nothing. Its supervisor looks at the policy when the program ends. ERROR_UNSUPPORTED where
 * limits are not to be had. */
int container_update(struct engine *engine, struct container *container,
		     const struct update_request *request, struct error *err);

#endif
