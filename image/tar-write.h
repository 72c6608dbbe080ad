/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing tars: ustar headers, with a pax extended header in front where ustar
 * has no room (long names, large numbers, fractions of seconds, attributes).
 * The same entry always gives the same bytes, and there are no user names.
 */
#ifndef IMAGE_TAR_WRITE_H
#define IMAGE_TAR_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "image/tar.h"

struct buffer;
struct error;

/* Appends the header blocks of `entry`, whose content (`size` bytes; it is no sparse file)
 * and padding follow. Directories get a slash behind their name. ERROR_INVALID when a tar has no room
 * for its attributes: at most TAR_XATTRS_MAX of TAR_XATTR_VALUE_MAX bytes. */
int tar_write_header(struct buffer *buffer, const struct tar_entry *entry, struct error *err);
/* How many zero bytes follow `size` bytes of content: fewer than TAR_PADDING_MAX. */
#define TAR_PADDING_MAX 512
size_t tar_padding(uint64_t size);
/* Appends the zero bytes behind `size` bytes of content. */
void tar_write_padding(struct buffer *buffer, uint64_t size);
void tar_write_end(struct buffer *buffer);

#endif
