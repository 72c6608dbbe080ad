/* SPDX-License-Identifier: Apache-2.0 */
/* What ps shows of a container, by the names of docker's placeholders and of podman's. */
#ifndef CLI_PS_ROW_H
#define CLI_PS_ROW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/format.h"
#include "cli/session.h"

struct ps_source {
	struct engine *engine;
	const struct container *container;
	bool full;	/* cut nothing short */
	bool sizes;
	int64_t now;
};

extern const struct list_field ps_fields[];

/* Those members that the template `format` speaks of; NULL: docker's, all of them. */
json_t *ps_row(const struct ps_source *source, const char *format);

#endif
