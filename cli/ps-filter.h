/* SPDX-License-Identifier: Apache-2.0 */
/* The filters of ps. */
#ifndef CLI_PS_FILTER_H
#define CLI_PS_FILTER_H

#include "cli/filter.h"

struct container;
struct engine;

/* Also checks the values: an unknown state, container or image is an error. */
int ps_filter_parse(const struct strings *texts, struct engine *engine,
		    struct filters *ret_filters, struct error *err);
bool ps_filter_match(const struct filters *filters, const struct container *container);

#endif
