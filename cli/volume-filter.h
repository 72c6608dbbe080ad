/* SPDX-License-Identifier: Apache-2.0 */
/* --filter of `volume ls` and `volume prune`. */
#ifndef CLI_VOLUME_FILTER_H
#define CLI_VOLUME_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/filter.h"

struct engine;
struct error;
struct volume;

struct volume_filters {
	struct filters filters;
	int64_t since_ns, until_ns;
	bool has_since, has_until;
};
/* `keys` are those of the command, NULL-terminated; checks what they are set to. */
int volume_filters_parse(struct engine *engine, const struct strings *texts,
			 const char *const *keys, struct volume_filters *ret_filters,
			 struct error *err);
bool volume_filters_match(const struct volume_filters *filters, const struct volume *volume);
void volume_filters_release(struct volume_filters *filters);

#endif
