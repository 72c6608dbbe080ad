/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child that packs and compresses one layer of the store, and can do nothing else (R11). It
 * writes the compressed bytes into a pipe. Its report comes last: the layer was whole, that is,
 * its tar has the diff ID that it is known by; and the digest of what was written.
 */
#ifndef IMAGE_LAYER_PACKER_H
#define IMAGE_LAYER_PACKER_H

#include <stdint.h>

#include "base/process.h"
#include "image/digest.h"
#include "image/manifest.h"

struct error;

struct packer {
	struct process process;
	int report;
};
#define PACKER_NONE ((struct packer){ .process = PROCESS_NONE, .report = -1 })

struct packed {
	struct digest digest;
	uint64_t size;
};

/* Starts one for the layer `folder`, whose diff ID must be `diff_id`. `level` as for
 * compressor_new(). *ret_output gives the bytes until their end. */
int packer_start(int folder, const struct digest *diff_id, enum layer_compression compression,
		 int level, struct packer *ret_packer, int *ret_output, struct error *err);
/* After the end of the bytes: waits for the report. ERROR_INVALID for a damaged layer. */
int packer_finish(struct packer *packer, struct packed *ret_packed, struct error *err);
void packer_release(struct packer *packer);	/* kills it if it still runs */

#endif
