/* SPDX-License-Identifier: Apache-2.0 */
/* SIGINT while bytes move: what was begun is taken back before the command ends. */
#ifndef REGISTRY_INTERRUPT_H
#define REGISTRY_INTERRUPT_H

#include <signal.h>

struct error;

/* What the signals did before. SIGPIPE is ignored meanwhile: a reader that has died is an error of
 * whoever writes to it. */
struct interrupt {
	struct sigaction sigint, sigpipe;
};

void interrupt_begin(struct interrupt *ret_before);
void interrupt_end(const struct interrupt *before);
/* 0, or ERROR_CANCELLED once SIGINT has come. */
int interrupt_check(struct error *err);

#endif
