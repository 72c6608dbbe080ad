/* SPDX-License-Identifier: Apache-2.0 */
/* A saved image as something that can be read at any offset. */
#ifndef IMAGE_ARCHIVE_SPOOL_H
#define IMAGE_ARCHIVE_SPOOL_H

struct error;
struct store;

/* A descriptor of `input` itself, if that is a directory or a plain file; else (a pipe, compressed
 * bytes) of a file without a name in the store's tmp/ that holds what came out of it. Compressed
 * bytes are decoded in a confined child (R11). */
int archive_spool(struct store *store, int input, struct error *err);

#endif
