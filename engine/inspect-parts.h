/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of docker's documents, and the small values they are made of. All are new
 * references. */
#ifndef ENGINE_INSPECT_PARTS_H
#define ENGINE_INSPECT_PARTS_H

#include <jansson.h>
#include <stdint.h>

#include "engine/container.h"

struct digest;
struct strings;

json_t *inspect_host_config(const struct container_config *config);
json_t *inspect_config(const struct container_config *config);
json_t *inspect_network(const struct container_config *config,
			const struct container_state *state);

json_t *inspect_time(int64_t time);		/* 0 is docker's "never" */
json_t *inspect_text(const char *text);		/* NULL is "" */
json_t *inspect_digest(const struct digest *digest);
json_t *inspect_list_or_null(const struct strings *list);
json_t *inspect_set(const struct strings *keys);	/* {"80/tcp": {}} */
json_t *inspect_healthcheck(const struct healthcheck *check);

#endif
