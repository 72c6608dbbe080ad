/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child that unpacks one layer into its staging folder, and can do nothing
 * else. It reads the compressed bytes from a pipe and reports through another.
 */
#ifndef IMAGE_LAYER_UNPACKER_H
#define IMAGE_LAYER_UNPACKER_H

#include "base/process.h"
#include "image/layer.h"

struct error;

struct unpacker {
	struct process process;
	int report;	/* readable when it has ended */
};
#define UNPACKER_NONE ((struct unpacker){ .process = PROCESS_NONE, .report = -1 })

/* Starts one for `folder`. *ret_input takes the bytes; closing it is their end. */
int unpacker_start(int folder, enum layer_ownership ownership, struct unpacker *ret_unpacker,
		   int *ret_input, struct error *err);
/* Waits for its report and its end; hands its warnings on. */
int unpacker_finish(struct unpacker *unpacker, struct layer_info *ret_info, struct error *err);
void unpacker_release(struct unpacker *unpacker);	/* kills it if it still runs */

#endif
