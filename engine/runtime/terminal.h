/* SPDX-License-Identifier: Apache-2.0 */
/* A terminal out of a container's own devpts. */
#ifndef ENGINE_RUNTIME_TERMINAL_H
#define ENGINE_RUNTIME_TERMINAL_H

struct error;

/* Opens a new pair. `devpts` is a directory, checked to be a devpts. */
int terminal_open(int devpts, unsigned short rows, unsigned short columns, int *ret_master,
		  int *ret_slave, struct error *err);

#endif
