/* SPDX-License-Identifier: Apache-2.0 */
/* Removing what nothing uses: what the prune commands of single kinds and `system prune` share. */
#ifndef CLI_PRUNING_H
#define CLI_PRUNING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strings.h"
#include "cli/filter.h"

struct engine;
struct error;

/* label=, label!= and until=; checks the time. */
int prune_filters_parse(const struct strings *texts, struct filters *ret_filters,
			struct error *err);
/* Whether something with these labels, made at `created_ns`, passes. */
bool prune_filters_match(const struct filters *filters, const struct strings *labels,
			 int64_t created_ns);

/* Shows `warning` and asks; anything but y is no. */
bool prune_confirm(const char *warning);
/* The last line of a prune command. */
void prune_print_reclaimed(uint64_t bytes);

/* Each removes what passes the filters, prints what it removed, and adds up the bytes of disk that
 * came free. The exit status (what could not be removed was reported), or -1. */
int prune_containers(struct engine *engine, const struct filters *filters, uint64_t *reclaimed,
		     struct error *err);
/* Images without a name; with `all`, all that no container uses. Then the layers and the
 * partial downloads that belong to nothing. */
int prune_images(struct engine *engine, const struct filters *filters, bool all,
		 uint64_t *reclaimed, struct error *err);

#endif
