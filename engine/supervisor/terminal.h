/* SPDX-License-Identifier: Apache-2.0 */
/* The user's terminal: raw while a program of a container's has it, and given back in any case. */
#ifndef ENGINE_SUPERVISOR_TERMINAL_H
#define ENGINE_SUPERVISOR_TERMINAL_H

#include <stdbool.h>

/* Puts `fd` into raw mode and remembers what it was. No terminal: false, nothing done. exit(3) and
 * crashes restore it too. */
bool terminal_make_raw(int fd);
/* Restores what terminal_make_raw() changed; at most once, any time. */
void terminal_restore(void);
/* The size of the terminal `fd`; false if it is none. */
bool terminal_size(int fd, unsigned short *ret_rows, unsigned short *ret_columns);
void terminal_set_size(int fd, unsigned short rows, unsigned short columns);

#endif
