/* SPDX-License-Identifier: Apache-2.0 */
/* A file or directory tree as a tar, read through descriptors; no link is followed. */
#ifndef ENGINE_TREE_PACK_H
#define ENGINE_TREE_PACK_H

struct error;

/* Writes `name` of the open directory `dir`, with all below it, as the entry `entry_name`. "." is the
 * directory itself. The end of the archive is written, too. Sockets are left out. */
int tree_pack(int dir, const char *name, const char *entry_name, int output, struct error *err);

#endif
