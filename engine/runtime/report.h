/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the process that sets a container up tells its maker: ready, or which
 * step failed and why. One message a packet, of fixed size, checked by the
 * reader. The socket is close-on-exec: its end means that the program runs.
 */
#ifndef ENGINE_RUNTIME_REPORT_H
#define ENGINE_RUNTIME_REPORT_H

#include <stdbool.h>

struct error;

int report_open(int ret_sockets[2], struct error *err);	/* the maker's, the process's */

/* The process's side. */
/* `terminal` is handed over if it is not -1, and stays open. */
int report_ready(int socket, int terminal, struct error *err);
void report_failure(int socket, const struct error *failure);
int report_wait_for_start(int socket, struct error *err);	/* fails when the maker is gone */

/* The maker's side. A failure that was reported becomes *err. *ret_end: the other side has closed
 * without a word. *ret_terminal (may be NULL) is the terminal's master side, or -1. */
int report_receive(int socket, bool *ret_end, int *ret_terminal, struct error *err);
int report_start(int socket, struct error *err);

#endif
