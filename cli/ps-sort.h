/* SPDX-License-Identifier: Apache-2.0 */
/* podman's ps --sort. */
#ifndef CLI_PS_SORT_H
#define CLI_PS_SORT_H

#include <stddef.h>

struct container;
struct engine;
struct error;

enum ps_order {
	PS_BY_CREATION, PS_BY_COMMAND, PS_BY_ID, PS_BY_IMAGE, PS_BY_NAME, PS_BY_SIZE, PS_BY_STATUS,
};

/* NULL: docker's own order, the newest first. */
int ps_order_parse(const char *text, enum ps_order *ret_order, struct error *err);
/* `list` comes newest first. */
void ps_sort(struct container **list, size_t count, enum ps_order order, struct engine *engine);

#endif
