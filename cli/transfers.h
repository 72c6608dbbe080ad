/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live display of several transfers on a terminal: a line each, and one for their sum. The
 * block is drawn over again a few times a second, by whoever tells of a change; it keeps to
 * the screen's size, also when that changes. The cursor is always below it, so that who is interrupted
 * leaves nothing to clean up. Warnings that are given meanwhile appear above it.
 */
#ifndef CLI_TRANSFERS_H
#define CLI_TRANSFERS_H

#include <stdint.h>
#include <stdio.h>

struct transfers;

enum transfer_state {
	TRANSFER_WAITING,
	TRANSFER_FLOWING,
	TRANSFER_WORKING,	/* the bytes are there; something is still done with them */
	TRANSFER_DONE,
};

/* NULL when `out` is no terminal that can be drawn on. One at a time. */
struct transfers *transfers_new(FILE *out);
void transfers_free(struct transfers *transfers);	/* NULL is fine */

/* Tells of transfer `index` (from 0) of `count`. `name` is copied, `label` borrowed
 * until it gets another. */
void transfers_set(struct transfers *transfers, unsigned int index, unsigned int count,
		   const char *name, enum transfer_state state, const char *label);
/* How far it is. */
void transfers_flow(struct transfers *transfers, unsigned int index, uint64_t done,
		    uint64_t total);
/* Prints `line` above the block. */
void transfers_note(struct transfers *transfers, const char *line);
/* Draws it for the last time, without the sum; what is printed next comes below it. */
void transfers_end(struct transfers *transfers);

#endif
